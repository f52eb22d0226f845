"""Signals, stops, process groups and alarms: when a signal arrives, what a call about them is.

A stop signal is kept from the process, which is held where it would have stopped, and continued
when SIGCONT has come. So a stop is the same in every run; the explorer writes the result of a wait
into the waiting process's memory. It keeps alarms itself, and rings when that is chosen.
"""

from __future__ import annotations

import errno
import os
import struct
from contextlib import suppress
from functools import cache

from simpsh.base.signal_names import (
    SIGALRM,
    SIGCHLD,
    SIGCONT,
    SIGKILL,
    SIGPIPE,
    SIGSTOP,
    SIGXFSZ,
    STOP_SIGNALS,
)
from simpsh.explore import flags
from simpsh.explore.control.handlers import begin_handler
from simpsh.explore.control.held_process import DEAD, HeldProcess, Result
from simpsh.explore.control.run_state import ARRIVALS, Args, RunState
from simpsh.explore.control.times_given import time_left
from simpsh.explore.objects.kernel_state import DependsOn, Operation, ending_signal, has_no_effect
from simpsh.explore.objects.process_operations import Alone, HandlerReturns
from simpsh.explore.objects.signal_operations import (
    CONTINUED_WORD,
    GROUP,
    ORPHANED,
    SESSION,
    AskPending,
    Continues,
    GetGroup,
    Kill,
    KillOn,
    NewSession,
    SetGroup,
    SetTimer,
    Stopped,
    Stops,
    TakeSignal,
    group_of,
    is_orphaned,
)
from simpsh.explore.objects.symbolic_names import OUTSIDE, OWN_GROUP, is_group, of_group
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

OF_JOB_CONTROL = STOP_SIGNALS | {SIGCONT}
FIRST_QUEUED = 32


def to_deliver(run: RunState, process: HeldProcess, signal: int) -> int:
    """Return the signal that a process is given when the kernel is about to deliver one, or 0."""
    if process.life.is_exiting:
        # One like it that was sent meanwhile must not come before the descriptors are given up.
        return signal if signal == process.life.dying_of and process.life.is_struck else 0
    if SIGKILL in process.signals.pending:
        if signal == ending_signal(process.signals.pending):
            return process.take_kill()
        return 0
    if signal in process.signals.pending:
        process.signals.drop(signal)
        process.take(signal)
        if signal in process.signals.caught:
            begin_handler(run, process, signal)
        if process.signals.shows_origin(signal) and run.knowledge.origins_matter:
            ptrace.setsiginfo(process.pid, _note_origin(run, process, signal))
        process.signals.handled(signal)
        return signal
    if signal in (SIGPIPE, SIGXFSZ):
        # Its own: a consequence of its write, whose result is known.
        return 0 if signal in process.signals.ignored else signal
    info = ptrace.getsiginfo(process.pid)
    comes_from_process = info.code in (ptrace.SI_USER, ptrace.SI_QUEUE, ptrace.SI_TKILL)
    if comes_from_process or signal == SIGCHLD or has_no_effect(process.signals, signal):
        return 0
    return signal


@cache
def signals_of(bits: int) -> frozenset[int]:
    """Return the signals of a set as the kernel has it: bit 0 is signal 1."""
    return frozenset(number + 1 for number in range(64) if bits >> number & 1)


_SA_NODEFER, _ACTION_BYTES = 0x40000000, 32


def kept_away(process: HeldProcess) -> frozenset[int]:
    """Return the signals that the handlers keep away which a held process is in.

    The kernel takes a signal, and resets its action if the handler acts once. Only then it blocks
    others: one that ends the process may come in between, and no handler begins.
    """
    bits = 0
    for frame in process.handling.frames:
        signal = frame.signal
        action = process.signals.actions.get(signal, bytes(_ACTION_BYTES))
        given = int.from_bytes(action[registers.WORD :][:8], "little")
        mask = int.from_bytes(action[3 * registers.WORD :][:8], "little")
        bits |= mask if given & _SA_NODEFER else mask | 1 << (signal - 1)
    return frozenset() if isinstance(process.operation, HandlerReturns) else signals_of(bits)


_CLD_STOPPED, _CLD_CONTINUED = 5, 6


def begins_stop(run: RunState, process: HeldProcess, signal: int) -> bool:
    """Return whether a signal that is delivered stops the process."""
    signals = process.signals
    if signal not in STOP_SIGNALS or signal in signals.caught | signals.ignored:
        return False
    name, kernel = process.name, run.kernel
    if signal == SIGSTOP or not is_orphaned(kernel, group_of(kernel, name)):
        return True
    run.knowledge.orphans_groups = True
    process.take(ORPHANED)
    return False


def stop(process: HeldProcess, signal: int) -> Operation:
    """Return the operation of a process that has just stopped."""
    # While it is in sigsuspend, ptrace shows another mask.
    blocked = int(proc.status_field(process.pid, "SigBlk") or "0", 16)
    process.signals.set_mask(signals_of(blocked))
    return Stops(signal)


def go_on(process: HeldProcess, operation: Operation) -> bool:
    """Make the step of a stopped process, if it does not run on by that; return whether so."""
    if isinstance(operation, Stops):
        process.become(Stopped(operation.signal))
        return True
    if isinstance(operation, Stopped):
        process.become(Continues())
        process.life.continued()
        return True
    return False


# -- the results of waits --------------------------------------------------------------------------


def news_of(run: RunState, waiting: HeldProcess) -> tuple[str, int] | None:
    """Return the child that has stopped or continued which a wait is to return; else None."""
    news = waiting.prediction
    if not isinstance(news, tuple) or isinstance(news, DependsOn):
        return None
    child, word = news
    return None if run.processes[child].state == DEAD else (child, word)


def tell_news(waiting: HeldProcess, child: HeldProcess, word: int) -> None:
    """Make a process's wait return a child that has stopped or continued."""
    try:
        is_wait4, args = waiting.call == "wait4", waiting.args
        if is_wait4 and args[1]:
            ptrace.write_memory(waiting.pid, args[1], struct.pack("i", word))
        elif not is_wait4 and args[2]:
            code = _CLD_CONTINUED if word == CONTINUED_WORD else _CLD_STOPPED
            status = SIGCONT if word == CONTINUED_WORD else word >> 8
            data = struct.pack("iii0Piii", SIGCHLD, 0, code, child.pid, os.getuid(), status)
            ptrace.write_memory(waiting.pid, args[2], data)
        registers.skip_call(waiting.pid, child.pid if waiting.call == "wait4" else 0)
    except OSError:
        registers.skip_call(waiting.pid, -errno.EFAULT)


def target_of(run: RunState, pid: int) -> str:
    """Return the target of a wait or kill with pid 0, or less than -1."""
    run.need_groups()
    if pid == 0:
        return OWN_GROUP
    leader = run.names.by_pid.get(-pid)
    return of_group(leader.name if leader is not None else "")


@ARRIVALS.of("setpgid", "getpgid", "getpgrp", "setsid", "getsid")
def _group_call(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if process.call == "setsid":
        return _visible(run, NewSession(), is_own=True)
    pid = signed(args[0]) if process.call != "getpgrp" else 0
    target = process if pid in (0, process.pid) else run.names.by_pid.get(pid)
    if target is None or pid < 0:
        if pid > 0 and os.path.exists(f"/proc/{pid}"):
            run.flag(flags.OUTSIDE_GROUPS)
        return None
    if run.is_gone(target.name, process):
        # Another process may have that pid now.
        registers.skip_call(process.pid, -errno.ESRCH)
        return None
    if process.call != "setpgid":
        what = SESSION if process.call == "getsid" else GROUP
        return _visible(run, GetGroup(target.name, what), is_own=target is process)
    if target is not process and target.life.was_vforked and target.life.has_executed:
        run.flag(flags.EXEC_AFTER_VFORK)
    number = signed(args[1])
    leader = target if number in (0, target.pid) else run.names.by_pid.get(number)
    if number < 0:
        return None  # EINVAL
    if leader is None and os.path.exists(f"/proc/{number}"):
        run.flag(flags.OUTSIDE_GROUPS)
        return None
    is_own = target is process is leader
    return _visible(run, SetGroup(target.name, leader.name if leader else ""), is_own=is_own)


def _visible(run: RunState, operation: Operation, *, is_own: bool) -> Operation:
    """A call about its own group matters once another process asks for it, or changes it."""
    if not run.knowledge.groups_matter:
        if is_own or run.is_alone:
            return Alone(operation)
        run.need_groups()
    return operation


def group_result(run: RunState, process: HeldProcess, result: int) -> Result:
    """Return what a call about groups came back with: a name, 0, or minus the errno."""
    if result <= 0:
        return result
    if result in run.names.by_pid:
        return run.names.by_pid[result].name
    # The program is in the session of the process that called the explorer.
    session = run.knowledge.setup.session
    run.names.add_outside(session)
    registers.set_result(process.pid, session)
    return OUTSIDE


def send_to_group(run: RunState, process: HeldProcess, operation: Operation) -> bool:
    """Make a step of a kill that is for a group; return whether more steps are to follow.

    The call itself is not made: by the rules the signal pends for one member after the other.
    """
    if isinstance(operation, Kill) and is_group(operation.target):
        rest = operation.targets(run.kernel, process.name)
        if not rest or not operation.signal:
            return False
    elif isinstance(operation, KillOn):
        rest = operation.rest
    else:
        return False
    if len(rest) > 1:
        process.become(KillOn(operation.signal, rest[1:]))
        process.give(rest[1:])
        return True
    registers.skip_call(process.pid, 0)
    return False


SIGINFO = struct.Struct("iii0Piiq")
"""The beginning of siginfo_t: signal, errno, code, the sender's pid and user, value or status."""
_SIGINFO_BYTES = 128
_UNBLOCKABLE = frozenset((9, 19))


def _note_origin(run: RunState, process: HeldProcess, signal: int) -> bytes:
    """Note that a process sees the origin of a signal; return its siginfo_t.

    The kernel's own may name the explorer, which sends some in the name of others. How long a child
    has computed is left out.
    """
    origin = process.signals.own_origins.get(signal)
    code, sender, value = origin = origin or run.kernel.origin_of(process.name, signal)
    process.take(origin)
    pid = run.processes[sender].pid if sender else 0
    user = os.getuid() if sender else 0
    return SIGINFO.pack(signal, 0, code, pid, user, value).ljust(_SIGINFO_BYTES, b"\0")


@ARRIVALS.of("rt_sigtimedwait")
def _sigtimedwait(run: RunState, process: HeldProcess, args: Args) -> Operation:
    run.need_signals()
    bits = int.from_bytes(ptrace.read_memory(process.pid, args[0], 8), "little")
    wanted = signals_of(bits) - _UNBLOCKABLE
    if wanted - signals_of(ptrace.getsigmask(process.pid)):
        run.flag(flags.NOT_BLOCKED)
    if args[1]:
        run.need_origins()
    return TakeSignal(wanted, time_left(process, args[2]) if args[2] else None)


def taken_signal(run: RunState, process: HeldProcess, result: int) -> Result:
    """Note which signal was taken."""
    if result > 0:
        process.signals.drop(result)
        if process.args[1]:
            ptrace.write_memory(process.pid, process.args[1], _note_origin(run, process, result))
    return result


@ARRIVALS.of("rt_sigpending")
def _sigpending(run: RunState, process: HeldProcess, args: Args) -> Operation:  # noqa: ARG001
    run.need_signals()
    return AskPending()


def pending_result(process: HeldProcess) -> Result:
    """Tell the process which of its signals are pending; return them."""
    blocked = signals_of(ptrace.getsigmask(process.pid))
    there = tuple(signal for signal in process.signals.pending if signal in blocked)
    bits = sum(1 << (signal - 1) for signal in there)
    # At a wrong address the kernel has refused the call.
    with suppress(OSError):
        ptrace.write_memory(process.pid, process.args[0], struct.pack("Q", bits))
    return there


RINGS_ANYWHERE = "sets an alarm, which may ring at any later moment: time is not synchronisation"
_ITIMER_REAL = 0
_TIMEVALS = "llll"
_MILLION = 1_000_000


@ARRIVALS.of("alarm", "setitimer")
def _set_timer(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if process.call == "alarm":
        return _set(run, _MILLION * (args[0] & 0xFFFFFFFF))
    data = ptrace.read_memory(process.pid, args[1], 4 * registers.WORD) if args[1] else b""
    if args[0] == _ITIMER_REAL and len(data) == struct.calcsize(_TIMEVALS):
        *interval, seconds, microseconds = struct.unpack(_TIMEVALS, data)
        length = _MILLION * seconds + microseconds
        if length and any(interval):
            run.flag(flags.RINGS_AGAIN)
        return _set(run, length)
    if args[0] != _ITIMER_REAL:
        run.flag_call(process, flags.SETS_TIMER.of("setitimer"))
        registers.skip_call(process.pid, -errno.EINVAL)
    return None


def _set(run: RunState, microseconds: int) -> Operation:
    if microseconds:
        # Every operation is visible from the next run on: an alarm may ring there.
        run.need_signals(SIGALRM)
        if not run.knowledge.timers_matter:
            run.knowledge.timers_matter = run.knowledge.must_restart = True
        run.note_time(passes=True)
        run.note(RINGS_ANYWHERE)
    return SetTimer(microseconds)


def before_timer(run: RunState, process: HeldProcess, operation: SetTimer) -> None:
    """Set the explorer's timer instead of the kernel's.

    The rest of an earlier alarm may have any length: in turns it is nearly all, and nearly nothing.
    """
    length = process.prediction if isinstance(process.prediction, int) else 0
    run.alarms[process.name] = run.now + operation.microseconds * 1000
    if length > 1 and not run.knowledge.turn("what is left of an alarm"):
        length -= 1
    elif length:
        length = 1
    # alarm() rounds to seconds, and never to none.
    left = max(round(length / _MILLION), 1) if length else 0
    if process.call == "setitimer" and process.args[2]:
        data = struct.pack(_TIMEVALS, 0, 0, *divmod(length, _MILLION))
        try:
            ptrace.write_memory(process.pid, process.args[2], data)
        except OSError:
            registers.skip_call(process.pid, -errno.EFAULT)
            return
    registers.skip_call(process.pid, left if process.call == "alarm" else 0)
