"""One shell process on its way through a line that is not run: what a dry run's parts share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from simpsh.shell.interpret.hypothetical_state import HypotheticalScope, HypotheticalState

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from simpsh.base.errors import SimpshError
    from simpsh.shell.interpret.stage_planner import StagePlanner
    from simpsh.shell.language.syntax_tree import Assignment, Command, List
    from simpsh.shell.plan.call_outline import CallStep, Outline, ProcessPart
    from simpsh.shell.plan.descriptor_forecast import DescriptorTable, RedirectionForecast
    from simpsh.shell.plan.job_plan import ProcessPlan

    Steps = list[CallStep | Outline]

SURELY, PERHAPS = "surely", "perhaps"

MOST_FUNCTIONS = 50
"""How many calls of functions are told with what they do; of further ones it is said that they are
functions. Two calls in each of twenty functions would be a million."""


class Surroundings:
    """What the shell and all copies of it have in common."""

    def __init__(self, kept: Set[int], pipe_names: Iterator[str], *, has_terminal: bool) -> None:
        self.has_terminal = has_terminal
        self.kept = kept
        self.pipe_names = pipe_names
        self.functions_left = MOST_FUNCTIONS
        self.is_scouted = False
        """Whether a scout walks, of which nothing is told: it sends out no further scouts."""


class Ends:
    """What a walk cannot be sure to come behind: each is SURELY or PERHAPS once it is met."""

    def __init__(self) -> None:
        self.shell = ""
        """A command that ends the shell."""
        self.function = ""
        """`return`."""
        self.round = ""
        """`break` or `continue`."""
        self.loops = 0
        """How many loops are left by it, this one included; 0 where the next round follows."""

    @property
    def sure(self) -> str:
        """What is left for certain: `the shell`, `the function`, `the round`; or nothing."""
        names = {"the shell": self.shell, "the function": self.function, "the round": self.round}
        return next((name for name, end in names.items() if end == SURELY), "")

    @property
    def possible(self) -> str:
        """What may be left, as `sure` has it."""
        names = {"the shell": self.shell, "the function": self.function, "the round": self.round}
        return next((name for name, end in names.items() if end), "")

    def copy(self) -> Ends:
        """Return another one that says the same."""
        copied = Ends()
        copied.__dict__.update(self.__dict__)
        return copied

    def become(self, other: Ends) -> None:
        """Say what another one says."""
        self.__dict__.update(other.__dict__)

    def weaken(self, before: Ends) -> None:
        """Make what is new since `before` only possible: it stands in a part that may not run."""
        for name in ("shell", "function", "round"):
            if getattr(self, name) != getattr(before, name):
                setattr(self, name, PERHAPS)


class Walk(Protocol):
    """One shell process – the shell, or a copy of it – on its way through a tree."""

    state: HypotheticalState
    scope: HypotheticalScope
    stages: StagePlanner
    table: DescriptorTable
    who: str
    surroundings: Surroundings
    ends: Ends
    has_run: bool
    """Whether something ran before, so that files may have changed."""
    called: tuple[str, ...]
    """The functions that are being told of, the outermost first."""

    def copy(self, table: DescriptorTable, who: str) -> Walk:
        """Return the walk of a forked copy of this shell (POSIX XCU 2.12)."""

    def scout(self) -> Walk:
        """Return another walk from here, of which nothing will be told."""

    def of_list(self, tree: List) -> Iterator[Outline]:
        """Tell of the items of a list, one after another."""

    def of_command(self, tree: Command) -> list[ProcessPart]:
        """Tell of one command in the foreground."""

    def body(self, plan: ProcessPlan) -> list[ProcessPart]:
        """Tell what this copy of the shell runs, as its plan has it."""

    def assign(self, assignments: Sequence[Assignment]) -> Iterator[CallStep | Outline]:
        """Tell of assignments to variables of this shell."""

    def substitutions(self) -> list[Outline]:
        """Tell of the command substitutions that were just met in words."""

    def redirecting(self) -> RedirectionForecast:
        """Return who tells of this process's redirections."""

    def not_run(
        self, problem: SimpshError, before: Sequence[CallStep | Outline] = ()
    ) -> ProcessPart:
        """Tell that a command is not run, why, and what its words have run before."""

    def unforeseen(self, what: str) -> CallStep:
        """Tell of commands that are known only when the line runs; forget what they may change."""


class Alternatives:
    """Tells of parts of which at most one will run: each begins where the first one does."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._state, self._ends = HypotheticalState(walk.state), walk.ends.copy()
        self._after: list[tuple[HypotheticalState, Ends]] = []

    def tell(self, part: Callable[[], Sequence[Outline]]) -> Sequence[Outline]:
        """Return what one of them does, and go back to where it began."""
        told = part()
        walk = self._walk
        self._after.append((HypotheticalState(walk.state), walk.ends.copy()))
        self.go_back()
        return told

    def go_back(self) -> None:
        """Return to where each alternative begins."""
        self._walk.state.become(self._state)
        self._walk.ends.become(self._ends)

    def merge(self) -> None:
        """Keep what is so after every one of them; forget what is not, for none may have run."""
        walk = self._walk
        for state, ends in self._after:
            walk.state.forget_differences(state)
            ends.weaken(self._ends)
            if ends.possible:
                walk.ends.become(ends)
