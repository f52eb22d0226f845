"""Being born, waiting, signals, ending: which operation a process stands at, by its call."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.explore import chance
from simpsh.explore.operation import (
    ANY,
    DEFAULT,
    HANDLER,
    IGNORE,
    NOBODY,
    WNOHANG,
    WNOWAIT,
    Exec,
    Exiting,
    Forking,
    GetParent,
    Kill,
    Pause,
    SignalAction,
    SignalMask,
    Sleep,
    Suspend,
    Wait,
)
from simpsh.explore.signalling import FIRST_QUEUED, QUEUES, has_no_effect, signals_of
from simpsh.kernel import ptrace, registers
from simpsh.trace.call_events import signed
from simpsh.trace.memory import string_at

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.calls_of_bytes import Args, Arrival
    from simpsh.explore.operation import Operation
    from simpsh.explore.run import Run

SIGKILL, SIGCHLD, SIGSTOP = 9, 17, 19
WAITS_FOR_GROUP = "waits for a process group"
KILLS_OUTSIDE = "signals a process group or a process outside, which was refused"
NO_ZOMBIES = "lets its children vanish (SA_NOCLDWAIT)"
SLEEPS = "sleeps, which takes no time here: time is not synchronisation"
_EPERM = 1
_SIG_BLOCK, _SIG_SETMASK = 0, 2
_UNBLOCKABLE = 1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1)
_MOST_SLEEPS = 100
_CLONE_VM, _CLONE_VFORK = 0x100, 0x4000
_P_ALL, _P_PID = 0, 1
_SA_NOCLDWAIT, _SA_SIGINFO, _SA_RESETHAND = 2, 4, 0x80000000
_KILLS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
_TARGET_AND_SIGNAL = {"tgkill": (0, 2), "rt_tgsigqueueinfo": (0, 2)}


# -- waiting ---------------------------------------------------------------------------------------


def _target(run: Run, process: Caged, pid: int) -> str:
    if pid == -1:
        return ANY
    if pid <= 0:
        run.flag(WAITS_FOR_GROUP)
        return ANY
    known = run.naming.by_pid.get(pid)
    return known.name if known is not None and known.name in process.children else NOBODY


def _wait4(run: Run, process: Caged, args: Args) -> Operation | None:
    return Wait(_target(run, process, signed(args[0])), args[2] & WNOHANG)


def _waitid(run: Run, process: Caged, args: Args) -> Operation | None:
    kind, options = args[0], args[3]
    if options & WNOWAIT:
        run.flag("looks at a child's end and leaves it to be waited for (WNOWAIT)")
    if kind not in (_P_ALL, _P_PID):
        run.flag(WAITS_FOR_GROUP)
        return Wait(ANY, options & (WNOHANG | WNOWAIT))
    target = ANY if kind == _P_ALL else _target(run, process, signed(args[1]))
    return Wait(target, options & (WNOHANG | WNOWAIT))


def _getppid(run: Run, process: Caged, args: Args) -> Operation | None:  # noqa: ARG001
    return GetParent() if process.parent is not None or "." in process.name else None


# -- lives -----------------------------------------------------------------------------------------


def _execve(run: Run, process: Caged, args: Args) -> Operation | None:
    path = string_at(process.pid, args[1 if process.call == "execveat" else 0])
    if process.ends_are_stale:
        run.look_at_ends(process)
    if not process.ends and not run.knowledge.signals_matter:
        return None
    name = run.naming.path(process, args[0]) if process.call == "execve" else path
    if not run.is_shared(name) and not os.path.exists(run.naming.real(name)):
        return None  # one of the places that PATH leads to
    return Exec(path)


def _exit(run: Run, process: Caged, args: Args) -> Operation | None:
    if run.is_alone or process.is_exiting:
        return None
    if process.ends_are_stale:
        run.look_at_ends(process)
    # Without signals, only those who see an end given up notice the moment before the end.
    return Exiting(args[0] & 0xFF) if process.ends or run.knowledge.signals_matter else None


def _fork(run: Run, process: Caged, args: Args) -> Operation | None:
    flags = args[0]
    if process.call == "clone3":
        flags = int.from_bytes(ptrace.read_memory(process.pid, args[0], 8), "little")
    is_vfork = process.call == "vfork" or flags & _CLONE_VFORK
    is_thread = process.call.startswith("clone") and flags & _CLONE_VM and not is_vfork
    return None if run.is_alone or is_thread else Forking()


# -- signals ---------------------------------------------------------------------------------------


def _kill(run: Run, process: Caged, args: Args) -> Operation | None:
    places = _TARGET_AND_SIGNAL.get(process.call, (0, 1))
    pid, signal = (signed(args[place]) for place in places)
    target = run.naming.by_pid.get(pid)
    if target is None:
        refuse(run, process)
        return None
    if target is not process and signal:
        run.need_signals()
        if signal >= FIRST_QUEUED:
            run.flag(QUEUES)
    return Kill(target.name, signal)


def is_kill_outside(run: Run, process: Caged) -> bool:
    """Tell whether a process is about to signal somebody who is not in the cage."""
    if process.call == "pidfd_send_signal":
        return True
    return process.call in _KILLS and signed(process.args[0]) not in run.naming.by_pid


def refuse(run: Run, process: Caged) -> None:
    """Let nothing out of the cage: the call fails with EPERM."""
    run.flag(KILLS_OUTSIDE)
    registers.skip_call(process.pid, -_EPERM)


def _sigaction(run: Run, process: Caged, args: Args) -> Operation | None:
    signal = signed(args[0])
    data = ptrace.read_memory(process.pid, args[1], 16)
    if len(data) < 16 or signal in (SIGKILL, SIGSTOP):
        return None
    handler, flags = int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")
    disposition = {0: DEFAULT, 1: IGNORE}.get(handler, HANDLER)
    if signal == SIGCHLD and disposition == HANDLER:
        run.need_signals()
    if signal == SIGCHLD and flags & _SA_NOCLDWAIT and disposition != IGNORE:
        run.flag(NO_ZOMBIES)
    process.action_flags = flags if disposition == HANDLER else 0
    # Whether SIGCHLD is ignored when a child ends decides whether there is a zombie.
    changes_ends = signal == SIGCHLD and (disposition == IGNORE) != (signal in process.ignored)
    if not run.is_alone and (run.knowledge.signals_matter or changes_ends):
        return SignalAction(signal, disposition)
    set_disposition(process, signal, disposition)
    return None


def set_disposition(process: Caged, signal: int, disposition: str) -> None:
    """Note what a signal does from now on; a pending one that is ignored now is gone."""
    one, flags = frozenset((signal,)), process.action_flags
    process.resetting = (
        process.resetting | one if flags & _SA_RESETHAND else process.resetting - one
    )
    process.informed = process.informed | one if flags & _SA_SIGINFO else process.informed - one
    process.caught -= {signal}
    process.ignored -= {signal}
    if disposition == HANDLER:
        process.caught |= {signal}
    elif disposition == IGNORE:
        process.ignored |= {signal}
    if signal in process.pending and has_no_effect(process, signal):
        process.pending = tuple(one for one in process.pending if one != signal)


def _pause(run: Run, process: Caged, args: Args) -> Operation | None:
    run.need_signals()
    if process.call == "pause":
        return Pause()
    mask = int.from_bytes(ptrace.read_memory(process.pid, args[0], 8), "little")
    return Suspend(frozenset(number + 1 for number in range(64) if mask >> number & 1))


def _sigprocmask(run: Run, process: Caged, args: Args) -> Operation | None:
    """Blocking is visible: a signal may come right before it. Unblocking is not."""
    if run.is_alone or not run.knowledge.signals_matter:
        return None
    how, given = args[0], ptrace.read_memory(process.pid, args[1], 8)
    now = ptrace.signal_mask(process.pid)
    bits = int.from_bytes(given, "little") & ~_UNBLOCKABLE
    after = {_SIG_BLOCK: now | bits, _SIG_SETMASK: bits}.get(how, now)
    if not given or not after & ~now or process.is_exiting:
        return None
    return SignalMask(signals_of(after))


def _sleep(run: Run, process: Caged, args: Args) -> Operation | None:
    run.note(SLEEPS)
    chance.pass_time(process, args)
    process.sleeps += 1
    if run.knowledge.signals_matter and not run.is_alone:
        return Sleep()
    if process.sleeps > _MOST_SLEEPS:
        return Sleep()  # a loop, which would never come to another operation
    registers.skip_call(process.pid, 0)
    return None


ARRIVALS: dict[str, Arrival] = {
    "wait4": _wait4,
    "waitid": _waitid,
    "getppid": _getppid,
    "execve": _execve,
    "execveat": _execve,
    "exit_group": _exit,
    **dict.fromkeys(("fork", "vfork", "clone", "clone3"), _fork),
    **dict.fromkeys(_KILLS, _kill),
    "rt_sigaction": _sigaction,
    "rt_sigprocmask": _sigprocmask,
    "pause": _pause,
    "rt_sigsuspend": _pause,
    "nanosleep": _sleep,
    "clock_nanosleep": _sleep,
}
