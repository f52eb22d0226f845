"""The graph of a program's states, the steps between them, and how a run ends.

States are numbered in the order in which they were found; 0 is the beginning. What a file holds in
a final state is a function of its history, learned from real runs, and so is in what words a
deadlock is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from simpsh.base.record import Record
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.model.kernel_state import State
from simpsh.explore.model.program_model import Automata, Ended
from simpsh.explore.operations.visible_operations import birth_path


class GraphEdge(NamedTuple):
    """A step from one state to another."""

    choice: str
    printed: bytes
    ended: Ended | None
    """The process that ended by it, and its status word."""
    target: int


class StateGraph:
    """States and steps, as far as they are known: its language is the set of outputs."""

    def __init__(self, beginning: State) -> None:
        self.states: list[State] = []
        self.edges: list[Sequence[GraphEdge] | None] = []
        """By state; None where it is not known yet."""
        self._numbers: dict[State, int] = {}
        self._origins: list[tuple[int, str]] = []
        self.number(beginning, 0, "")

    def number(self, state: State, origin: int, choice: str) -> int:
        """Return a state's number; a new one came from `origin` by `choice`."""
        number = self._numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
            self.edges.append(None)
            self._origins.append((origin, choice))
        return number

    def walk(self, schedule: Iterable[str]) -> Iterator[GraphEdge]:
        """Go along a schedule from the beginning, as far as the graph knows it; yield the steps."""
        number = 0
        for choice in schedule:
            edge = next((one for one in self.edges[number] or () if one.choice == choice), None)
            if edge is None:
                return
            yield edge
            number = edge.target

    def path(self, number: int) -> list[str]:
        """Return choices that lead from the beginning to a state."""
        choices = []
        while number:
            number, choice = self._origins[number]
            choices.append(choice)
        return choices[::-1]


class Ending(Record):
    """One outcome of a program, without how it came about."""

    output: bytes
    """What was written to standard output and standard error, pids as `<P.1>`."""
    statuses: tuple[tuple[str, int], ...] = ()
    """The status word of every process that has ended, by name; see simpsh.base.wait_status."""
    files: tuple[tuple[str, bytes], ...] = ()
    """The files that were written and are there at the end, by name, with their contents."""
    deadlock: tuple[tuple[str, str], ...] = ()
    """Who is still there and can never continue, each with what it waits for, in words."""


def in_order(endings: Iterable[Ending]) -> list[Ending]:
    """Return endings sorted: by output first."""
    return sorted(endings, key=lambda one: (one.output, one.deadlock, one.statuses, one.files))


def ending_of(run: ControlledRun, spinning: tuple[tuple[str, str], ...] = ()) -> Ending:
    """Return the ending of a run in which no process can continue; or who spins in a loop."""
    ended = [(one.name, one.status) for one in run.processes.values() if one.status is not None]
    return Ending(
        run.output,
        tuple(sorted(ended)),
        () if spinning else tuple(sorted(run.files().items())),
        spinning or run.deadlock(),
    )


Files = tuple[tuple[str, bytes], ...]
Deadlock = tuple[tuple[str, str], ...]


class FinalStates:
    """What is known of final states: what files hold, and who waits for what.

    An ending that no run has shown yet needs one.
    """

    def __init__(self) -> None:
        self._contents: dict[tuple[str, int], bytes | None] = {}
        """What a path holds after a history; None if it is not there.

        History 0 is what the program made of it while it was alone, or what was there before.
        """
        self.paths: set[str] = set()
        """The files that some run has changed."""
        self._deadlocks: dict[object, Deadlock] = {}

    def learn(self, state: State, ending: Ending, learned: Automata) -> None:
        """Learn, or check, what a real run's final state looked like."""
        there, histories = dict(ending.files), dict(state[3])
        self.paths |= there.keys() | histories.keys()
        for path in self.paths:
            contents = there.get(path)
            if self._contents.setdefault((path, histories.get(path, 0)), contents) != contents:
                learned.differ(f"{path} holds something else after the same history")
        if state[0]:
            waits = self._deadlocks.setdefault(_stuck(state), ending.deadlock)
            if waits != ending.deadlock:
                learned.differ("the same deadlock, but they wait for other things")

    def look(self, state: State) -> tuple[Files, Deadlock] | None:
        """Return the files and the deadlock of a final state; None if no run has shown them."""
        deadlock = self._deadlocks.get(_stuck(state)) if state[0] else ()
        if deadlock is None:
            return None
        histories = dict(state[3])
        files = []
        for path in sorted(self.paths):
            known = path, histories.get(path, 0)
            if known not in self._contents:
                return None
            contents = self._contents[known]
            if contents is not None:
                files.append((path, contents))
        return tuple(files), deadlock


def spin_of(state: State, letters: Mapping[str, str]) -> Deadlock:
    """Return what each process in a loop that is never left repeats for ever."""
    return tuple(
        (name, f"{node.view.operation.words(letters)}, again and again")
        for name, (node, _) in sorted(state[0], key=lambda one: birth_path(one[0]))
    )


def _stuck(state: State) -> object:
    """Return what decides on the words for a deadlock: who stands where, holding what."""
    return tuple((name, node.view) for name, (node, _) in state[0]), state[1]
