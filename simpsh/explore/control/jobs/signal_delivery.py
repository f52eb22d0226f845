"""A signal's fate is decided when it is sent; its moment is chosen.

The kernel queues even ignored signals for a traced process, so that its tracer can see them: what
was sent before a handler was there would be given to that handler. Untraced it would be gone. So
what is to arrive is noted at the sending, and everything else is held back at the delivery.

SIGKILL is pending like others: who is inside a call may finish it before dying. It is really sent
when it is to act.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache

from simpsh.base.signal_names import (
    SIGALRM,
    SIGCHLD,
    SIGCONT,
    SIGKILL,
    SIGPIPE,
    SIGXFSZ,
    STOP_SIGNALS,
)
from simpsh.explore.control.held_process import DEAD, RUNNING, HeldProcess
from simpsh.explore.control.jobs.handler_uses import begin_handler
from simpsh.explore.control.run_state import RunState
from simpsh.explore.model.kernel_state import SA_NOCLDWAIT
from simpsh.explore.model.signal_fates import ending_signal, has_no_effect, is_lost, pending_after
from simpsh.explore.operations.stop_operations import CONTINUED_WORD, Stopped, Stops
from simpsh.explore.operations.visible_operations import Dying, Exit, GivingUp, Suspend
from simpsh.kernel.machine import ptrace
from simpsh.process import proc

OF_JOB_CONTROL = STOP_SIGNALS | {SIGCONT}
FIRST_QUEUED = 32
QUEUES = "sends real-time signals, which queue"
TELLS_SENDER = "asks who sent a signal (SA_SIGINFO)"


def send(target: HeldProcess, signal: int, *, is_own: bool = False) -> None:
    """Note that a signal was sent to a process, maybe by itself: then it arrives at once."""
    if target.state == DEAD or signal == 0 or isinstance(target.operation, Dying | GivingUp | Exit):
        return
    if SIGKILL in target.pending:
        return
    _drop_opposites(target, signal)
    if is_lost(target, signal):
        return
    if is_own and signal != SIGKILL:
        _add(target, signal)
        return
    target.pending = pending_after(target.pending, signal, target)
    if SIGKILL in target.pending:
        target.news = 0


def _drop_opposites(target: HeldProcess, signal: int) -> None:
    if signal == SIGCONT:
        _drop(target, STOP_SIGNALS)
        if isinstance(target.operation, Stops | Stopped) and not target.is_continued:
            target.is_continued, target.news = True, CONTINUED_WORD
    elif signal in STOP_SIGNALS:
        _drop(target, frozenset((SIGCONT,)))


def _drop(target: HeldProcess, signals: frozenset[int]) -> None:
    target.pending = tuple(one for one in target.pending if one not in signals)


def take_kill(target: HeldProcess) -> int:
    """Note that the SIGKILL that is pending for a process acts now; return what ends it."""
    signal = ending_signal(target.pending)
    target.taken += (signal,)
    target.pending = ()
    return signal


def strike(target: HeldProcess, signal: int) -> None:
    """Send a held process the signal that ends it."""
    target.state, target.operation, target.under_way = RUNNING, None, None
    target.is_struck = True
    with suppress(ProcessLookupError):
        # It may be blocked again: only sigsuspend had let it through.
        ptrace.setsigmask(target.pid, 0)
        os.kill(target.pid, signal)


def makes_no_zombies(process: HeldProcess) -> bool:
    """Return whether a process's children vanish when they end; see sigaction(2)."""
    return SIGCHLD in process.ignored or bool(process.child_flags & SA_NOCLDWAIT)


def _add(target: HeldProcess, signal: int) -> None:
    target.pending = tuple(sorted({*target.pending, signal}))


def notice_timer(target: HeldProcess) -> None:
    """Note whether a timer of a held process has rung: its signal waits in the kernel."""
    bits = int(proc.status_field(target.pid, "ShdPnd") or "0", 16)
    if bits >> (SIGALRM - 1) & 1 and not is_lost(target, SIGALRM):
        _add(target, SIGALRM)


def to_deliver(run: RunState, process: HeldProcess, signal: int) -> int:
    """Return the signal that a process is given when the kernel is about to deliver one, or 0."""
    if process.is_exiting:
        # One like it that was sent meanwhile must not come before the descriptors are given up.
        return signal if signal == process.dying_of and process.is_struck else 0
    if SIGKILL in process.pending:
        if signal == ending_signal(process.pending):
            take_kill(process)
            return signal
        return 0
    if signal in process.pending:
        _take(run, process, signal)
        return signal
    if signal in (SIGPIPE, SIGXFSZ):
        # Its own: a consequence of its write, whose result is known.
        return 0 if signal in process.ignored else signal
    info = ptrace.getsiginfo(process.pid)
    comes_from_process = info.code in (ptrace.SI_USER, ptrace.SI_QUEUE, ptrace.SI_TKILL)
    if comes_from_process or signal == SIGCHLD or has_no_effect(process, signal):
        return 0
    return signal


def _take(run: RunState, process: HeldProcess, signal: int) -> None:
    """Note that a pending signal acts now."""
    process.pending = tuple(one for one in process.pending if one != signal)
    process.taken += (signal,)
    if signal in process.caught:
        begin_handler(run, process, signal)
    if signal in process.informed:
        run.flag(TELLS_SENDER)
    if signal in process.resetting:
        process.caught -= {signal}
        process.resetting -= {signal}


@cache
def signals_of(bits: int) -> frozenset[int]:
    """Return the signals of a set as the kernel has it: bit 0 is signal 1."""
    return frozenset(number + 1 for number in range(64) if bits >> number & 1)


def deliverable(process: HeldProcess, *, inside: bool = False) -> tuple[int, ...]:
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
    return tuple(signal for signal in process.pending if signal == SIGKILL or signal not in blocked)
