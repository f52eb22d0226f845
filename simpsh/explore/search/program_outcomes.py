"""All outcomes of a searched program, listed or counted, with a schedule for each: its witness."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import filterfalse

from simpsh.base.process_names import birth_path, child_name, parent_of
from simpsh.base.record import Record
from simpsh.explore.objects.kernel_state import Operation, State
from simpsh.explore.objects.name_words import Naming
from simpsh.explore.objects.process_operations import Exit
from simpsh.explore.objects.program_model import Model
from simpsh.explore.objects.signal_operations import Deliver, Rings
from simpsh.explore.objects.symbolic_names import RINGS, SIGNALS_FIRST, Channel, mark_of, process_of
from simpsh.explore.search.outcome_automaton import (
    Ending,
    Futures,
    GraphEdge,
    OutcomeAutomaton,
    TooManyOutcomes,
    in_order,
)
from simpsh.explore.search.output_automaton import OutputAutomaton, TooManyStates
from simpsh.explore.search.state_search import StateSearch

Point = tuple[int, int, int]
"""A state of the graph, the number of bytes printed, the number of processes that have ended."""
Origins = dict[Point, tuple[Point, str] | None]


class WitnessStep(Record):
    """One step of a witness."""

    process: str
    operation: Operation
    naming: Naming
    """The words for the operation's objects and processes."""
    printed: bytes = b""
    line: str = ""
    """The source line, such as `race.c:12`; empty if not known."""
    status: int | None = None
    """The status word of the process if the step is its end."""
    collected: str = ""
    """The zombie that the step reaps; empty for none."""

    def words(self, processes: Mapping[str, str] | None = None) -> str:
        """Return words that follow the process's name; others may name the processes."""
        naming = self.naming
        if processes is not None:
            by_birth = naming.processes.items()
            shown = {name: processes.get(birth, birth) for name, birth in by_birth}
            naming = Naming(naming.letters, shown)
        return self.operation.words(naming)


def _search(
    automaton: OutcomeAutomaton,
    output: bytes,
    may: Callable[[int, bytes], bool],
    wanted: tuple[Callable[[GraphEdge], bool], Callable[[int, int], bool]],
) -> tuple[Origins, Point] | None:
    """Search the graph depth-first for a path that prints an output; few paths are dead ends."""
    allows, is_goal = wanted
    origins: Origins = {(0, 0, 0): None}
    todo: list[Point] = [(0, 0, 0)]
    while todo:
        point = state, printed, ended = todo.pop()
        if printed == len(output) and is_goal(state, ended):
            return origins, point
        for edge in reversed(automaton.graph.edges[state] or ()):
            after = edge.target, printed + len(edge.printed), ended + (edge.ended is not None)
            if (
                after not in origins
                and allows(edge)
                and output[printed : after[1]] == edge.printed
                and may(automaton.component[edge.target], output[after[1] :])
            ):
                origins[after] = point, edge.choice
                todo.append(after)
    return None


def _choices(origins: Origins, point: Point) -> tuple[str, ...]:
    choices = []
    origin = origins[point]
    while origin is not None:
        point, choice = origin
        choices.append(choice)
        origin = origins[point]
    return tuple(choices[::-1])


def story_of(
    model: Model, schedule: Sequence[str], letters: Mapping[Channel, str]
) -> tuple[WitnessStep, ...]:
    """Return the known steps of a schedule, with processes named by birth."""
    state = model.begin(model.learned.roots)
    steps: list[WitnessStep] = []
    names = {root.name: root.name for root in model.learned.roots}
    births, naming = Counter(map(parent_of, names)), Naming(letters, names)
    for choice in schedule:
        name = process_of(choice)
        edge = model.edge(state, choice) if name in dict(state[0]) else None
        if edge is None:
            break
        node = dict(state[0])[name][0]
        operation, zombies = _operation_of(state, choice), dict(state[1])
        printed, _, state = model.after(state, choice, edge)
        collected = names.get(next(iter(zombies.keys() - dict(state[1])), ""), "")
        process = names[name]
        for child in sorted((child.name for child in edge.children), key=birth_path):
            parent = names[parent_of(child)]
            births[parent] += 1
            names = {**names, child: child_name(parent, births[parent])}
            naming = Naming(letters, names)
        status = operation.status if isinstance(operation, Exit) else None
        line = model.learned.callers.line(node.place)
        step = WitnessStep(process, operation, naming, printed, line, status, collected)
        steps.append(step)
    return tuple(steps)


def _operation_of(state: State, choice: str) -> Operation:
    """Return the operation of a choice: the process's own, a delivery, or the ring of an alarm."""
    if mark_of(choice) == RINGS:
        return Rings()
    node, _ = dict(state[0])[process_of(choice)]
    return Deliver() if mark_of(choice) == SIGNALS_FIRST else node.operation


_OUTCOMES_FOR_EACH_OUTPUT = 10
_DRAWN = 20
"""If there are too many outputs to list, at least this many are."""


class Outcomes:
    """The outcomes of the known part of a program's state graph."""

    def __init__(
        self,
        search: StateSearch,
        most: int,
        deadline: float = math.inf,
        wanted: Sequence[bytes] = (),
    ) -> None:
        """Compute the outcomes; if there are over `most` outputs, list samples.

        One of the outputs in `wanted` is always listed if it is possible.
        """
        self._search = search
        self._deadline = deadline
        self._futures: Futures | None = None
        self._outputs: OutputAutomaton | None = None
        self._automaton: OutcomeAutomaton | None = None
        self.count: int | None = None
        """The number of outputs; None if counting them takes too long."""
        self.is_shortened = False
        """Whether only one outcome of each output is listed, because there are too many."""
        self.outside = 0
        """The number of real runs with an ending that is not in the set."""
        self.states = 0
        """The number of known states."""
        endings, is_all = list[Ending](), True
        if search.graph is not None:
            self.states = len(search.graph.states)
            self._automaton = search.automaton()
            endings, is_all = self._listed(self._automaton, most)
        if is_all:
            # All outcomes are listed: add further endings of real runs.
            unlisted = search.reality.endings.keys() - set(endings)
            self.outside = len(unlisted) if search.is_finished else 0
            endings = [*endings, *unlisted]
            self.count = len({ending.output for ending in endings})
        listed = {ending.output for ending in endings}
        if listed.isdisjoint(wanted) and self._automaton is not None:
            found = (self._some_ending(self._automaton, output) for output in wanted)
            endings += [ending for ending in found if ending is not None][:1]
        self.endings = in_order(endings)

    def drop(self, ending: Ending) -> None:
        """Remove an ending whose witness has led to a different ending."""
        self.endings = [each for each in self.endings if each != ending]
        if self.count and all(each.output != ending.output for each in self.endings):
            self.count -= 1

    @property
    def is_sample(self) -> bool:
        """Whether `endings` lacks some outputs."""
        return self.count != len({ending.output for ending in self.endings})

    @property
    def unseen(self) -> int:
        """The number of final states that no real run has shown."""
        return self._automaton.unseen if self._automaton is not None else 0

    @property
    def is_endless(self) -> bool:
        """Whether a loop prints, so that outputs are unlimited."""
        return self._automaton is not None and self._automaton.is_endless

    def witness(self, ending: Ending) -> tuple[str, ...] | None:
        """Return choices that lead to one of the endings; None if there are none."""
        automaton = self._automaton
        if automaton is None:
            return None
        statuses = dict(ending.statuses)

        def allows(edge: GraphEdge) -> bool:
            return edge.ended is None or statuses.get(edge.ended[0]) == edge.ended[1]

        def is_goal(state: int, ended: int) -> bool:
            finish = automaton.finish(state)
            return ended == len(statuses) and finish == (ending.files, ending.deadlock)

        path = _search(automaton, ending.output, self._may, (allows, is_goal))
        return None if path is None else _choices(*path)

    def can_print(self, output: bytes) -> bool:
        """Return whether there is an outcome with this output, listed or not."""
        return (
            self._automaton is not None and self._some_ending(self._automaton, output) is not None
        )

    def beginning(self, output: bytes) -> bytes:
        """Return the longest beginning of a text that is also the beginning of an output."""
        try:
            return b"" if self._outputs is None else self._outputs.beginning(output)
        except TooManyStates:
            return b""

    def deciding(self, schedule: Sequence[str]) -> int:
        """Return the number of steps after which only one outcome is possible, as far as known.

        If the outcomes are too many to list, only their outputs count.
        """
        automaton = self._automaton
        if automaton is None or not self._search.is_finished:
            return len(schedule)
        states = (0, *(edge.target for edge in automaton.graph.walk(schedule)))
        for steps, number in enumerate(states):
            if self._is_decided(automaton.component[number]):
                return steps
        return len(schedule)

    # -------------------------------------------------------------------------- making

    def _is_decided(self, state: int) -> bool:
        if self._futures is not None:
            return len(self._futures.of(state)) == 1
        try:
            return self._outputs is not None and self._outputs.count(state) == 1
        except TooManyStates:
            return False

    def _listed(self, automaton: OutcomeAutomaton, most: int) -> tuple[list[Ending], bool]:
        """Return endings, and whether these are all; set `count`.

        If there are too many outcomes or outputs, they are samples.
        """
        real = self._search.reality.endings
        try:
            self._outputs = outputs = OutputAutomaton(automaton, self._deadline)
            self.count = outputs.count()
        except TooManyStates:
            return list(real)[:most], False
        if self.count > most:
            if self._search.is_finished:
                self.outside = sum(not outputs.has(ending.output) for ending in real)
            endings = list(real)[:most]
            drawn = outputs.samples(min(most, _DRAWN) - len(endings))
            listed = {ending.output for ending in endings}
            others = filterfalse(listed.__contains__, drawn)
            return endings + self._with_outputs(automaton, [*others]), False
        try:
            most_outcomes = most * _OUTCOMES_FOR_EACH_OUTPUT
            self._futures = Futures(automaton, most_outcomes, deadline=self._deadline)
        except TooManyOutcomes:
            self.is_shortened = True
            return self._with_outputs(automaton, outputs.samples(self.count)), False
        return self._futures.endings(), True

    def _with_outputs(self, automaton: OutcomeAutomaton, outputs: Sequence[bytes]) -> list[Ending]:
        """Return one ending with each output."""
        endings = (self._some_ending(automaton, output) for output in outputs)
        return [ending for ending in endings if ending is not None]

    def _some_ending(self, automaton: OutcomeAutomaton, output: bytes) -> Ending | None:
        def is_goal(state: int, _ended: int) -> bool:
            return automaton.finish(state) is not None

        if not self._may(automaton.start, output):
            return None
        path = _search(automaton, output, self._may, (lambda _: True, is_goal))
        if path is None:
            return None
        _, (state, _, _) = path
        finish = automaton.finish(state)
        steps = automaton.graph.walk(_choices(*path))
        statuses = [edge.ended for edge in steps if edge.ended is not None]
        return automaton.ending(output, statuses, finish) if finish is not None else None

    def _may(self, state: int, output: bytes) -> bool:
        try:
            return self._outputs is None or self._outputs.has(output, state)
        except TooManyStates:
            return True
