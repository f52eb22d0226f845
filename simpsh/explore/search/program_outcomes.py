"""All outcomes of a searched program, listed or counted, with a schedule for each: its witness."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from simpsh.base.process_names import birth_path, child_name, parent_of
from simpsh.base.record import Record, changed
from simpsh.explore.objects.kernel_state import Operation, State
from simpsh.explore.objects.name_words import Naming
from simpsh.explore.objects.process_operations import Exit
from simpsh.explore.objects.program_model import Model
from simpsh.explore.objects.signal_operations import Deliver, Rings
from simpsh.explore.objects.symbolic_names import RINGS, SIGNALS_FIRST, Channel, mark_of, process_of
from simpsh.explore.search.outcome_automaton import Ending, OutcomeAutomaton, in_order
from simpsh.explore.search.output_automaton import OutputAutomaton, TooManyStates
from simpsh.explore.search.state_search import StateSearch


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

    def words(self) -> str:
        """Return words that follow the process's name."""
        return self.operation.words(self.naming)


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


class Outcomes(Record):
    """The outcomes of the known part of a program's state graph."""

    endings: tuple[Ending, ...] = ()
    count: int | None = None
    """The number of outputs; None if counting them takes too long, or if they have no end."""
    outside: int = 0
    """The number of real runs with an ending that is not in the set."""
    is_shortened: bool = False
    """Whether only one outcome of each output is listed, because there are too many."""
    automaton: OutcomeAutomaton | None = None
    every: OutputAutomaton | None = None
    """The automaton of all outcomes, if they are few enough to list."""

    @property
    def is_sample(self) -> bool:
        """Whether `endings` lacks some outputs."""
        return self.count != len({ending.output for ending in self.endings})

    @property
    def unseen(self) -> int:
        """The number of final states that no real run has shown."""
        return self.automaton.unseen if self.automaton is not None else 0

    @property
    def is_endless(self) -> bool:
        """Whether a loop prints, so that outputs have no end; then real runs' are listed."""
        return self.automaton is not None and self.automaton.is_endless

    def witness(self, ending: Ending) -> tuple[str, ...] | None:
        """Return choices that lead to an ending; None if there are none."""
        finish = changed(ending, output=b"")
        return self._path(ending.output, finish.__eq__)

    def some_ending(self, output: bytes) -> Ending | None:
        """Return an ending with this output, listed or not; None if there is none."""
        path = self._path(output, lambda _: True)
        if path is None or self.automaton is None:
            return None
        last = [0, *(edge.target for edge in self.automaton.graph.walk(path))][-1]
        finish = self.automaton.finish(last)
        return None if finish is None else changed(finish, output=output)

    def deciding(self, schedule: Sequence[str]) -> int:
        """Return the number of steps after which only one outcome is possible.

        If the outcomes are too many to list, these are all steps.
        """
        automaton = self.automaton
        if automaton is not None:
            states = (0, *(edge.target for edge in automaton.graph.walk(schedule)))
            for steps, number in enumerate(states):
                if self._is_decided(automaton.component[number]):
                    return steps
        return len(schedule)

    def _is_decided(self, state: int) -> bool:
        return self.every is not None and self.every.count(state) == 1

    def _path(self, output: bytes, is_goal: Callable[[Ending], bool]) -> tuple[str, ...] | None:
        """Search the graph depth-first for choices that print an output and lead to a goal."""
        automaton = self.automaton
        if automaton is None:
            return None
        origins: dict[tuple[int, int], tuple[tuple[int, int], str] | None] = {(0, 0): None}
        todo = [(0, 0)]
        while todo:
            point = state, printed = todo.pop()
            finish = automaton.finish(state)
            if printed == len(output) and finish is not None and is_goal(finish):
                return _choices(origins, point)
            for edge in reversed(automaton.graph.edges[state] or ()):
                after = edge.target, printed + len(edge.printed)
                if after not in origins and output.startswith(edge.printed, printed):
                    origins[after] = point, edge.choice
                    todo.append(after)
        return None


def _choices(
    origins: Mapping[tuple[int, int], tuple[tuple[int, int], str] | None], point: tuple[int, int]
) -> tuple[str, ...]:
    choices = []
    while (origin := origins[point]) is not None:
        point, choice = origin
        choices.append(choice)
    return tuple(choices[::-1])


def outcomes_of(
    search: StateSearch, most: int, deadline: float = math.inf, wanted: Sequence[bytes] = ()
) -> Outcomes:
    """Return the outcomes of a search; if there are over `most` outputs, list samples.

    One of the outputs in `wanted` is always listed if it is possible.
    """
    found = _listed(search, most, deadline)
    if not any(ending.output in wanted for ending in found.endings):
        sought = filter(None, map(found.some_ending, wanted))
        found = changed(found, endings=(*found.endings, *list(sought)[:1]))
    return changed(found, endings=tuple(in_order(found.endings)))


def _listed(search: StateSearch, most: int, deadline: float) -> Outcomes:
    real = tuple(search.reality.endings)
    if search.graph is None:
        return Outcomes(real[:most], len({ending.output for ending in real}))
    automaton = search.automaton()
    found = Outcomes(real[:most], automaton=automaton)
    try:
        outputs = OutputAutomaton(automaton, deadline)
        count = outputs.count()
    except TooManyStates:
        return found
    with suppress(TooManyStates):
        every = OutputAutomaton(automaton, deadline, has_ends=True) if count <= most else None
        if every is not None and every.count() <= most * _OUTCOMES_FOR_EACH_OUTPUT:
            computed = every.endings()
            endings = tuple(dict.fromkeys((*computed, *real)))
            count = len({ending.output for ending in endings})
            outside = len(endings) - len(computed) if search.is_finished else 0
            return Outcomes(endings, count, outside, automaton=automaton, every=every)
    found = changed(found, count=count, is_shortened=True)
    strange = [each for each in real if found.some_ending(each.output) is None]
    by_output = {ending.output: ending for ending in found.endings}
    more = count if count <= most else min(most, _DRAWN) - len(by_output)
    for output in outputs.samples(more):
        ending = by_output.get(output) or found.some_ending(output)
        if ending is not None:
            by_output[output] = ending
    return changed(
        found, endings=tuple(by_output.values()), outside=len(strange) if search.is_finished else 0
    )
