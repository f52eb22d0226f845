"""alarm and setitimer: the explorer keeps the timer itself, and rings when that is chosen.

How much time was left when a timer is set again differs from run to run: a program that hangs on
it does not do the same again.
"""

from __future__ import annotations

import errno
import struct

from simpsh.base.signal_names import SIGALRM
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.jobs.stopping import send_really
from simpsh.explore.control.run_state import RunState
from simpsh.explore.operations.timers import SetTimer
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import ptrace, registers

SETS_TIMER = "sets a timer"
RINGS_ANYWHERE = "sets an alarm, which may ring at any later moment: time is not synchronisation"
_ITIMER_REAL = 0
_TIMEVALS = "qqqq"


def arrive_at_timer(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation | None:
    """Return the operation of alarm, or of setitimer for a timer that rings once."""
    if process.call == "alarm":
        return _set(run, is_set=bool(args[0] & 0xFFFFFFFF))
    data = ptrace.read_memory(process.pid, args[1], 32) if args[1] else b""
    if args[0] == _ITIMER_REAL and len(data) == struct.calcsize(_TIMEVALS):
        *interval, seconds, microseconds = struct.unpack(_TIMEVALS, data)
        is_set = bool(seconds or microseconds)
        if not is_set or not any(interval):
            return _set(run, is_set=is_set)
    run.flag_call(process, f"{SETS_TIMER} ({process.call})")
    process.has_timer = True
    return None


def _set(run: RunState, *, is_set: bool) -> Operation:
    if is_set:
        run.need_timers()
        run.note(RINGS_ANYWHERE)
    return SetTimer(is_set)


def before_timer(run: RunState, process: HeldProcess, operation: SetTimer) -> None:
    """Set the explorer's timer instead of the kernel's."""
    was_set, process.is_alarmed = process.is_alarmed, operation.is_set
    process.was_alarmed = was_set
    left = 1 + run.knowledge.turn() if was_set else 0
    if process.call == "setitimer" and process.args[2]:
        try:
            ptrace.write_memory(process.pid, process.args[2], struct.pack(_TIMEVALS, 0, 0, left, 0))
        except OSError:
            registers.skip_call(process.pid, -errno.EFAULT)
            return
    registers.skip_call(process.pid, left if process.call == "alarm" else 0)


def ring(process: HeldProcess) -> None:
    """Let a timer ring."""
    process.is_alarmed = False
    send_really(process, SIGALRM)
