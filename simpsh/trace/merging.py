"""Two recordings of one run, made one: the kernel's truth, and what only the shell knows.

The shell tells of its own calls – waits, groups, the terminal, its children's redirections – and
the tracer of everybody's births and ends. What both tell is told once, at the earlier of its two
moments; a call of the shell's never comes before what the kernel shows to have caused it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simpsh.events import (
    Continue,
    Event,
    Exec,
    Exit,
    Fork,
    Reap,
    SignalDeliver,
    SignalSend,
    Start,
    Stop,
    Wait,
    WaitReturn,
)
from simpsh.record import changed
from simpsh.trace.recording import Recording, RecordingProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NANOSECONDS = 1_000_000_000
_TOLERANCE = 5 * _NANOSECONDS
_SENDING = _NANOSECONDS // 100
# Told by the kernel for every process, and by the shell for some: the kernel's word counts.
_KERNELS = (Start, Fork, Exec, Exit, Stop, Continue, SignalDeliver)


def merge(kernel: Recording, shell: Recording) -> Recording:
    """Return one recording from the tracer's and the shell's own, of the same run.

    Raises:
        RecordingProblem: they are not of one boot, or the tracer's is none.
    """
    if kernel.header.source not in ("ptrace", "strace"):
        raise RecordingProblem(f"a recording by {kernel.header.source} is not the kernel's truth")
    shift = shell.header.start_monotonic_ns - kernel.header.start_monotonic_ns
    if not kernel.header.start_monotonic_ns or not shell.header.start_monotonic_ns:
        raise RecordingProblem("a recording without its start_monotonic_ns cannot be merged")
    merging = _Merging(kernel)
    own = [merging.own(changed(event, ts=event.ts + shift, seq=0)) for event in shell.events]
    kept = [event for event in own if event is not None]
    ordered = _interleaved(list(merging.events), kept)
    return replace(kernel, events=renumbered(ordered), notes=(*kernel.notes, *shell.notes))


class _Merging:
    """Knows what the kernel told: who bore which pid when, and what was told already."""

    def __init__(self, kernel: Recording) -> None:
        self._has_calls = kernel.header.level in ("calls", "io")
        self._lives: dict[int, list[tuple[int, str]]] = {}
        self.events: list[Event] = list(kernel.events)
        self._reaps: dict[str, int] = {}
        for place, event in enumerate(kernel.events):
            match event.what:
                case Fork() as fork if not fork.thread:
                    self._lives.setdefault(fork.child_pid, []).append((event.ts, fork.child))
                case Start():
                    self._lives.setdefault(event.pid, []).append((event.ts, event.proc))
                case Reap() as reap:
                    self._reaps[reap.child] = place
                case _:
                    pass

    def own(self, event: Event) -> Event | None:
        """Return the shell's event in the kernel's names; None if the kernel told it already."""
        what = event.what
        if isinstance(what, _KERNELS):
            return None
        if self._has_calls and isinstance(what, Wait | WaitReturn | SignalSend):
            return None
        name = self.name(event.pid, event.ts)
        if isinstance(what, Reap):
            return self._reap(event, what)
        if isinstance(what, WaitReturn) and what.child_pid > 0:
            child = self.name(what.child_pid, event.ts)
            return changed(event, proc=name, what=changed(what, child=child))
        return changed(event, proc=name)

    def name(self, pid: int, moment: int) -> str:
        """Return the symbolic name of whoever bore a pid at a moment."""
        found = ""
        for birth, name in self._lives.get(pid, ()):
            # The shell may note its fork a moment before the tracer does.
            if not found or birth <= moment + _NANOSECONDS // 1000:
                found = name
        return found

    def _reap(self, event: Event, what: Reap) -> Event | None:
        """Give the kernel's own note of a collection the shell's more exact moment."""
        child = self.name(what.child_pid, event.ts)
        place = self._reaps.get(child)
        if place is None:
            return changed(
                event, proc=self.name(event.pid, event.ts), what=changed(what, child=child)
            )
        told = self.events[place]
        if event.ts < told.ts and event.ts > told.ts - _TOLERANCE:
            self.events[place] = changed(told, ts=event.ts)
        return None


def _interleaved(kernels: list[Event], own: Iterable[Event]) -> list[Event]:
    """Order all by time; where times agree, the kernel's events keep their order and come first."""
    exits: dict[int, int] = {}
    deliveries: dict[tuple[int, int], list[int]] = {}
    for event in kernels:
        if isinstance(event.what, Exit):
            exits[event.pid] = event.ts
        elif isinstance(event.what, SignalDeliver):
            key = event.what.sender, event.what.signal
            deliveries.setdefault(key, []).append(event.ts)
    placed = [_after_exit(event, exits) for event in kernels]
    placed += [_before_delivery(_after_exit(event, exits), deliveries) for event in own]
    return sorted(placed, key=lambda event: event.ts)


def _after_exit(event: Event, exits: dict[int, int]) -> Event:
    """Keep a collection after the end it tells of, whatever the two clocks' readings."""
    what = event.what
    if isinstance(what, Reap | WaitReturn) and what.child_pid in exits:
        end = exits[what.child_pid]
        is_end = isinstance(what, Reap) or (what.status is not None and what.status & 0xFF != 0x7F)
        if is_end and end > event.ts > end - _TOLERANCE:
            return changed(event, ts=end)
    return event


def _before_delivery(event: Event, deliveries: dict[tuple[int, int], list[int]]) -> Event:
    """Keep a sending, which the shell notes once kill(2) has returned, before its delivery."""
    what = event.what
    if isinstance(what, SignalSend):
        for moment in deliveries.get((event.pid, what.signal), ()):
            if event.ts - _SENDING < moment <= event.ts:
                return changed(event, ts=moment - 1)
    return event


def renumbered(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events numbered from 1 in the order given; causes follow their events."""
    places = {event.seq: place for place, event in enumerate(events, start=1) if event.seq}
    return tuple(
        Event(
            event.pid,
            event.what,
            event.ts,
            place,
            event.proc,
            event.tid,
            event.source,
            tuple(places[seq] for seq in event.cause if seq in places),
        )
        for place, event in enumerate(events, start=1)
    )
