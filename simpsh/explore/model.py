"""The model of a program: learned processes over a computed kernel; one step costs microseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.kernel_state import EMPTY, Kernel
from simpsh.explore.process_rules import End
from simpsh.explore.rule import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.kernel_state import State
    from simpsh.explore.learning import Automata, Edge, Key, Node

    Ended = tuple[str, int]
    """Who has ended in a step, and its status word."""

MOST_FRUITLESS = 3
"""How often a poll may find nothing, where the loop's memory changes from poll to poll."""


class Unknown(Exception):
    """What comes of this step was never seen: the program must be run."""


class Model:
    """The states of a program, and its steps."""

    def __init__(self, learned: Automata, *, is_reduced: bool = True) -> None:
        """Make the model of what was learned.

        Args:
            learned: the processes; more may be learned later.
            is_reduced: whether moves() leaves the others alone where one may always go first.
        """
        self.learned = learned
        self._is_reduced = is_reduced
        self.left_out_polls = False
        """Whether choices() left out a poll that would find nothing once more."""

    def begin(self, roots: Sequence[Node]) -> State:
        """Return the state in which these processes are alive."""
        kernel = Kernel(EMPTY, self.learned)
        kernel.bear(roots)
        return kernel.pack()

    # ------------------------------------------------------------------------- choices

    def enabled(self, state: State) -> list[str]:
        """Return every choice, as Cage.enabled() has them."""
        return _enabled(Kernel(state, self.learned))

    def moves(self, state: State) -> list[tuple[str, Edge | None]]:
        """Return the choices that a search must follow, each with what it comes to, if known.

        It is one alone, if that may always go first.
        """
        kernel = Kernel(state, self.learned)
        found = _enabled(kernel)
        if len(found) > 1:
            found = self._first(kernel, found) or self._without_polls(kernel, found)
        return [(choice, _edge(kernel, choice)) for choice in found]

    def _first(self, kernel: Kernel, found: list[str]) -> list[str]:
        if not self._is_reduced:
            return []
        reachable = self.learned.reachable
        for choice in found:
            if choice in reachable or choice[-1] == "!":
                continue
            node = kernel.procs[choice][0]
            if node.goes_first is not None and node.goes_first(kernel, node):
                edge = _edge(kernel, choice)
                if edge is None or not edge.closes_loop:
                    return [choice]
        return []

    def _without_polls(self, kernel: Kernel, found: list[str]) -> list[str]:
        kept = [choice for choice in found if not _is_worn_out(kernel, choice)]
        if not kept or len(kept) == len(found):
            return found
        self.left_out_polls = True
        return kept

    # --------------------------------------------------------------------------- steps

    def edge(self, state: State, choice: str) -> Edge | None:
        """Return what a process's step comes to; None where that is not known."""
        return _edge(Kernel(state, self.learned), choice)

    def place(self, state: State, name: str, *, signals_first: bool) -> tuple[Node, Key]:
        """Return where a process stands, and what is known beforehand of its step."""
        kernel = Kernel(state, self.learned)
        node, pending = kernel.procs[name]
        prediction = node.rule.prediction(kernel, name, signals_first=signals_first)
        return node, (prediction, pending, signals_first)

    def step(self, state: State, choice: str) -> tuple[bytes, Ended | None, State]:
        """Return what a step prints, who has ended by it, and the state after it.

        Raises:
            Unknown: it was never made in a real run.
        """
        edge = self.edge(state, choice)
        if edge is None:
            raise Unknown
        return self.after(state, choice, edge)

    def after(self, state: State, choice: str, edge: Edge) -> tuple[bytes, Ended | None, State]:
        """Return what step() does, for a step known to follow an edge."""
        name, is_first = named(choice)
        kernel = Kernel(state, self.learned)
        rule = kernel.procs[name][0].rule
        if isinstance(rule, End):
            kernel.end(name, rule.status)
            return b"", (name, rule.status), kernel.pack()
        kernel.move(name, edge)
        printed = b""
        if not is_first and edge.result != INTERRUPTED:
            printed = rule.act(kernel, name, edge)
        return printed, None, kernel.pack()


def named(choice: str) -> tuple[str, bool]:
    """Take a choice apart: whose step, and whether its signals go first.

    >>> named("P.1"), named("P!")
    (('P.1', False), ('P', True))
    """
    return (choice[:-1], True) if choice[-1] == "!" else (choice, False)


def _enabled(kernel: Kernel) -> list[str]:
    found = []
    for name, (node, pending) in kernel.procs.items():
        rule = node.rule
        if not pending:
            if rule.is_ready(kernel, name):
                found.append(name)
            continue
        if rule.can_go(kernel, name):
            found.append(name)
        if rule.can_be_interrupted and kernel.deliverable(name):
            found.append(name + "!")
    return found


def _edge(kernel: Kernel, choice: str) -> Edge | None:
    name, is_first = named(choice)
    return kernel.procs[name][0].successor(kernel, signals_first=is_first)


def _is_worn_out(kernel: Kernel, choice: str) -> bool:
    """Tell whether a choice is a poll that has found nothing too often, and would again."""
    if choice[-1] == "!":
        return False
    node = kernel.procs[choice][0]
    if not node.vain:
        return False
    prediction = node.rule.prediction(kernel, choice, signals_first=False)
    return node.vain.get((node.stance.operation, prediction), 0) >= MOST_FRUITLESS
