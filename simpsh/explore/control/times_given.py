"""The times that calls are given: how long a process wants to sleep, or to wait at most."""

from __future__ import annotations

import struct

from simpsh.explore.control.held_process import HeldProcess
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.syscall_table import SHORT_TIMES

NANOSECONDS = 1_000_000_000
_TIMER_ABSTIME = 1
PAIR, _SHORT_PAIR = struct.Struct("qq"), struct.Struct("ii")


def layout_of(process: HeldProcess) -> struct.Struct:
    """Return how a process's call has a timespec."""
    return _SHORT_PAIR if process.system_call.number in SHORT_TIMES else PAIR


def _time_at(process: HeldProcess, address: int, unit: int = 1) -> int | None:
    """Return the nanoseconds of a timespec; None if there is none.

    The unit of its second number is so many nanoseconds: 1000 in a timeval.
    """
    layout = layout_of(process)
    data = ptrace.read_memory(process.pid, address, layout.size)
    if len(data) < layout.size:
        return None
    seconds, rest = layout.unpack(data)
    if seconds < 0 or not 0 <= rest * unit < NANOSECONDS:
        return None
    return int(seconds * NANOSECONDS + rest * unit)


def time_left(
    process: HeldProcess, address: int, *, is_relative: bool = True, unit: int = 1
) -> int:
    """Return how many nanoseconds a call may last at most, by a timespec; 0 if it is wrong."""
    wanted = _time_at(process, address, unit)
    if wanted is None:
        return 0
    if not is_relative:
        wanted -= process.clock_shown
    return max(0, wanted)


def time_asked(process: HeldProcess) -> int | None:
    """Return the nanoseconds that a process's nanosleep is given; None if that is no time."""
    return _time_at(process, process.args[2 if process.call == "clock_nanosleep" else 0])


def time_to_sleep(process: HeldProcess) -> int | None:
    """Return for how many nanoseconds a process wants to sleep; None if that is no time."""
    if time_asked(process) is None:
        return None
    if process.call != "clock_nanosleep":
        return time_left(process, process.args[0])
    is_relative = not process.args[1] & _TIMER_ABSTIME
    return time_left(process, process.args[2], is_relative=is_relative)
