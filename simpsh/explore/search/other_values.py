"""Whether a program does the same with other pids, times, random numbers and addresses.

While a program is learned, all such values are fixed. At the end some of its witnesses are run once
more with all values changed. Only if a step or the end differs, each value is changed alone, to
name it.

Steps are compared by their lines and kinds, not by their data: a temporary file may have another
name. Ends are compared by what was printed, the statuses and the files that are left.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle, zip_longest

from simpsh.base.record import Record, changed
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.program_knowledge import Knowledge, Place, Restart
from simpsh.explore.flags import HANGS_ON, Flag
from simpsh.explore.objects.code_place import CodePlace
from simpsh.explore.objects.held_call import RANDOM_NUMBERS, TIME_OF_DAY, Conditions
from simpsh.explore.objects.kernel_state import HistoryEdge, HistoryNode
from simpsh.explore.objects.name_words import OUTSIDE_MARK
from simpsh.explore.objects.program_model import Model
from simpsh.explore.objects.symbolic_names import process_of
from simpsh.explore.objects.virtual_clock import DURATIONS
from simpsh.explore.search.free_output import with_adopter, without_times
from simpsh.explore.search.outcome_automaton import Ending, ending_of
from simpsh.explore.workplace.run_limits import OutOfTime, RunCutOff

_FEW_RUNS, _MANY_RUNS = 5, 8
"""The number of runs with other values; many if the program asks for the time or for random
numbers: a program that tosses a coin often acts the same with two of them."""
_MOST_RESTARTS, _MOST_STEPS = 20, 1000
_PIDS, _FAR = "the values of pids", 347
_CLOCK_STEPS = 10**9, 10**6, 86_400 * 10**9
"""Nanoseconds that pass between two readings of the clock."""
_OF_FILES = "inode numbers, times of files or the use of resources"
_UNKNOWN = "a value that differs from run to run"
_SEEDED = "an interpreter seeds its hashes at random: print sets and tables in sorted order"
_Step = tuple[CodePlace, type]
"""The line and the kind of a step."""


class OtherValues(Record):
    """Whether a program does the same with other values."""

    flag: Flag | None = None
    """The value on which it depends; None if it depends on none."""
    place: Place = Place()
    """Where it first does something else."""
    prints_time: bool = False
    """Whether it only prints other numbers at another time of day."""


def _changes(number: int) -> tuple[tuple[str, Conditions], ...]:
    """Return the values to change in a run, with its number, and the conditions that do so."""
    return (
        (_PIDS, Conditions(moves_pids=_FAR * number)),
        (RANDOM_NUMBERS, Conditions(draw=number)),
        (TIME_OF_DAY, Conditions(moves_clock=number)),
        (DURATIONS, Conditions(clock_step=_CLOCK_STEPS[number % len(_CLOCK_STEPS)])),
        ("addresses", Conditions(moves_addresses=True)),
        (_OF_FILES, Conditions(turns=1 + number % 2)),
    )


def _together(changes: Sequence[tuple[str, Conditions]]) -> Conditions:
    usual = Conditions()
    fields: tuple[str, ...] = Conditions.__match_args__
    values = {
        field: getattr(each, field)
        for _, each in changes
        for field in fields
        if getattr(each, field) != getattr(usual, field)
    }
    return changed(usual, **values)


_Witness = tuple[tuple[str, ...], Ending]


class Witnesses:
    """Witnesses of a program, and what they do under changed conditions."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        endings: Mapping[Ending, tuple[str, ...]],
        on_run: Callable[[], object],
    ) -> None:
        self._knowledge, self._model, self._on_run = knowledge, model, on_run
        self._witnesses = _most_different(model, endings)
        self.prints_time = False

    def try_other_values(self) -> OtherValues:
        """Run the witnesses with other values. Raises OutOfTime."""
        asks = self._knowledge.independent_of & {TIME_OF_DAY, RANDOM_NUMBERS}
        runs = _MANY_RUNS if asks else _FEW_RUNS
        for number, witness in zip(range(1, runs + 1), cycle(self._witnesses), strict=False):
            changes = _changes(number)
            if self._difference(_together(changes), witness) is None:
                continue
            for value, conditions in changes:
                if (place := self._difference(conditions, witness)) is not None:
                    return OtherValues(self._flag(value), place)
            return OtherValues(self._flag(_UNKNOWN))
        return OtherValues(prints_time=self.prints_time)

    def _flag(self, value: str) -> Flag:
        flag = HANGS_ON.of(value)
        is_seed = value == RANDOM_NUMBERS and self._knowledge.has_interpreter
        return changed(flag, advice=_SEEDED) if is_seed else flag

    def depend_on_adopter(self) -> bool:
        """Return whether the program does more than print which process adopts orphans."""
        conditions = Conditions(changes_adopter=True)
        return any(self._difference(conditions, each) is not None for each in self._witnesses)

    def _difference(self, conditions: Conditions, witness: _Witness) -> Place | None:
        """Return the place where a witness differs under changed conditions; None if nowhere."""
        known, (schedule, ending) = self._knowledge, witness
        before, known.conditions = known.so_far(), conditions
        try:
            steps, other = self._run(schedule, ending)
        finally:
            # Flags raised under changed conditions are no evidence about the program.
            known.take_back(before)
            known.conditions = Conditions()
        nodes = (node for node, _ in _steps_of(self._model, schedule))
        usual = ((node.place, type(node.operation)) for node in nodes)
        for step, changed_step in zip_longest(usual, steps):
            if step != changed_step:
                at = step[0] if step is not None else CodePlace()
                return Place(at.line, at)
        is_alike = other is not None and self._are_alike(conditions, ending, other)
        return None if is_alike else Place()

    def _run(self, schedule: tuple[str, ...], usual: Ending) -> tuple[list[_Step], Ending | None]:
        """Return the steps of a run and its ending; None if it is cut off, or not over."""
        for _ in range(_MOST_RESTARTS):
            # A temporary file with another name must be followed, too.
            with suppress(Restart):
                return self._run_once(schedule, usual)
        return [], None

    def _run_once(
        self, schedule: tuple[str, ...], usual: Ending
    ) -> tuple[list[_Step], Ending | None]:
        self._on_run()
        steps = list[_Step]()
        try:
            with ControlledRun(self._knowledge) as run:
                for choice in schedule:
                    process = run.processes.get(process_of(choice))
                    if process is None or choice not in run.list_choices():
                        _go_to_end(run)
                        return steps, None
                    steps.append((run.place(process), type(process.operation)))
                    run.step(choice)
                if usual.is_endless:
                    return steps, ending_of(run, usual.deadlock)
                return steps, None if run.list_choices() else ending_of(run)
        except OutOfTime:
            raise
        except RunCutOff:
            return steps, None

    def _are_alike(self, conditions: Conditions, usual: Ending, other: Ending) -> bool:
        if usual.statuses != other.statuses or len(usual.deadlock) != len(other.deadlock):
            return False
        if _texts(usual) == _texts(other):
            return True
        if conditions.changes_adopter:
            adopter = self._knowledge.adopter
            mine = os.getpid()
            return _texts(usual, partial(without_pid, pid=adopter)) == _texts(
                other, partial(without_pid, pid=mine)
            )
        if conditions.moves_clock and _texts(usual, without_times) == _texts(other, without_times):
            self.prints_time = True
            return True
        return False


def _go_to_end(run: ControlledRun) -> None:
    """Raise Restart if a later step shows that more operations must be visible."""
    while (choices := run.list_choices()) and len(run.schedule) < _MOST_STEPS:
        run.step(choices[0])


def _most_different(model: Model, endings: Mapping[Ending, tuple[str, ...]]) -> list[_Witness]:
    """Return the witnesses that together make the most different steps."""
    left = {
        ending: {edge.number for _, edge in _steps_of(model, schedule)}
        for ending, schedule in endings.items()
    }
    chosen = list[_Witness]()
    while left and len(chosen) < _FEW_RUNS:
        ending = max(left, key=lambda each: len(left[each]))
        made = left.pop(ending)
        chosen.append((endings[ending], ending))
        for others in left.values():
            others -= made
    return chosen


def _steps_of(model: Model, schedule: Sequence[str]) -> Iterator[tuple[HistoryNode, HistoryEdge]]:
    """Yield the steps of a known schedule, each with the node at which its process was."""
    state = model.begin(model.learned.roots)
    for choice in schedule:
        node, edge = dict(state[0])[process_of(choice)][0], model.edge(state, choice)
        if edge is None:
            return
        yield node, edge
        state = model.after(state, choice, edge)[2]


def _texts(end: Ending, change: Callable[[bytes], bytes] = lambda text: text) -> tuple[object, ...]:
    return change(end.output), *((name, change(contents)) for name, contents in end.files)


def without_pid(data: bytes, pid: int) -> bytes:
    """Return data with 0 in place of a pid, and of the marks of processes outside."""
    return with_adopter(data.replace(OUTSIDE_MARK, b"0"), pid, 0)
