"""The state graph as an automaton whose words are outcomes: outputs and statuses.

A loop that does not print, such as polling, is one state (a strongly connected component, Tarjan
1972). Words leave out statuses that are the same in every run. The possible continuations of each
state are computed backwards from the ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from simpsh.base.process_names import birth_path
from simpsh.base.record import Record
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.objects.kernel_state import State
from simpsh.explore.objects.name_words import PLAIN
from simpsh.explore.objects.program_model import Automata, Ended
from simpsh.explore.objects.stuck_process import Manner, StuckProcess, describe
from simpsh.explore.objects.symbolic_names import File, Stored, process_of
from simpsh.explore.workplace.run_limits import spent_seconds


class GraphEdge(NamedTuple):
    """A step from one state to another."""

    choice: str
    printed: bytes
    ended: Ended | None
    """The process that the step ends, and its status word."""
    target: int


class StateGraph:
    """The known states and steps; its language is the set of outputs."""

    def __init__(self, beginning: State) -> None:
        self.states: list[State] = []
        self.edges: list[Sequence[GraphEdge] | None] = []
        """The steps of each state; None if they are not known yet."""
        self._numbers: dict[State, int] = {}
        self._origins: list[tuple[int, str]] = []
        self.number(beginning, 0, "")

    def number(self, state: State, origin: int, choice: str) -> int:
        """Return a state's number; a new state is reached from `origin` by `choice`."""
        number = self._numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
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
    statuses: tuple[tuple[str, int], ...] = ()
    """The status word of every process that has ended, by name; see simpsh.base.wait_status."""
    files: tuple[tuple[File, bytes], ...] = ()
    """The written files that exist at the end, by name, with their contents."""
    deadlock: tuple[StuckProcess, ...] = ()
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


Files = tuple[tuple[File, bytes], ...]
Deadlock = tuple[StuckProcess, ...]


class FinalStates:
    """The known final states: contents of files, and deadlocks."""

    def __init__(self) -> None:
        self._contents: dict[tuple[Stored, int], bytes | None] = {}
        """The contents of a path after a history; None if there is no file.

        History 0 is the file at the beginning, or after changes by the first process alone.
        """
        self.paths: set[Stored] = set()
        """The files that some run has changed."""
        self._deadlocks: dict[object, Deadlock] = {}

    def learn(self, state: State, ending: Ending, learned: Automata) -> None:
        """Learn or check the files and the deadlock of a real run's final state."""
        files, histories = dict(ending.files), dict(state[3])
        self.paths |= files.keys() | histories.keys()
        for path in self.paths:
            contents = files.get(path) if isinstance(path, File) else None
            if self._contents.setdefault((path, histories.get(path, 0)), contents) != contents:
                learned.differ(f"{PLAIN.object(path)} has other contents after the same history")
        if state[0]:
            waits = self._deadlocks.setdefault(_facts_of_end(state), ending.deadlock)
            if waits != ending.deadlock:
                learned.differ("in the same deadlock, the processes wait for other things")

    def look(self, state: State) -> tuple[Files, Deadlock] | None:
        """Return the files and the deadlock of a final state; None if no run has shown them."""
        deadlock = self._deadlocks.get(_facts_of_end(state)) if state[0] else ()
        if deadlock is None:
            return None
        histories = dict(state[3])
        files = list[tuple[File, bytes]]()
        for path in sorted(self.paths):
            key = path, histories.get(path, 0)
            if key not in self._contents:
                return None
            contents = self._contents[key]
            if contents is not None and isinstance(path, File):
                files.append((path, contents))
        return tuple(files), deadlock


def spin_of(state: State, choices: Sequence[str]) -> Deadlock:
    """Return the action of each process in an endless loop with these choices."""
    moving = set(map(process_of, choices))
    return tuple(
        StuckProcess(
            name, Manner.REPEATING if name in moving else Manner.WAITING, node.view.operation
        )
        for name, (node, _) in sorted(state[0], key=lambda entry: birth_path(entry[0]))
    )


def _facts_of_end(state: State) -> object:
    """Return the facts that determine the description of a deadlock."""
    return tuple((name, node.view) for name, (node, _) in state[0]), state[1]


Arc = tuple[bytes, Ended | None, int]
"""The bytes printed, a status that varies, and the next state."""
Finish = tuple[Files, Deadlock]
Look = Callable[[int], Finish | None]
"""Returns the files and the deadlock of a state, if they are known."""


class OutcomeAutomaton:
    """An automaton whose states are numbered so that every arc leads to a lower number."""

    def __init__(
        self, graph: StateGraph, look: Look, spinning: Look, roots: Sequence[int] = (0,)
    ) -> None:
        """Make the automaton of the part of a graph that can be reached from `roots`.

        `look` is called for final states, `spinning` for states of endless loops.
        """
        self.graph = graph
        self._roots = roots
        self._edges: list[Sequence[GraphEdge]] = [edges or () for edges in graph.edges]
        self.component: list[int] = []
        """The automaton's state for each state of the graph; -1 for a state that is not reached."""
        self.arcs: list[tuple[Arc, ...]] = []
        self.finishes: list[Finish | None] = []
        """The files and the deadlock of a final state; None for other states."""
        self.unseen = 0
        """The number of final states that are left out, because no real run has shown them."""
        self.is_endless = False
        """Whether a loop prints, so that the number of words is infinite and some are left out."""
        all_components = self._number_components()
        edges: list[Sequence[GraphEdge]] = [
            [edge for edge in steps if not (edge.printed and self.component[edge.target] == number)]
            for steps, number in zip(self._edges, self.component, strict=True)
        ]
        if sum(map(len, edges)) < sum(map(len, self._edges)):
            self.is_endless = True
            self._edges = edges
            all_components = self._number_components()
        self.start = self.component[roots[0]]
        self.constant: dict[str, int] = {}
        """The statuses that are the same in every run, by name."""
        varying = self._varying(all_components)
        for number, members in enumerate(all_components):
            arcs: dict[Arc, None] = {}
            for edge in (edge for state in members for edge in self._edges[state]):
                if self.component[edge.target] != number:
                    is_label = edge.ended is not None and edge.ended[0] in varying
                    label = edge.ended if is_label else None
                    arcs[edge.printed, label, self.component[edge.target]] = None
            self.arcs.append(tuple(arcs))
            finish = None
            if not arcs and all(graph.edges[state] is not None for state in members):
                state = members[-1]
                finish = spinning(state) if self._edges[state] else look(state)
                self.unseen += finish is None
            self.finishes.append(finish)

    def finish(self, state: int) -> Finish | None:
        """Return the files and the deadlock of a final state of the graph; None for others."""
        return self.finishes[self.component[state]]

    def ending(self, output: bytes, statuses: Sequence[Ended], finish: Finish) -> Ending:
        """Return the outcome of a word."""
        files, deadlock = finish
        ended = tuple(sorted({**self.constant, **dict(statuses)}.items()))
        return Ending(output, ended, files, deadlock)

    # -------------------------------------------------------------------------- making

    def _number_components(self) -> list[list[int]]:
        """Return the components of the graph, and set the component of each state."""
        targets = [[edge.target for edge in edges] for edges in self._edges]
        all_components = components(targets, self._roots)
        self.component = [-1] * len(targets)
        for number, members in enumerate(all_components):
            for state in members:
                self.component[state] = number
        return all_components

    def _varying(self, all_components: list[list[int]]) -> set[str]:
        """Return the processes whose status varies; set `constant` for the others."""
        statuses: dict[str, set[int]] = {}
        # For each component, the processes that end on every path from there; None if not known.
        always: list[frozenset[str] | None] = []
        for number, members in enumerate(all_components):
            branches: list[frozenset[str]] = []
            for state in members:
                for edge in self._edges[state]:
                    if self.component[edge.target] != number:
                        below = always[self.component[edge.target]]
                        if edge.ended is not None:
                            statuses.setdefault(edge.ended[0], set()).add(edge.ended[1])
                            below = below and below | {edge.ended[0]}
                        if below is not None:
                            branches.append(below)
            # A state with unknown steps is not evidence.
            is_open = any(self.graph.edges[state] is None for state in members)
            nothing = None if is_open else frozenset[str]()
            always.append(frozenset.intersection(*branches) if branches else nothing)
        certain = always[self.start] or frozenset()
        varying = {
            name for name, words in statuses.items() if len(words) > 1 or name not in certain
        }
        self.constant = {
            name: next(iter(words)) for name, words in statuses.items() if name not in varying
        }
        return varying


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


_OFTEN = 16
Rest = tuple[bytes, int]
"""The rest of the output, and the number of the end."""
End = tuple[frozenset[Ended], Finish]
"""Statuses that are not the same in every run, files and deadlock."""


class TooManyOutcomes(Exception):
    """There are more outcomes than the limit."""


class Futures:
    """All possible continuations of each state of an automaton."""

    def __init__(
        self, automaton: OutcomeAutomaton, most: int, *, deadline: float = math.inf
    ) -> None:
        """Compute the continuations.

        Raises TooManyOutcomes: there are more than `most`, or computing them takes too long.
        """
        self.automaton = automaton
        self._ends: list[End] = []
        self._end_numbers: dict[End, int] = {}
        self._with_status: dict[tuple[int, Ended], int] = {}
        self._same: dict[frozenset[Rest], frozenset[Rest]] = {}
        self._sets: list[frozenset[Rest]] = []
        self._outputs: dict[int, frozenset[bytes]] = {}
        for number in range(len(automaton.arcs)):
            rests = self._rests(number)
            if len(rests) > most or (number % _OFTEN == 0 and spent_seconds() > deadline):
                raise TooManyOutcomes
            self._sets.append(self._same.setdefault(rests, rests))

    def of(self, state: int) -> frozenset[Rest]:
        """Return the continuations of a state of the automaton; equal sets are one object."""
        return self._sets[state]

    def outputs(self, state: int) -> frozenset[bytes]:
        """Return the outputs that a state of the automaton can still print."""
        outputs = self._outputs.get(state)
        if outputs is None:
            outputs = self._outputs[state] = frozenset(rest for rest, _ in self._sets[state])
        return outputs

    def is_stuck(self, end: int) -> bool:
        """Return whether an end is a deadlock."""
        _, (_, deadlock) = self._ends[end]
        return bool(deadlock)

    def endings(self) -> list[Ending]:
        """Return all outcomes of the program, sorted."""
        endings = []
        for output, number in self._sets[self.automaton.start]:
            statuses, finish = self._ends[number]
            endings.append(self.automaton.ending(output, tuple(statuses), finish))
        return in_order(endings)

    # -------------------------------------------------------------------------- making

    def _rests(self, number: int) -> frozenset[Rest]:
        parts: list[frozenset[Rest]] = []
        finish = self.automaton.finishes[number]
        if finish is not None:
            parts.append(frozenset(((b"", self._number((frozenset(), finish))),)))
        silent: set[int] = set()
        for printed, ended, target in self.automaton.arcs[number]:
            rests = self._sets[target]
            if printed or ended is not None:
                parts.append(
                    frozenset(
                        (printed + rest, end if ended is None else self._after(end, ended))
                        for rest, end in rests
                    )
                )
            elif id(rests) not in silent:
                silent.add(id(rests))
                parts.append(rests)
        return parts[0] if len(parts) == 1 else frozenset().union(*parts)

    def _after(self, end: int, ended: Ended) -> int:
        """Return the number of an end with one more status."""
        number = self._with_status.get((end, ended))
        if number is None:
            statuses, finish = self._ends[end]
            number = self._with_status[end, ended] = self._number((statuses | {ended}, finish))
        return number

    def _number(self, end: End) -> int:
        number = self._end_numbers.setdefault(end, len(self._ends))
        if number == len(self._ends):
            self._ends.append(end)
        return number
