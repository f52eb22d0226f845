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
from itertools import cycle

from simpsh.base.record import changed
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.program_knowledge import Knowledge, Place, Restart
from simpsh.explore.flags import HANGS_ON
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
_MOST_RESTARTS, _FEW_RESTARTS, _MOST_STEPS = 20, 6, 1000
_PIDS, _FAR, _ADDRESSES = "the values of pids", 347, "addresses"
_CLOCK_STEPS = 10**9, 10**6, 86_400 * 10**9
"""Nanoseconds that pass between two readings of the clock."""
_OF_FILES = "inode numbers, times of files or the use of resources"
_UNKNOWN = "a value that differs from run to run"
_SEEDED = "an interpreter seeds its hashes at random: print sets and tables in sorted order"


def _changes(number: int) -> dict[str, dict[str, int]]:
    """Return the values to change in a run, with its number, and the conditions that do so."""
    return {
        _PIDS: {"moves_pids": _FAR * number},
        RANDOM_NUMBERS: {"draw": number},
        TIME_OF_DAY: {"moves_clock": number},
        DURATIONS: {"clock_step": _CLOCK_STEPS[number % len(_CLOCK_STEPS)]},
        _ADDRESSES: {"moves_addresses": True},
        _OF_FILES: {"turns": 1 + number % 2},
    }


_Witness = tuple[tuple[str, ...], Ending]


class _NamesVary(Exception):
    """With other addresses, the files that processes share have other names in each run."""


def try_other_values(
    knowledge: Knowledge, model: Model, endings: Mapping[Ending, tuple[str, ...]]
) -> None:
    """Run some of the witnesses with other values, and flag a value that matters.

    Raises OutOfTime.
    """
    asks = knowledge.independent_of & {TIME_OF_DAY, RANDOM_NUMBERS}
    runs = _MANY_RUNS if asks else _FEW_RUNS
    witnesses = cycle(_most_different(model, endings))
    moves_addresses = True
    for number, witness in zip(range(1, runs + 1), witnesses, strict=False):
        changes = _changes(number)
        try:
            if moves_addresses and _flags_a_value(knowledge, model, witness, changes):
                return
        except _NamesVary:
            # mkstemp(3) mixes an address into a name. Free runs have other addresses, too.
            moves_addresses = False
        if not moves_addresses:
            del changes[_ADDRESSES]
            if _flags_a_value(knowledge, model, witness, changes):
                return


def _flags_a_value(
    knowledge: Knowledge, model: Model, witness: _Witness, changes: Mapping[str, dict[str, int]]
) -> bool:
    """Run a witness with all changes; flag the first that alone makes a difference, too.

    Raises _NamesVary, OutOfTime.
    """
    together = {name: each for change in changes.values() for name, each in change.items()}
    if _difference(knowledge, model, witness, together) is None:
        return False
    for value, change in changes.items():
        if (at := _difference(knowledge, model, witness, change)) is not None:
            flag = HANGS_ON.of(value)
            if value == RANDOM_NUMBERS and knowledge.has_interpreter:
                flag = changed(flag, advice=_SEEDED)
            knowledge.flag(flag, Place(at))
            return True
    knowledge.flag(HANGS_ON.of(_UNKNOWN))
    return True


def _difference(
    knowledge: Knowledge, model: Model, witness: _Witness, change: dict[str, int]
) -> CodePlace | None:
    """Return where a witness differs from its usual run under a change; None if nowhere.

    Raises _NamesVary, OutOfTime.
    """
    moves_addresses = "moves_addresses" in change
    before, knowledge.conditions = knowledge.so_far(), changed(Conditions(), **change)
    try:
        for _ in range(_FEW_RESTARTS if moves_addresses else _MOST_RESTARTS):
            # A temporary file with another name must be followed, too.
            with suppress(Restart):
                return _compare(knowledge, model, witness)
        if moves_addresses:
            raise _NamesVary
        return CodePlace()
    except OutOfTime:
        raise
    except RunCutOff:
        return CodePlace()
    finally:
        # Flags raised under changed conditions are no evidence about the program.
        knowledge.take_back(before)
        knowledge.conditions = Conditions()


def _compare(knowledge: Knowledge, model: Model, witness: _Witness) -> CodePlace | None:
    """Return where a run differs from a witness; None if nowhere. Raises Restart, RunCutOff."""
    schedule, ending = witness
    with ControlledRun(knowledge) as run:
        for choice, (node, _) in zip(schedule, _steps_of(model, schedule), strict=False):
            process = run.processes.get(process_of(choice))
            if (
                process is None
                or choice not in run.list_choices()
                or run.place(process) != node.place
                or type(process.operation) is not type(node.operation)
            ):
                _go_to_end(run)
                return node.place
            run.step(choice)
        if run.list_choices() and not ending.is_endless:
            return CodePlace()
        end = ending_of(run, ending.deadlock if ending.is_endless else ())
        # Two ends may differ in what is known about a deadlock.
        has_both = len(ending.deadlock) == len(end.deadlock)
        is_same = has_both and changed(ending, deadlock=()) == changed(end, deadlock=())
        return None if is_same else CodePlace()


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
