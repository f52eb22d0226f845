"""What happens before what in one run, and which pairs of steps could have come the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.dependency import (
    Event,
    depends,
    may_replace,
    parent_of,
    takes_what_it_waits_for,
)
from simpsh.explore.operation import (
    ANY,
    WNOHANG,
    Exit,
    Flock,
    Operation,
    Read,
    VforkWait,
    Wait,
    Write,
    is_pipe,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simpsh.explore.dpor import Place


class Trace:
    """The steps of one run, with clocks; every race found is noted at its place on the path."""

    def __init__(self, path: Sequence[Place]) -> None:
        self.events: list[Event] = []
        self._path = path
        self._clocks: dict[str, dict[str, int]] = {}
        """By process: the clock of its last step, or of the step that made it."""

    def add(self, event: Event, *, is_new: bool) -> None:
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

    def _clock(self, event: Event, before: Mapping[str, int]) -> list[Event]:
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

    def _find_races(self, event: Event, before: Mapping[str, int], direct: Sequence[Event]) -> None:
        for other in direct:
            if _is_reversible(other, event, self.events):
                self._race(other, event)
        for other in self.events:
            if may_replace(other, event) and not event.is_after(other):
                self._race(other, event)
        if isinstance(event.operation, Flock):
            self._find_earlier_locks(event, before)
        self._find_who_disabled(event.process, len(self.events))

    def _find_earlier_locks(self, event: Event, before: Mapping[str, int]) -> None:
        """The unlock between two locks cannot change places with the second: the locks can."""
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
        return any(one.removesuffix("!") == process for one in self._path[place].choices)

    def ends(self, waiting: Mapping[str, Operation]) -> None:
        """Look for the races of operations that never came to be made: nobody can go on."""
        for process, operation in waiting.items():
            before = self._clocks.get(process, {})
            never = Event(process, process, operation)
            never.index, never.clock = len(self.events), dict(before)
            for other in self.events:
                if (
                    other.process != process
                    and before.get(other.process, -1) < other.index
                    and takes_what_it_waits_for(other, operation)
                ):
                    self._race(other, never)
            self._find_who_disabled(process, len(self.events))

    def _race(self, first: Event, second: Event) -> None:
        """Note who can lead to `second` coming before `first`, where `first` was made."""
        between = self.events[first.index + 1 :]
        rest = [one for one in between if not one.is_after(first)]
        rest.append(second)
        self._path[first.index].also(_initials(rest, second.process))


def _initials(events: Sequence[Event], last: str) -> list[str]:
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


def _is_reversible(first: Event, second: Event, events: Iterable[Event]) -> bool:
    """Tell whether the second could have come first: not if only the first made it possible."""
    match second.operation:
        case VforkWait():
            return False
        case Wait(target, options) if isinstance(first.operation, Exit):
            is_enabled_by_it = isinstance(second.result, tuple) and not options & WNOHANG
            return not is_enabled_by_it or _is_another_dead(first, second, target, events)
        case Read(pipe, _) if is_pipe(pipe) and isinstance(second.result, bytes):
            return not _is_fed_by(first, second, pipe, events)
        case _:
            return True


def _is_another_dead(first: Event, wait: Event, target: str, events: Iterable[Event]) -> bool:
    """Whether another child's end would have let the wait go on without the first's."""
    collected = set()
    ended = []
    for event in events:
        if isinstance(event.operation, Wait) and isinstance(event.result, tuple):
            collected.add(event.result[0])
        if isinstance(event.operation, Exit) and event is not first:
            ended.append(event)
    return any(
        parent_of(event.process) == wait.process
        and target in (ANY, event.process)
        and event.process not in collected
        and not event.is_after(first)
        for event in ended
    )


def _is_fed_by(first: Event, read: Event, pipe: str, events: Iterable[Event]) -> bool:
    """Whether a read got its first byte, or its end of file, from this very event."""
    if not isinstance(first.operation, Write):
        return read.result == b"" and (pipe, "w") in first.given_up
    queue: list[int] = []
    for event in events:
        match event.operation:
            case Write(name, _) if name == pipe and isinstance(event.result, int):
                queue += [event.index] * max(event.result, 0)
            case Read(name, _) if name == pipe and isinstance(event.result, bytes):
                del queue[: len(event.result)]
            case _:
                pass
    return bool(queue) and queue[0] == first.index
