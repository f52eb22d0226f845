"""Whether a program does the same with other pids, times, random numbers and addresses.

While a program is learned, all such values are fixed. At the end some of its witnesses are run once
more with all values changed. Only if a step or the end differs, each value is changed alone, to
name it.

Steps are compared by their lines and kinds, not by their data: a temporary file may have another
name. Ends are compared by what was printed, the statuses and the files that are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import cycle, zip_longest

from simpsh.base.record import Record, changed
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.program_knowledge import Knowledge, Place, Restart
from simpsh.explore.flags import HANGS_ON, Flag
from simpsh.explore.objects.code_place import CodePlace
from simpsh.explore.objects.held_call import RANDOM_NUMBERS, TIME_OF_DAY, Conditions
from simpsh.explore.objects.kernel_state import HistoryEdge, HistoryNode
from simpsh.explore.objects.program_model import Model
from simpsh.explore.objects.symbolic_names import process_of
from simpsh.explore.objects.virtual_clock import DURATIONS
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
    """The value on which a program depends, if it depends on one."""

    flag: Flag | None = None
    """None if it depends on no value."""
    place: Place = Place()
    """Where it first does something else."""


def _changes(number: int) -> dict[str, dict[str, int]]:
    """Return the values to change in a run, with its number, and the conditions that do so."""
    return {
        _PIDS: {"moves_pids": _FAR * number},
        RANDOM_NUMBERS: {"draw": number},
        TIME_OF_DAY: {"moves_clock": number},
        DURATIONS: {"clock_step": _CLOCK_STEPS[number % len(_CLOCK_STEPS)]},
        "addresses": {"moves_addresses": True},
        _OF_FILES: {"turns": 1 + number % 2},
    }


_Witness = tuple[tuple[str, ...], Ending]


def try_other_values(
    knowledge: Knowledge, model: Model, endings: Mapping[Ending, tuple[str, ...]]
) -> OtherValues:
    """Run some of the witnesses with other values. Raises OutOfTime."""
    asks = knowledge.independent_of & {TIME_OF_DAY, RANDOM_NUMBERS}
    runs = _MANY_RUNS if asks else _FEW_RUNS
    witnesses = cycle(_most_different(model, endings))

    def difference(witness: _Witness, *changes: dict[str, int]) -> Place | None:
        conditions = dict(pair for change in changes for pair in change.items())
        before, knowledge.conditions = knowledge.so_far(), changed(Conditions(), **conditions)
        try:
            return _difference(knowledge, model, witness)
        finally:
            # Flags raised under changed conditions are no evidence about the program.
            knowledge.take_back(before)
            knowledge.conditions = Conditions()

    for number, witness in zip(range(1, runs + 1), witnesses, strict=False):
        changes = _changes(number)
        if difference(witness, *changes.values()) is None:
            continue
        for value, change in changes.items():
            if (place := difference(witness, change)) is not None:
                flag = HANGS_ON.of(value)
                if value == RANDOM_NUMBERS and knowledge.has_interpreter:
                    flag = changed(flag, advice=_SEEDED)
                return OtherValues(flag, place)
        return OtherValues(HANGS_ON.of(_UNKNOWN))
    return OtherValues()


def _difference(known: Knowledge, model: Model, witness: _Witness) -> Place | None:
    """Return the place where a witness differs from its usual run; None if nowhere."""
    schedule, ending = witness
    steps, other = _run(known, schedule, ending)
    nodes = (node for node, _ in _steps_of(model, schedule))
    usual = ((node.place, type(node.operation)) for node in nodes)
    for step, changed_step in zip_longest(usual, steps):
        if step != changed_step:
            at = step[0] if step is not None else CodePlace()
            return Place(at.line, at)
    return None if other is not None and _ends_alike(ending, other) else Place()


def _ends_alike(usual: Ending, other: Ending) -> bool:
    """Return whether two ends differ at most in what is known about a deadlock."""
    has_both = len(usual.deadlock) == len(other.deadlock)
    return has_both and changed(usual, deadlock=()) == changed(other, deadlock=())


def _run(
    known: Knowledge, schedule: tuple[str, ...], usual: Ending
) -> tuple[list[_Step], Ending | None]:
    """Return the steps of a run and its ending; None if it is cut off, or not over."""
    for _ in range(_MOST_RESTARTS):
        # A temporary file with another name must be followed, too.
        with suppress(Restart):
            return _run_once(known, schedule, usual)
    return [], None


def _run_once(
    known: Knowledge, schedule: tuple[str, ...], usual: Ending
) -> tuple[list[_Step], Ending | None]:
    steps = list[_Step]()
    try:
        with ControlledRun(known) as run:
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
