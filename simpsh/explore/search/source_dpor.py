"""Source-DPOR: every outcome of a program by running it again and again, without a model.

The search of Abdulla, Aronis, Jonsson and Sagonas (POPL 2014), algorithm 1, with sleep sets: run
the program along one order; wherever two dependent steps came in one order and could have come in
the other (a reversible race), note at the earlier place who should be tried there, too; go back to
the last place where something is left to try. It needs far more runs than the learned model, but
believes nothing about the kernel except the dependency table, and stands in where they differ.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.model.kernel_state import parent_of
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.group_targets import is_group
from simpsh.explore.operations.record_locks import RecordLock
from simpsh.explore.operations.stop_operations import STOP_STATES
from simpsh.explore.operations.timers import RINGS
from simpsh.explore.operations.visible_operations import process_of
from simpsh.explore.search.state_graph import Ending, ending_of
from simpsh.explore.search.step_dependency import (
    StepEvent,
    depends,
    is_of_jobs_alone,
    may_replace,
    takes_what_it_waits_for,
)
from simpsh.explore.workplace.run_limits import RunCutOff

MOST_STEPS = 400
"""A run with more steps may never end."""


def explore_real(knowledge: Knowledge, deadline: float, most_runs: int = 1_000_000) -> DporResult:
    """Find every ending of the real program, without a model.

    Args:
        knowledge: of the program; flags and notes are added to it.
        deadline: on the monotonic clock.
        most_runs: gives up after that many.
    """
    runs = 0
    while True:
        try:
            found = source_dpor(lambda: ControlledSteppedRun(knowledge), deadline, most_runs)
        except Restart:
            runs += 1
            continue
        found.runs += runs
        return found


class ControlledSteppedRun:
    """A controlled run of the real program."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._run = ControlledRun(knowledge)
        self._locked: dict[str, str] = {}
        self._known = set(self._run.processes)

    def choices(self) -> list[str]:
        """Return what can go next, sorted."""
        return sorted(self._run.enabled())

    def step(self, choice: str) -> StepEvent:
        """Make a step."""
        process = process_of(choice)
        actor = self._run.processes[process]
        before = actor.ends
        step = self._run.step(choice)
        if isinstance(step.operation, ops.Flock):
            self._locked[step.operation.description] = step.operation.object
        given_up = before - actor.ends
        files = {self._locked[thing] for thing, _ in given_up if thing in self._locked}
        files |= {thing for thing, end in given_up if end == "k"}
        born = tuple(name for name in self._run.processes if name not in self._known)
        self._known.update(born)
        known = self._run.knowledge
        is_of_jobs = known.groups_matter and (
            is_of_jobs_alone(step.operation) or isinstance(actor.operation, STOP_STATES)
        )
        is_of_jobs = is_of_jobs or choice[-1] == RINGS
        return StepEvent(
            choice,
            process,
            step.operation,
            step.result,
            born,
            given_up,
            frozenset(files),
            known.signals_matter,
            is_of_jobs,
        )

    def waiting(self) -> dict[str, ops.Operation]:
        """Return the operation that each living process stands at."""
        return {one.name: one.operation for one in self._run.living if one.operation}

    def ending(self) -> Ending:
        """Return how it ended."""
        return ending_of(self._run)

    def close(self) -> None:
        """End and collect all processes."""
        self._run.close()


def source_dpor(
    begin: Callable[[], SteppedRun], deadline: float, most_runs: int = 1_000_000
) -> DporResult:
    """Find every ending of a program.

    Args:
        begin: starts a run from the beginning.
        deadline: on the monotonic clock; what is found until then is returned, as not complete.
        most_runs: gives up after that many.

    Raises:
        Restart: more operations must be visible; what was found is void.
    """
    found = DporResult()
    path: list[PathPlace] = []
    while True:
        try:
            found.why_not = _one_run(begin, path, found)
        except RunCutOff as error:
            found.why_not = f"a run {error}"
        while path and not found.why_not and not path[-1].turn():
            path.pop()
        found.is_complete = not path and not found.why_not
        if not path or found.why_not:
            return found
        if found.runs >= most_runs or time.monotonic() >= deadline:
            found.why_not = "the budget was used up"
            return found


@dataclass(slots=True)
class DporResult:
    """What a search has found."""

    endings: dict[Ending, tuple[str, ...]] = field(default_factory=dict)
    """Each with a schedule that leads to it."""
    runs: int = 0
    blocked: int = 0
    """Runs that were broken off because all that could follow was covered already."""
    is_complete: bool = False
    why_not: str = ""


class SteppedRun(Protocol):
    """One run of a program, made step by step."""

    def choices(self) -> Sequence[str]:
        """Return what can go next, always in the same order."""

    def step(self, choice: str) -> StepEvent:
        """Make a step; the event's place and clock are the search's to fill in."""

    def waiting(self) -> dict[str, ops.Operation]:
        """Return the operation that each living process stands at."""

    def ending(self) -> Ending:
        """Return how it ended, when there are no choices any more."""

    def close(self) -> None:
        """End it."""


def _one_run(begin: Callable[[], SteppedRun], path: list[PathPlace], found: DporResult) -> str:
    """Make one run along the path and on to its end; return what is wrong with it, or nothing."""
    found.runs += 1
    run = begin()
    trace = ClockedTrace(path)
    try:
        while choices := tuple(run.choices()):
            depth = len(trace.events)
            if depth >= MOST_STEPS:
                return f"a run has more than {MOST_STEPS} steps"
            if depth == len(path) and not _lengthen(path, choices):
                found.blocked += 1
                return ""
            if path[depth].choices != choices:
                return "the same order of steps led to another behaviour"
            place = path[depth]
            event = run.step(place.chosen)
            place.tried[place.chosen] = event
            trace.add(event, is_new=depth == len(path) - 1)
        trace.ends(run.waiting())
        found.endings.setdefault(run.ending(), tuple(event.choice for event in trace.events))
        return ""
    finally:
        run.close()


def _lengthen(path: list[PathPlace], choices: tuple[str, ...]) -> bool:
    """Add the next place; return whether there is anything to do there that is not covered."""
    asleep: dict[str, StepEvent] = {}
    if path:
        last = path[-1]
        came = last.tried[last.chosen]
        asleep = {
            choice: event
            for choice, event in last.asleep.items()
            if event.process != came.process and not depends(event, came)
        }
    awake = [choice for choice in choices if choice not in asleep]
    if not awake:
        return False
    process = process_of(awake[0])
    to_try = {choice for choice in awake if process_of(choice) == process}
    path.append(PathPlace(choices, asleep, awake[0], to_try))
    return True


@dataclass(slots=True)
class PathPlace:
    """A place on the current path: what could go there, what has, what still should."""

    choices: tuple[str, ...]
    asleep: dict[str, StepEvent]
    """Choices whose continuations are covered by others, and what they would do."""
    chosen: str
    to_try: set[str]
    tried: dict[str, StepEvent] = field(default_factory=dict)

    def also(self, processes: Iterable[str]) -> None:
        """Note that the first of these processes that can go, or else all, must be tried."""
        wanted = list(processes)
        if not {process_of(one) for one in self.to_try}.isdisjoint(wanted):
            return
        for process in wanted:
            ready = [one for one in self.choices if process_of(one) == process]
            if ready:
                self.to_try.update(ready)
                return
        self.to_try.update(self.choices)

    def turn(self) -> bool:
        """Take the next choice that is left to try; return whether there is one."""
        self.asleep[self.chosen] = self.tried[self.chosen]
        left = [one for one in self.choices if one in self.to_try and one not in self.asleep]
        if left:
            self.chosen = left[0]
        return bool(left)


class ClockedTrace:
    """The steps of one run, with clocks; every race found is noted at its place on the path."""

    def __init__(self, path: Sequence[PathPlace]) -> None:
        self.events: list[StepEvent] = []
        self._path = path
        self._clocks: dict[str, dict[str, int]] = {}
        """By process: the clock of its last step, or of the step that made it."""

    def add(self, event: StepEvent, *, is_new: bool) -> None:
        """Append a step; look for its races if it was not part of an earlier run's path."""
        event.index = len(self.events)
        before = self._clocks.get(event.process, {})
        direct = self._clock(event, before)
        if is_new:
            self._find_races(event, before, direct)
        self.events.append(event)
        self._clocks[event.process] = event.clock
        for child in event.born:
            self._clocks[child] = dict(event.clock)

    def _clock(self, event: StepEvent, before: Mapping[str, int]) -> list[StepEvent]:
        """Compute the event's clock; return what it directly depends on, latest first."""
        clock = dict(before)
        direct = []
        for other in reversed(self.events):
            if other.process == event.process or not depends(other, event):
                continue
            if clock.get(other.process, -1) < other.index:
                direct.append(other)
            for process, index in other.clock.items():
                if clock.get(process, -1) < index:
                    clock[process] = index
        clock[event.process] = event.index
        event.clock = clock
        return direct

    def _find_races(
        self, event: StepEvent, before: Mapping[str, int], direct: Sequence[StepEvent]
    ) -> None:
        for other in direct:
            if _is_reversible(other, event, self.events):
                self._race(other, event)
        for other in self.events:
            if may_replace(other, event) and not event.is_after(other):
                self._race(other, event)
        if isinstance(event.operation, ops.Flock | RecordLock):
            # The unlock between two locks cannot change places with the second: the locks can.
            self._race_with_takers(event, before)
        self._find_who_disabled(event.process, len(self.events))

    def _race_with_takers(self, event: StepEvent, before: Mapping[str, int]) -> None:
        """Note that what an event waits for can be had before another process takes it."""
        for other in self.events:
            if (
                takes_what_it_waits_for(other, event.operation)
                and other.process != event.process
                and before.get(other.process, -1) < other.index
            ):
                self._race(other, event)

    def _find_who_disabled(self, process: str, end: int) -> None:
        """Where the process could have gone and then could not, it should go first."""
        for place in range(end - 1, -1, -1):
            if self.events[place].process == process:
                return
            if self._can_go(process, place) and not self._can_go(process, place + 1):
                self._path[place].also([process])

    def _can_go(self, process: str, place: int) -> bool:
        if place >= len(self._path):
            return False
        return any(process_of(one) == process for one in self._path[place].choices)

    def ends(self, waiting: Mapping[str, ops.Operation]) -> None:
        """Look for the races of operations that never came to be made: no process can continue."""
        for process, operation in waiting.items():
            before = self._clocks.get(process, {})
            never = StepEvent(process, process, operation)
            never.index, never.clock = len(self.events), dict(before)
            self._race_with_takers(never, before)
            self._find_who_disabled(process, len(self.events))

    def _race(self, first: StepEvent, second: StepEvent) -> None:
        """Note who can lead to `second` coming before `first`, where `first` was made."""
        between = self.events[first.index + 1 :]
        rest = [one for one in between if not one.is_after(first)]
        rest.append(second)
        self._path[first.index].also(_initials(rest, second.process))


def _initials(events: Sequence[StepEvent], last: str) -> list[str]:
    """Return whose first step in a sequence depends on none before it; `last` first of all."""
    found: list[str] = []
    seen: set[str] = set()
    for place, event in enumerate(events):
        if event.process in seen:
            continue
        seen.add(event.process)
        if not any(event.is_after(other) for other in events[:place]):
            found.append(event.process)
    return sorted(found, key=lambda process: process != last)


def _is_reversible(first: StepEvent, second: StepEvent, events: Iterable[StepEvent]) -> bool:
    """Return whether the second could have come first: not if only the first made it possible."""
    match second.operation:
        case ops.VforkWait():
            return False
        case ops.Wait(target, options) if isinstance(first.operation, ops.Exit):
            is_enabled_by_it = isinstance(second.result, tuple) and not options & ops.WNOHANG
            return not is_enabled_by_it or _is_another_dead(first, second, target, events)
        case ops.Read(pipe, _) if ops.is_pipe(pipe) and isinstance(second.result, bytes):
            return not _is_fed_by(first, second, pipe, events)
        case _:
            return True


def _is_another_dead(
    first: StepEvent, wait: StepEvent, target: str, events: Iterable[StepEvent]
) -> bool:
    """Whether another child's end would have let the wait continue without the first's."""
    collected = set()
    ended = []
    for event in events:
        if isinstance(event.operation, ops.Wait) and isinstance(event.result, tuple):
            collected.add(event.result[0])
        if isinstance(event.operation, ops.Exit) and event is not first:
            ended.append(event)
    return any(
        parent_of(event.process) == wait.process
        and (target in (ops.ANY, event.process) or is_group(target))
        and event.process not in collected
        and not event.is_after(first)
        for event in ended
    )


def _is_fed_by(first: StepEvent, read: StepEvent, pipe: str, events: Iterable[StepEvent]) -> bool:
    """Whether a read got its first byte, or its end of file, from this very event."""
    if not isinstance(first.operation, ops.Write):
        return read.result == b"" and (pipe, "w") in first.given_up
    queue: list[int] = []
    for event in events:
        match event.operation:
            case ops.Write(name, _) if name == pipe and isinstance(event.result, int):
                queue += [event.index] * max(event.result, 0)
            case ops.Read(name, _) if name == pipe and isinstance(event.result, bytes):
                del queue[: len(event.result)]
            case _:
                pass
    return bool(queue) and queue[0] == first.index
