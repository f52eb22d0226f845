"""fork, wait, signals, exit: which operation a process stands at, by its system call."""

from __future__ import annotations

import errno
import os

from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGSTOP
from simpsh.explore.control import clock_and_random
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.jobs.group_calls import arrive_at_group, target_of
from simpsh.explore.control.jobs.signal_delivery import (
    FIRST_QUEUED,
    OF_JOB_CONTROL,
    QUEUES,
    signals_of,
)
from simpsh.explore.control.jobs.signal_wait_calls import arrive_at_pending, arrive_at_wait
from simpsh.explore.control.jobs.vforks import (
    CLONE_CLEAR_SIGHAND,
    CLONE_VFORK,
    CLONE_VM,
    before_fork,
    clone_flags,
)
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.sharing.shared_memory import about_to_share
from simpsh.explore.control.syscalls_files import note_executed
from simpsh.explore.control.syscalls_io import Args, Arrival
from simpsh.explore.model.kernel_state import SA_NOCLDSTOP, SA_NOCLDWAIT
from simpsh.explore.model.signal_fates import has_no_effect
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.stop_operations import WCONTINUED, WUNTRACED
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import ptrace, registers
from simpsh.trace.tracee_proc import signed, string_at

_SIG_BLOCK, _SIG_SETMASK = 0, 2
KILLS_OUTSIDE = "signals processes outside, which was refused"
SLEEPS = "sleeps, which takes no time here: time is not synchronisation"

_UNBLOCKABLE = 1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1)
_MOST_SLEEPS = 100
# A process that could not be traced, or whose parent would be the explorer's (CLONE_PARENT).
_REFUSED_FLAGS = 0x800000 | 0x8000
# CLONE_VM and CLONE_VFORK, setting and clearing of the child's number, telling it to the parent.
_HARMLESS_FLAGS = 0x100 | 0x4000 | 0x1000000 | 0x200000 | 0x100000 | CLONE_CLEAR_SIGHAND
SHARES_MORE = "makes a process that shares more with it than its memory (clone)"
_P_ALL, _P_PGID, _P_PIDFD = 0, 2, 3
# WNOHANG, WUNTRACED, WCONTINUED, __WALL.
_WAIT_OPTIONS, _WEXITED = 1 | 2 | 8 | 0x40000000, 4
STOP_OPTIONS = WUNTRACED | WCONTINUED
ODD_WAIT = "waits for something else than a child's end"
_SA_SIGINFO, _SA_RESETHAND = 4, 0x80000000
_KILLS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
_FOR_THREADS = ("tkill", "tgkill", "rt_tgsigqueueinfo")
_TARGET_AND_SIGNAL = {"tgkill": (0, 2), "rt_tgsigqueueinfo": (0, 2)}

# -- waiting ---------------------------------------------------------------------------------------


def _target(run: RunState, process: HeldProcess, pid: int) -> str:
    if pid == -1:
        return ops.ANY
    if pid <= 0:
        return target_of(run, pid)
    known = run.names.by_pid.get(pid)
    return known.name if known is not None and known.name in process.children else ops.NO_CHILD


def _wait4(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if args[2] & ~_WAIT_OPTIONS:
        run.flag(ODD_WAIT)
    if args[2] & STOP_OPTIONS:
        run.need_groups()
    kept = args[2] & (ops.WNOHANG | STOP_OPTIONS)
    return ops.Wait(_target(run, process, signed(args[0])), kept)


def _waitid(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    kind, options = args[0], args[3]
    if not options & _WEXITED or options & ~(_WAIT_OPTIONS | _WEXITED | ops.WNOWAIT):
        run.flag(ODD_WAIT)
    if options & ops.WNOWAIT:
        run.flag("looks at a child's end and leaves it to be waited for (WNOWAIT)")
    if kind == _P_PIDFD:
        run.flag(ODD_WAIT)
    pid = signed(args[1]) * (-1 if kind == _P_PGID else 1)
    target = ops.ANY if kind in (_P_ALL, _P_PIDFD) else _target(run, process, pid)
    return ops.Wait(target, options & (ops.WNOHANG | ops.WNOWAIT | STOP_OPTIONS))


def _getppid(run: RunState, process: HeldProcess, args: Args) -> Operation | None:  # noqa: ARG001
    return ops.GetParent() if process.parent is not None or "." in process.name else None


# -- lives -----------------------------------------------------------------------------------------


def _execve(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    path = string_at(process.pid, args[1 if process.call == "execveat" else 0])
    if process.ends_are_stale or process.record_locks:
        run.look_at_ends(process)
    name = run.names.path(process, args[0]) if process.call == "execve" else path
    if name in run.knowledge.shared:
        run.flag("executes a file that processes change")
    note_executed(run, name)
    if not process.ends and not run.knowledge.signals_matter:
        return None
    if not run.is_shared(name) and not os.path.exists(run.names.real(name)):
        return None  # one of the places that PATH leads to
    return ops.Exec(path)


def _exit(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if process.ends_are_stale:
        run.look_at_ends(process)
    if process.is_exiting:
        return ops.GivingUp() if process.ends else None
    if run.is_alone:
        return None
    # Without signals, only those who see an end given up notice the moment before the end.
    return ops.Exiting(args[0] & 0xFF) if process.ends or run.knowledge.signals_matter else None


def _fork(run: RunState, process: HeldProcess, args: Args) -> Operation | None:  # noqa: ARG001
    flags = clone_flags(process)
    is_clone = process.call.startswith("clone")
    is_vfork = process.call == "vfork" or bool(is_clone and flags & CLONE_VFORK)
    is_thread = is_clone and flags & CLONE_VM and not is_vfork
    if is_clone and not is_thread and flags & ~_HARMLESS_FLAGS:
        run.flag(SHARES_MORE)
    if is_clone and flags & _REFUSED_FLAGS:
        registers.skip_call(process.pid, -errno.EPERM)
        return None
    if not is_vfork and not flags & CLONE_VM:
        sharing = about_to_share(process)
        if sharing is not None:
            return sharing
    is_visible = run.knowledge.signals_matter and not run.is_alone and not is_thread
    if is_vfork and not is_visible:
        before_fork(process)
    return ops.Forking(is_vfork) if is_visible else None


# -- signals ---------------------------------------------------------------------------------------


def _kill(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    places = _TARGET_AND_SIGNAL.get(process.call, (0, 1))
    pid, signal = (signed(args[place]) for place in places)
    if process.call == "kill" and (pid == 0 or -pid in run.names.by_pid):
        return _kill_group(run, pid, signal)
    target = run.names.by_pid.get(pid)
    if target is None:
        refuse(run, process)
        return None
    if signal in OF_JOB_CONTROL:
        run.need_groups()
    if target is not process and signal:
        run.need_signals(signal)
        if signal >= FIRST_QUEUED:
            run.flag(QUEUES)
    return ops.Kill(target.name, signal, is_raised=process.call in _FOR_THREADS)


def _kill_group(run: RunState, pid: int, signal: int) -> Operation:
    run.need_groups()
    if signal:
        run.need_signals(signal)
    if signal >= FIRST_QUEUED:
        run.flag(QUEUES)
    return ops.Kill(target_of(run, pid), signal)


def is_kill_outside(run: RunState, process: HeldProcess) -> bool:
    """Return whether a process is about to signal a process that is not in the run."""
    if process.call == "pidfd_send_signal":
        return True
    pid = signed(process.args[0])
    return process.call in _KILLS and pid != 0 and abs(pid) not in run.names.by_pid


def refuse(run: RunState, process: HeldProcess) -> None:
    """Let no signal out of the run: the call fails with EPERM."""
    run.flag(KILLS_OUTSIDE)
    registers.skip_call(process.pid, -errno.EPERM)


def _sigaction(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    signal = signed(args[0])
    data = ptrace.read_memory(process.pid, args[1], 16)
    if len(data) < 16 or signal in (SIGKILL, SIGSTOP):
        return None
    process.actions[signal] = ptrace.read_memory(process.pid, args[1], 32)
    handler, flags = int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")
    disposition = {0: ops.DEFAULT, 1: ops.IGNORE}.get(handler, ops.HANDLER)
    if signal == SIGCHLD and disposition == ops.HANDLER:
        run.need_signals(SIGCHLD)
    process.action_flags = flags
    # Whether SIGCHLD is ignored when a child ends decides whether there is a zombie.
    is_changed = (disposition == ops.IGNORE) != (signal in process.ignored)
    is_changed |= flags & SA_NOCLDWAIT != process.child_flags & SA_NOCLDWAIT
    changes_ends = signal == SIGCHLD and is_changed
    if not run.is_alone and (run.knowledge.signals_matter or changes_ends):
        return ops.SignalAction(signal, disposition)
    set_disposition(process, signal, disposition)
    return None


def set_disposition(process: HeldProcess, signal: int, disposition: str) -> None:
    """Note what a signal does from now on; a pending one that is ignored now is gone."""
    one, flags = frozenset((signal,)), process.action_flags
    if signal == SIGCHLD:
        process.child_flags = flags & (SA_NOCLDSTOP | SA_NOCLDWAIT)
    if disposition != ops.HANDLER:
        flags = 0
    process.resetting = (
        process.resetting | one if flags & _SA_RESETHAND else process.resetting - one
    )
    process.informed = process.informed | one if flags & _SA_SIGINFO else process.informed - one
    process.caught -= {signal}
    process.ignored -= {signal}
    if disposition == ops.HANDLER:
        process.caught |= {signal}
    elif disposition == ops.IGNORE:
        process.ignored |= {signal}
    is_dying = SIGKILL in process.pending
    if signal in process.pending and not is_dying and has_no_effect(process, signal):
        process.pending = tuple(one for one in process.pending if one != signal)


def _pause(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    run.need_signals()
    if process.call == "pause":
        return ops.Pause()
    mask = int.from_bytes(ptrace.read_memory(process.pid, args[0], 8), "little")
    return ops.Suspend(signals_of(mask))


def _sigprocmask(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Blocking is visible: a signal may come right before it. Behind unblocking one may come.

    fork() of glibc 2.43 and later blocks every signal around its call.
    """
    if run.is_alone or not run.knowledge.signals_matter:
        return None
    how, given = args[0], ptrace.read_memory(process.pid, args[1], 8)
    now = ptrace.getsigmask(process.pid)
    bits = int.from_bytes(given, "little") & ~_UNBLOCKABLE
    after = {_SIG_BLOCK: now | bits, _SIG_SETMASK: bits}.get(how, now & ~bits)
    if not given or process.is_exiting:
        return None
    if after & ~now:
        return ops.SignalMask(signals_of(after))
    unblocks = process.caught & run.knowledge.sent & signals_of(now & ~after)
    return ops.Unblocks() if unblocks else None


def _sigreturn(run: RunState, process: HeldProcess, args: Args) -> Operation:  # noqa: ARG001
    return ops.HandlerReturns()


def _sleep(run: RunState, process: HeldProcess, args: Args) -> Operation | None:  # noqa: ARG001
    if not clock_and_random.pass_time(process):
        return None  # the kernel refuses it
    run.note(SLEEPS)
    process.sleeps += 1
    if run.knowledge.signals_matter and not run.is_alone:
        return ops.Sleep()
    if process.sleeps > _MOST_SLEEPS:
        return ops.Sleep()  # a loop, which would never come to another operation
    registers.skip_call(process.pid, 0)
    return None


PROCESS_CALLS: dict[str, Arrival] = {
    "wait4": _wait4,
    "waitid": _waitid,
    "getppid": _getppid,
    **dict.fromkeys(("setpgid", "getpgid", "getpgrp", "setsid", "getsid"), arrive_at_group),
    "execve": _execve,
    "execveat": _execve,
    "exit_group": _exit,
    "exit": _exit,
    **dict.fromkeys(("fork", "vfork", "clone", "clone3"), _fork),
    **dict.fromkeys(_KILLS, _kill),
    "rt_sigaction": _sigaction,
    "rt_sigprocmask": _sigprocmask,
    "rt_sigreturn": _sigreturn,
    "pause": _pause,
    "rt_sigtimedwait": arrive_at_wait,
    "rt_sigpending": arrive_at_pending,
    "rt_sigsuspend": _pause,
    "nanosleep": _sleep,
    "clock_nanosleep": _sleep,
}
