"""The clock of a free run whose sleeps and alarms take no time.

The kernel holds nanosleep, clock_nanosleep and alarm (simpsh.kernel.machine.held_calls). When every
process of the run is at rest, the call with the earliest end returns, as it would after its time.
So a sleep of an hour costs nothing, but the kernel does not choose the order of such a run. Other
calls with a limit take real time.
"""

from __future__ import annotations

import os
import struct
import time
from contextlib import suppress

from simpsh.base.record import Record
from simpsh.base.signal_names import SIGALRM
from simpsh.kernel.machine import held_calls, ptrace
from simpsh.kernel.machine.held_calls import HeldCall
from simpsh.process import proc

_SECOND, _TIMER_ABSTIME = 1_000_000_000, 1
_TIMESPEC = struct.Struct("qq")
_SLEEPS = {"nanosleep": 0, "clock_nanosleep": 2}
"""The argument with the time of a sleep."""
TIMED_CALLS = (*_SLEEPS, "alarm")
"""The calls to hold."""


class _Wait(Record):
    held: HeldCall
    end: int
    """When it ends, in nanoseconds of the run's clock."""


class SkippedTime:
    """The sleeps and alarms of one run; `listener` is the descriptor that reports held calls."""

    def __init__(self, listener: int) -> None:
        self._listener = listener
        self._now = 0
        self._waits: dict[int, _Wait] = {}
        """The sleeping threads."""
        self._alarms: dict[int, int] = {}
        """When the alarm of a process rings."""

    @property
    def is_awaited(self) -> bool:
        """Whether a process sleeps, or has an alarm."""
        return bool(self._waits or self._alarms)

    def take_calls(self) -> None:
        """Answer the held calls, or keep them until their time has passed."""
        while (held := held_calls.take(self._listener, 0)) is not None:
            if held.call == "alarm":
                self._set_alarm(held)
            elif left := _time_left(held):
                self._waits[held.pid] = _Wait(held, self._now + left)
            else:
                held_calls.let_go(self._listener, held)

    def pass_time(self) -> None:
        """End the sleeps that a signal ends; if there are none, let time pass to the next end.

        Every process of the run must be at rest.
        """
        self._waits = {tid: wait for tid, wait in self._waits.items() if proc.state(tid)}
        self._alarms = {
            pid: end for pid, end in self._alarms.items() if proc.state(pid) not in ("", "Z", "X")
        }
        signalled = [wait for wait in self._waits.values() if _has_signal(wait.held.pid)]
        for wait in signalled:
            del self._waits[wait.held.pid]
            held_calls.let_go(self._listener, wait.held)
        ends = (*(wait.end for wait in self._waits.values()), *self._alarms.values())
        if signalled or not ends:
            return
        self._now = min(ends)
        for pid in [pid for pid, end in self._alarms.items() if end <= self._now]:
            del self._alarms[pid]
            with suppress(ProcessLookupError):
                os.kill(pid, SIGALRM)
        for wait in [wait for wait in self._waits.values() if wait.end <= self._now]:
            del self._waits[wait.held.pid]
            held_calls.skip(self._listener, wait.held)

    def _set_alarm(self, held: HeldCall) -> None:
        pid = proc.process_of(held.pid)
        left = self._alarms.pop(pid, self._now) - self._now
        if held.arguments[0]:
            self._alarms[pid] = self._now + held.arguments[0] * _SECOND
        held_calls.skip(self._listener, held, -(-left // _SECOND))


def _time_left(held: HeldCall) -> int:
    """Return for how many nanoseconds a call sleeps; 0 if the kernel must answer."""
    data = ptrace.read_memory(held.pid, held.arguments[_SLEEPS[held.call]], _TIMESPEC.size)
    if len(data) < _TIMESPEC.size:
        return 0
    seconds, nanoseconds = _TIMESPEC.unpack(data)
    if seconds < 0 or not 0 <= nanoseconds < _SECOND:
        return 0
    left: int = seconds * _SECOND + nanoseconds
    if held.call == "clock_nanosleep" and held.arguments[1] & _TIMER_ABSTIME:
        with suppress(OSError):
            left -= time.clock_gettime_ns(held.arguments[0])
    return max(0, left)


def _has_signal(tid: int) -> bool:
    status = proc.contents(tid, "status")
    masks = (proc.field_of(status, name) for name in ("SigPnd", "ShdPnd", "SigBlk"))
    own, shared, blocked = (int(mask or "0", 16) for mask in masks)
    return bool((own | shared) & ~blocked)
