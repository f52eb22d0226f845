"""A signal's fate is decided when it is sent, not when it arrives.

The kernel queues even ignored signals for a traced process, so that its tracer can see them: what
was sent before a handler was there would be given to that handler. Untraced it would be gone. So
what is to arrive is noted at the sending, and everything else is held back at the delivery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.caged import DEAD, RUNNING
from simpsh.explore.operation import Exit, Suspend
from simpsh.kernel import ptrace
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.run import Run

SIGKILL, SIGPIPE, SIGCHLD, SIGCONT, SIGURG, SIGWINCH = 9, 13, 17, 18, 23, 28
_IGNORED_BY_DEFAULT = frozenset((SIGCHLD, SIGCONT, SIGURG, SIGWINCH))
_OF_JOB_CONTROL = frozenset((18, 19, 20, 21, 22))
STOPS = "stops or continues processes (job control)"


def send(run: Run, target: Caged, signal: int) -> None:
    """Note that a signal was sent to a process."""
    if target.state == DEAD or signal == 0:
        return
    if signal == SIGKILL:
        if not isinstance(target.operation, Exit):
            target.state = RUNNING
            target.operation = None
        return
    if signal in _OF_JOB_CONTROL:
        if signal not in target.ignored:
            run.flag(STOPS)
        return
    if not is_lost(target, signal) and signal not in target.pending:
        target.pending = tuple(sorted((*target.pending, signal)))


def is_lost(target: Caged, signal: int) -> bool:
    """Tell whether a signal sent now has no effect, whatever happens later."""
    is_default = signal not in target.caught
    return signal in target.ignored or (is_default and signal in _IGNORED_BY_DEFAULT)


def to_deliver(process: Caged, signal: int) -> int:
    """Return the signal that a process is given when the kernel is about to deliver one, or 0."""
    if signal in process.pending:
        process.pending = tuple(one for one in process.pending if one != signal)
        process.taken += (signal,)
        if signal in process.resetting:
            process.caught -= {signal}
            process.resetting -= {signal}
        return signal
    if signal == SIGPIPE:
        # Its own: a consequence of its write, which everybody knows the result of.
        return 0 if signal in process.ignored else signal
    info = ptrace.signal_info(process.pid)
    comes_from_process = info.code in (ptrace.SI_USER, ptrace.SI_QUEUE, ptrace.SI_TKILL)
    if comes_from_process or signal == SIGCHLD or is_lost(process, signal):
        return 0
    return signal


def mask(process: Caged) -> frozenset[int]:
    """Return the signals that a held process blocks."""
    bits = int(proc_files.status_line(process.pid, "SigBlk") or "0", 16)
    return frozenset(number + 1 for number in range(64) if bits >> number & 1) if bits else _NONE


_NONE: frozenset[int] = frozenset()


def deliverable(process: Caged, *, inside: bool = False) -> tuple[int, ...]:
    """Return the pending signals that are not blocked.

    Args:
        process: a held process.
        inside: within its operation, where sigsuspend has another mask.
    """
    if not process.pending:
        return ()
    blocked = process.blocked
    if inside and isinstance(process.operation, Suspend):
        blocked = process.operation.mask
    return tuple(signal for signal in process.pending if signal not in blocked)
