"""The clock of a free run: sleeps, alarms and limits of waits take no time.

The kernel holds the calls that wait for a time (simpsh.kernel.machine.held_calls). When every
process of the run is at rest, the call with the earliest end returns, as it would after its time.
So a free run has an order that the program has if computing takes no time, and a sleep of an hour
costs nothing. A call whose wait is over for another reason (a signal, a pipe that can be read) is
executed as it is.

Calls with a limit that are not in the table below take real time, and so do timers of
timer_create(2).
"""

from __future__ import annotations

import errno
import os
import select
import struct
import time
from contextlib import ExitStack, suppress

from simpsh.base.record import Record
from simpsh.base.signal_names import SIGALRM
from simpsh.kernel import descriptors
from simpsh.kernel.machine import held_calls, ptrace
from simpsh.kernel.machine.held_calls import HeldCall
from simpsh.process import proc

_SECOND, _MILLISECOND, _MICROSECOND = 1_000_000_000, 1_000_000, 1_000
_PAIR = struct.Struct("qq")
_POLL = struct.Struct("ihh")
_SET_BYTES = 8
_TIMER_ABSTIME, _REAL_TIMER = 1, 0
_SLEEPS = {"nanosleep": 0, "clock_nanosleep": 2}
"""The argument with the time of a sleep."""
_LIMITS = {
    "poll": 2,
    "ppoll": 2,
    "select": 4,
    "pselect6": 4,
    "epoll_wait": 3,
    "epoll_pwait": 3,
    "rt_sigtimedwait": 2,
}
"""The argument with the limit of a wait."""
_IN_MILLISECONDS = frozenset(("poll", "epoll_wait", "epoll_pwait"))
_ALARMS = frozenset(("alarm", "setitimer"))
_REAL = frozenset(("timer_settime",))
SHOWS_FILTER = {"prctl": (21,)}
"""PR_GET_SECCOMP: it would show the filter that holds calls."""
TIMED_CALLS = frozenset((*_SLEEPS, *_LIMITS, *_ALARMS, *_REAL))
"""The calls to hold."""


def hide_filter(listener: int, held: HeldCall) -> bool:
    """Answer a call in SHOWS_FILTER as outside; return whether it is one."""
    if held.call not in SHOWS_FILTER:
        return False
    held_calls.skip(listener, held, int(proc.status_field("self", "Seccomp") or "0"))
    return True


class _Wait(Record):
    held: HeldCall
    end: int
    """When it ends, in nanoseconds of the run's clock."""


class _Alarm(Record):
    rings: int
    interval: int


class SkippedTime:
    """The sleeps, limits and alarms of one run.

    Args:
        listener: the descriptor that reports held calls.
    """

    def __init__(self, listener: int) -> None:
        self._listener = listener
        self._now = 0
        self._waits: dict[int, _Wait] = {}
        self._alarms: dict[int, _Alarm] = {}
        self.has_real_timers = False
        """Whether a timer was set that rings in real time."""

    @property
    def is_awaited(self) -> bool:
        """Whether a process waits for a time, or has an alarm."""
        return bool(self._waits or self._alarms)

    @property
    def holds(self) -> frozenset[int]:
        """The threads whose calls are held."""
        return frozenset(self._waits)

    def take(self, held: HeldCall) -> None:
        """Answer a held call now, or keep it until its time has passed."""
        if hide_filter(self._listener, held):
            return
        if held.call in _ALARMS:
            self._set_alarm(held)
            return
        self.has_real_timers |= held.call in _REAL
        left = _time_left(held)
        if not left:
            held_calls.let_go(self._listener, held)
        else:
            self._waits[held.pid] = _Wait(held, self._now + left)

    def pass_time(self) -> None:
        """End the waits that are over; if there are none, let time pass until the next is.

        Every process of the run must be at rest.
        """
        for tid in [tid for tid in self._waits if not proc.state(tid)]:
            del self._waits[tid]
        for pid in [pid for pid in self._alarms if proc.state(pid) in ("", "Z", "X")]:
            del self._alarms[pid]
        over = [each.held for each in self._waits.values() if _is_over(each.held)]
        for held in over:
            del self._waits[held.pid]
            held_calls.let_go(self._listener, held)
        ends = [each.end for each in self._waits.values()]
        ends += [each.rings for each in self._alarms.values()]
        if over or not ends:
            return
        self._now = min(ends)
        for pid, alarm in [*self._alarms.items()]:
            if alarm.rings <= self._now:
                del self._alarms[pid]
                if alarm.interval:
                    self._alarms[pid] = _Alarm(self._now + alarm.interval, alarm.interval)
                with suppress(ProcessLookupError):
                    os.kill(pid, SIGALRM)
        for tid, wait in [*self._waits.items()]:
            if wait.end <= self._now:
                del self._waits[tid]
                self._time_out(wait.held)

    def _set_alarm(self, held: HeldCall) -> None:
        first, new, old = held.arguments[:3]
        if held.call == "setitimer" and (first != _REAL_TIMER or not new):
            held_calls.let_go(self._listener, held)
            return
        pid = proc.process_of(held.pid)
        interval, left = 0, first * _SECOND
        if held.call == "setitimer":
            data = ptrace.read_memory(held.pid, new, 2 * _PAIR.size)
            if len(data) < 2 * _PAIR.size:
                held_calls.let_go(self._listener, held)  # the kernel refuses it
                return
            interval, left = (_timeval(data[at : at + _PAIR.size]) for at in (0, _PAIR.size))
        before = self._alarms.pop(pid, _Alarm(self._now, 0))
        remaining = before.rings - self._now
        if left:
            self._alarms[pid] = _Alarm(self._now + left, interval)
        if held.call == "alarm":
            held_calls.skip(self._listener, held, -(-remaining // _SECOND))
            return
        if old:
            values = (
                divmod(each // _MICROSECOND, 1_000_000) for each in (before.interval, remaining)
            )
            _write(held.pid, old, b"".join(_PAIR.pack(*each) for each in values))
        held_calls.skip(self._listener, held)

    def _time_out(self, held: HeldCall) -> None:
        """Answer a call as the kernel does when its time has passed."""
        first, second = held.arguments[:2]
        error = 0
        match held.call:
            case "poll" | "ppoll":
                for at in range(second):
                    _write(held.pid, first + at * _POLL.size + _POLL.size - 2, bytes(2))
            case "select" | "pselect6":
                size = -(-first // (8 * _SET_BYTES)) * _SET_BYTES
                for address in filter(None, held.arguments[1:4]):
                    _write(held.pid, address, bytes(size))
            case "rt_sigtimedwait":
                error = errno.EAGAIN
            case str():
                pass
        if held.call in ("select", "pselect6", "ppoll"):
            _write(held.pid, held.arguments[_LIMITS[held.call]], bytes(_PAIR.size))
        held_calls.skip(self._listener, held, error=error)


def _time_left(held: HeldCall) -> int:
    """Return for how many nanoseconds a call waits; 0 if it has no limit, or is refused."""
    if held.call in _IN_MILLISECONDS:
        limit = held.arguments[_LIMITS[held.call]] & 0xFFFFFFFF
        return 0 if limit >> 31 else limit * _MILLISECOND
    at = {**_SLEEPS, **_LIMITS}.get(held.call)
    address = held.arguments[at] if at is not None else 0
    data = ptrace.read_memory(held.pid, address, _PAIR.size) if address else b""
    if len(data) < _PAIR.size:
        return 0
    if held.call == "select":
        return max(0, _timeval(data))
    seconds, nanoseconds = _PAIR.unpack(data)
    if seconds < 0 or not 0 <= nanoseconds < _SECOND:
        return 0
    left: int = seconds * _SECOND + nanoseconds
    if held.call == "clock_nanosleep" and held.arguments[1] & _TIMER_ABSTIME:
        with suppress(OSError):
            left -= time.clock_gettime_ns(held.arguments[0])
    return max(0, left)


def _timeval(data: bytes) -> int:
    seconds, microseconds = _PAIR.unpack(data)
    return int(seconds * _SECOND + microseconds * _MICROSECOND)


def _is_over(held: HeldCall) -> bool:
    """Return whether a call would return at once: by a signal, or because a file is ready."""
    return _has_signal(held) or _is_ready(held)


def _has_signal(held: HeldCall) -> bool:
    status = proc.contents(held.pid, "status")
    masks = (proc.field_of(status, name) for name in ("SigPnd", "ShdPnd", "SigBlk"))
    own, shared, blocked = (int(mask or "0", 16) for mask in masks)
    if held.call == "rt_sigtimedwait":
        blocked &= ~_word(held.pid, held.arguments[0])
    elif held.call == "ppoll" and held.arguments[3]:
        blocked = _word(held.pid, held.arguments[3])
    elif held.call == "epoll_pwait" and held.arguments[4]:
        blocked = _word(held.pid, held.arguments[4])
    elif held.call == "pselect6" and held.arguments[5]:
        address = _word(held.pid, held.arguments[5])
        blocked = _word(held.pid, address) if address else blocked
    return bool((own | shared) & ~blocked)


def _is_ready(held: HeldCall) -> bool:
    """Return whether a file is ready for which a call waits."""
    wanted = dict[int, int]()
    first, second = held.arguments[:2]
    match held.call:
        case "poll" | "ppoll":
            data = ptrace.read_memory(held.pid, first, second * _POLL.size)
            for number, events, _ in _POLL.iter_unpack(
                data[: len(data) // _POLL.size * _POLL.size]
            ):
                if number >= 0:
                    wanted[number] = wanted.get(number, 0) | events
        case "select" | "pselect6":
            events_of = (select.POLLIN, select.POLLOUT, select.POLLPRI)
            for address, events in zip(held.arguments[1:4], events_of, strict=True):
                data = ptrace.read_memory(held.pid, address, -(-first // 8)) if address else b""
                for number in range(first if data else 0):
                    if data[number // 8] >> number % 8 & 1:
                        wanted[number] = wanted.get(number, 0) | events
        case "epoll_wait" | "epoll_pwait":
            wanted[first] = select.POLLIN
        case str():
            pass
    if not wanted:
        return False
    poll, pid = select.poll(), proc.process_of(held.pid)
    with ExitStack() as closing:
        for number, events in wanted.items():
            try:
                own = descriptors.borrow(pid, number)
            except OSError:
                return True  # the kernel answers
            closing.callback(descriptors.close, own)
            poll.register(own, events & 0xFFFF)
        return bool(poll.poll(0))


def _word(tid: int, address: int) -> int:
    return int.from_bytes(ptrace.read_memory(tid, address, 8), "little")


def _write(tid: int, address: int, data: bytes) -> None:
    with suppress(OSError):
        ptrace.write_memory(tid, address, data)
