"""The state graph as an automaton: its words are outputs, its ends the rest of an outcome.

A loop that does not print, such as polling, is one state of the automaton (a strongly connected
component, Tarjan 1972).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from simpsh.base.process_names import birth_path
from simpsh.base.record import Record
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.objects.kernel_state import State
from simpsh.explore.objects.name_words import PLAIN
from simpsh.explore.objects.program_model import Automata, Ended
from simpsh.explore.objects.stuck_process import Manner, StuckProcess, describe
from simpsh.explore.objects.symbolic_names import File, process_of

Files = tuple[tuple[File, bytes], ...]
Deadlock = tuple[StuckProcess, ...]
Statuses = tuple[Ended, ...]
"""The status word of every process that has ended, sorted by name; see simpsh.base.wait_status."""


class GraphEdge(NamedTuple):
    """A step from one state to another."""

    choice: str
    printed: bytes
    target: int


class StateGraph:
    """The known states and steps: a state of the model, and the statuses of ended processes."""

    def __init__(self, beginning: State) -> None:
        self.states: list[State] = []
        self.statuses: list[Statuses] = []
        self.edges: list[Sequence[GraphEdge] | None] = []
        """The steps of each state; None if they are not known yet."""
        self._numbers: dict[tuple[State, Statuses], int] = {}
        self._origins: list[tuple[int, str]] = []
        self.number(beginning, (), 0, "")

    def number(self, state: State, statuses: Statuses, origin: int, choice: str) -> int:
        """Return a state's number; a new state is reached from `origin` by `choice`."""
        number = self._numbers.setdefault((state, statuses), len(self.states))
        if number == len(self.states):
            self.states.append(state)
            self.statuses.append(statuses)
            self.edges.append(None)
            self._origins.append((origin, choice))
        return number

    def walk(self, schedule: Iterable[str]) -> Iterator[GraphEdge]:
        """Yield the steps of a schedule, as far as the graph knows them."""
        number = 0
        for choice in schedule:
            edge = next((edge for edge in self.edges[number] or () if edge.choice == choice), None)
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
    """One outcome of a program, without its witness."""

    output: bytes
    """Standard output and standard error."""
    statuses: Statuses = ()
    files: Files = ()
    """The written files that exist at the end, by name, with their contents."""
    deadlock: Deadlock = ()
    """The processes that can never continue."""

    @property
    def is_endless(self) -> bool:
        """Whether a process does not wait, but is in an endless loop."""
        return any(stuck.is_looping for stuck in self.deadlock)


def in_order(endings: Iterable[Ending]) -> list[Ending]:
    """Return endings sorted, first by output."""

    def key(ending: Ending) -> tuple[object, ...]:
        stuck = describe(ending.deadlock, PLAIN)
        return ending.output, stuck, ending.statuses, ending.files

    return sorted(endings, key=key)


def ending_of(run: ControlledRun, spinning: Deadlock = ()) -> Ending:
    """Return the ending of a run in which no process can continue, except in endless loops."""
    ended = [
        (process.name, process.status)
        for process in run.processes.values()
        if process.status is not None
    ]
    return Ending(
        run.output,
        tuple(sorted(ended)),
        () if spinning else tuple(sorted(run.files().items())),
        spinning or run.deadlock(),
    )


class FinalStates:
    """What real runs have shown of final states: the contents of files, and deadlocks."""

    def __init__(self) -> None:
        self._finishes: dict[object, tuple[Files, Deadlock]] = {}

    def learn(self, state: State, ending: Ending, learned: Automata) -> None:
        """Learn or check the files and the deadlock of a real run's final state."""
        shown = ending.files, ending.deadlock
        files, deadlock = self._finishes.setdefault(_facts_of_end(state), shown)
        if files != ending.files:
            learned.differ("files have other contents after the same history")
        if deadlock != ending.deadlock:
            learned.differ("in the same deadlock, the processes wait for other things")

    def look(self, state: State) -> tuple[Files, Deadlock] | None:
        """Return the files and the deadlock of a final state; None if no run has shown them."""
        return self._finishes.get(_facts_of_end(state))


def _facts_of_end(state: State) -> object:
    """Return the facts that determine the files at the end, and the words of a deadlock."""
    return tuple((name, node.view) for name, (node, _) in state[0]), state[1], state[3:5]


def spin_of(state: State, choices: Sequence[str]) -> Deadlock:
    """Return the action of each process in an endless loop with these choices."""
    moving = set(map(process_of, choices))
    return tuple(
        StuckProcess(
            name, Manner.REPEATING if name in moving else Manner.WAITING, node.view.operation
        )
        for name, (node, _) in sorted(state[0], key=lambda entry: birth_path(entry[0]))
    )


Arc = tuple[bytes, int]
"""The bytes printed, and the next state."""


class OutcomeAutomaton:
    """An automaton whose states are numbered so that every arc leads to a lower number."""

    def __init__(
        self, graph: StateGraph, look: Callable[[int], Ending | None], roots: Sequence[int] = (0,)
    ) -> None:
        """Make the automaton of the part of a graph that can be reached from `roots`.

        `look` returns the outcome in a final state or an endless loop, without its output; None if
        that is not known.
        """
        self.graph = graph
        self.component: dict[int, int] = {}
        """The automaton's state for each state of the graph that is reached."""
        self.arcs: list[tuple[Arc, ...]] = []
        self.finishes: list[Ending | None] = []
        """The outcome of a final state, without its output; None for other states."""
        self.unseen = 0
        """The number of final states that are left out, because no real run has shown them."""
        self.is_endless = False
        """Whether a loop prints, so that the number of words is infinite."""
        edges = [edges or () for edges in graph.edges]
        targets = [[edge.target for edge in steps] for steps in edges]
        for number, members in enumerate(components(targets, roots)):
            self.component |= dict.fromkeys(members, number)
            steps = [
                (edge.printed, self.component[edge.target])
                for state in members
                for edge in edges[state]
            ]
            arcs = dict.fromkeys(step for step in steps if step[1] != number)
            self.is_endless |= any(printed and target == number for printed, target in steps)
            finish = None
            if not arcs and all(graph.edges[state] is not None for state in members):
                finish = look(members[-1])
                self.unseen += finish is None
            self.arcs.append(tuple(arcs))
            self.finishes.append(finish)
        self.start = self.component[roots[0]]

    def finish(self, state: int) -> Ending | None:
        """Return the outcome in a final state of the graph, without its output; None for others."""
        return self.finishes[self.component[state]]


def components(targets: Sequence[Sequence[int]], roots: Iterable[int] = (0,)) -> list[list[int]]:
    """Return the strongly connected components that the roots reach (Tarjan 1972).

    A component comes after all components that it leads to.

    >>> components([[1], [2, 3], [1], []])
    [[3], [2, 1], [0]]
    """
    all_components: list[list[int]] = []
    order: dict[int, int] = {}
    for root in roots:
        if root not in order:
            order[root] = len(order)
            low = {root: order[root]}
            waiting, is_waiting = [root], {root}
            path = [(root, iter(targets[root]))]
            while path:
                state, rest = path[-1]
                for target in rest:
                    if target not in order:
                        order[target] = low[target] = len(order)
                        waiting.append(target)
                        is_waiting.add(target)
                        path.append((target, iter(targets[target])))
                        break
                    if target in is_waiting:
                        low[state] = min(low[state], order[target])
                else:
                    path.pop()
                    if path:
                        above = path[-1][0]
                        low[above] = min(low[above], low[state])
                    if low[state] == order[state]:
                        component = [waiting.pop()]
                        while component[-1] != state:
                            component.append(waiting.pop())
                        is_waiting.difference_update(component)
                        all_components.append(component)
    return all_components
