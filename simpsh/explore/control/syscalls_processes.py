"""The operations of fork, wait, exit and calls about signals.

vfork is made without the kernel's wait: the explorer itself holds the parent. The kernel would
continue the parent in the middle of the child's end, where no process can be held. So the call is
made without CLONE_VFORK. The child runs in its parent's memory all the same, and the parent is held
until the child has another program, or has given up that memory.
"""

from __future__ import annotations

import errno
import os
import select
import struct
from collections.abc import Collection

from simpsh.base.process_names import FIRST, parent_of
from simpsh.base.signal_names import SIGCHLD, SIGKILL, SIGSTOP
from simpsh.explore import flags
from simpsh.explore.control import clock_and_random
from simpsh.explore.control.handlers import may_come
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import ARRIVALS, Args, RunState, ends_of
from simpsh.explore.control.shared_memory import about_to_share
from simpsh.explore.control.signal_calls import (
    FIRST_QUEUED,
    OF_JOB_CONTROL,
    SIGINFO,
    signals_of,
    target_of,
)
from simpsh.explore.control.syscalls_files import note_executed
from simpsh.explore.control.times_given import time_left, time_to_sleep
from simpsh.explore.objects.call_classes import NAMED_CALLS
from simpsh.explore.objects.kernel_state import SA_NOCLDWAIT, Operation
from simpsh.explore.objects.pipe_operations import Poll
from simpsh.explore.objects.process_operations import (
    ANY,
    NO_CHILD,
    WNOHANG,
    WNOWAIT,
    Exec,
    Exiting,
    Forking,
    GetParent,
    GivingUp,
    HandlerReturns,
    Unblocks,
    Wait,
)
from simpsh.explore.objects.signal_operations import (
    DEFAULT,
    HANDLER,
    IGNORE,
    WCONTINUED,
    WUNTRACED,
    Kill,
    Pause,
    SignalAction,
    SignalMask,
    Suspend,
)
from simpsh.explore.objects.symbolic_names import is_fifo, is_pipe, is_socket
from simpsh.explore.objects.virtual_clock import Sleep
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed, string_at

CLONE_VM, CLONE_VFORK = 0x100, 0x4000
_END_SIGNAL = 0xFF


def before_fork(process: HeldProcess) -> None:
    """Replace a process's vfork by a call that does not wait."""
    values = registers.getregs(process.pid)
    process.life.vforks(list(values))
    bits = (process.args[0] & ~CLONE_VFORK,)
    given = (CLONE_VM | SIGCHLD, 0, 0, 0, 0) if process.call == "vfork" else bits
    registers.replace_call(values, NUMBERS["clone"], given)
    registers.setregs(process.pid, values)


def is_vfork(process: HeldProcess) -> bool:
    """Return whether the fork that a process has just made is such a vfork."""
    return bool(process.life.vfork_call)


def after_fork(process: HeldProcess, child: HeldProcess) -> None:
    """Restore the registers of the parent's call; the child gets the same."""
    child.life.vforks(process.life.vfork_call, as_child=True)
    _restore(process.pid, process.life.vfork_call)
    process.life.vforks([])


def begin(child: HeldProcess) -> None:
    """Restore the registers of the call in a child that has not run yet."""
    if child.life.vfork_call:
        _restore(child.pid, child.life.vfork_call)
        child.life.vforks([])


def _restore(pid: int, before: list[int]) -> None:
    values = registers.getregs(pid)
    for place in registers.ARGUMENTS:
        # On aarch64 the first argument's register is the result's, too: 0 in the child.
        if place != registers.RESULT:
            values[place] = before[place]
    registers.setregs(pid, values)


def gives_up_memory(process: HeldProcess) -> bool:
    """Make the step of a vfork child that has called exit, if it is the one that frees its parent.

    Its descriptors are given up in the next.
    """
    is_exiting = isinstance(process.operation, Exiting)
    life = process.life
    if not is_exiting or life.is_released or not life.was_vforked or not process.files.ends:
        return False
    process.begin_end()
    life.release()
    process.become(GivingUp())
    process.signals.pend(())
    return True


_SIG_BLOCK, _SIG_SETMASK = 0, 2
SLEEPS = "sleeps, and a process may be delayed for longer: time is not synchronisation"

_UNBLOCKABLE = 1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1)
_MOST_SLEEPS = 100
# A process that could not be traced, or whose parent would be the explorer's (CLONE_PARENT).
_REFUSED_FLAGS = 0x800000 | 0x8000
# CLONE_VM, CLONE_VFORK, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, CLONE_PARENT_SETTID.
_HARMLESS_FLAGS = 0x100 | 0x4000 | 0x1000000 | 0x200000 | 0x100000
_P_ALL, _P_PGID, _P_PIDFD = 0, 2, 3
# WNOHANG, WUNTRACED, WCONTINUED, __WALL.
_WAIT_OPTIONS, _WEXITED = 1 | 2 | 8 | 0x40000000, 4
STOP_OPTIONS = WUNTRACED | WCONTINUED
_SA_SIGINFO, _ACTION_BYTES = 4, 32
_KILLS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
_FOR_THREADS = ("tkill", "tgkill", "rt_tgsigqueueinfo")
_TARGET_AND_SIGNAL = {"tgkill": (0, 2), "rt_tgsigqueueinfo": (0, 2)}
_QUEUES = {"rt_sigqueueinfo": 2, "rt_tgsigqueueinfo": 3}
"""The calls that give a signal a value, and which argument points to it."""
_SI_USER, _SI_TKILL = 0, -6

# -- waiting ---------------------------------------------------------------------------------------


def _target(run: RunState, process: HeldProcess, pid: int) -> str:
    if pid == -1:
        return ANY
    if pid <= 0:
        return target_of(run, pid)
    known = run.names.by_pid.get(pid)
    is_child = known is not None and parent_of(known.name) == process.name
    return known.name if known is not None and is_child else NO_CHILD


@ARRIVALS.of("wait4")
def _wait4(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if args[2] & ~_WAIT_OPTIONS:
        run.flag(flags.ODD_WAIT)
    if args[2] & STOP_OPTIONS:
        run.need_groups()
    if args[3]:
        run.flag_call(process, flags.ASKS_USAGE)
    options = args[2] & (WNOHANG | STOP_OPTIONS)
    return Wait(_target(run, process, signed(args[0])), options)


@ARRIVALS.of("waitid")
def _waitid(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    kind, options = args[0], args[3]
    if not options & _WEXITED or options & ~(_WAIT_OPTIONS | _WEXITED | WNOWAIT):
        run.flag(flags.ODD_WAIT)
    if options & WNOWAIT:
        run.flag(flags.LEAVES_ZOMBIE)
    if kind == _P_PIDFD:
        run.flag(flags.ODD_WAIT)
    if args[4]:
        run.flag_call(process, flags.ASKS_USAGE)
    pid = signed(args[1]) * (-1 if kind == _P_PGID else 1)
    target = ANY if kind in (_P_ALL, _P_PIDFD) else _target(run, process, pid)
    return Wait(target, options & (WNOHANG | WNOWAIT | STOP_OPTIONS))


@ARRIVALS.of("getppid")
def _getppid(run: RunState, process: HeldProcess, args: Args) -> Operation | None:  # noqa: ARG001
    return GetParent() if process.name != FIRST else None


# -- lives -----------------------------------------------------------------------------------------


@ARRIVALS.of("execve", "execveat")
def _execve(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    path = string_at(process.pid, args[1 if process.call == "execveat" else 0])
    if process.files.are_stale:
        run.look_at_ends(process)
    name = run.names.path(process, args[0]) if process.call == "execve" else path
    if name in run.knowledge.shared:
        run.flag(flags.EXECUTES_CHANGED)
    note_executed(run, name)
    if not process.files.ends and not run.knowledge.signals_matter:
        return None
    if not run.is_shared(name) and not os.path.exists(run.names.real(name)):
        return None  # one of the places that PATH leads to
    return Exec(path)


@ARRIVALS.of("exit_group", "exit")
def _exit(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if process.files.are_stale:
        run.look_at_ends(process)
    if process.life.is_exiting:
        return GivingUp() if process.files.ends else None
    if run.is_alone:
        return None
    # Without signals, only a process that sees an end given up notices the moment before the end.
    return Exiting(args[0] & 0xFF) if process.files.ends or run.knowledge.signals_matter else None


@ARRIVALS.of("fork", "vfork", "clone")
def _fork(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    # Only clone has flags: where it is fork or vfork, the register holds what was left there.
    word = args[0] if process.call == "clone" else SIGCHLD
    bits = word & ~_END_SIGNAL
    is_vfork = process.call == "vfork" or bool(bits & CLONE_VFORK)
    is_thread = bits & CLONE_VM and not is_vfork
    if not is_thread and (bits & ~_HARMLESS_FLAGS or word & _END_SIGNAL != SIGCHLD):
        run.flag(flags.SHARES_MORE)
    if bits & _REFUSED_FLAGS:
        registers.skip_call(process.pid, -errno.EPERM)
        return None
    if not is_vfork and not bits & CLONE_VM:
        sharing = about_to_share(run, process)
        if sharing is not None:
            return sharing
    is_visible = run.knowledge.signals_matter and not run.is_alone and not is_thread
    if is_vfork and not is_visible:
        before_fork(process)
    return Forking(is_vfork) if is_visible else None


# -- signals ---------------------------------------------------------------------------------------


@ARRIVALS.of(*_KILLS)
def _kill(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    places = _TARGET_AND_SIGNAL.get(process.call, (0, 1))
    pid, signal = (signed(args[place]) for place in places)
    if process.call == "kill" and (pid == 0 or -pid in run.names.by_pid):
        run.need_groups()
        if signal:
            run.need_kill(signal)
        if signal >= FIRST_QUEUED:
            run.flag(flags.QUEUES)
        return Kill(target_of(run, pid), signal)
    target = run.names.by_pid.get(pid)
    if target is None:
        refuse(run, process, args)
        return None
    if signal in OF_JOB_CONTROL:
        run.need_groups()
    if target is not process and signal:
        run.need_kill(signal, target.name)
        if signal >= FIRST_QUEUED:
            run.flag(flags.QUEUES)
    code, value = _SI_USER, 0
    if process.call in _FOR_THREADS:
        code = _SI_TKILL
    if process.call in _QUEUES:
        data = ptrace.read_memory(process.pid, args[_QUEUES[process.call]], SIGINFO.size)
        if len(data) == SIGINFO.size:
            _, _, code, _, _, value = SIGINFO.unpack(data)
    return Kill(target.name, signal, process.call in _FOR_THREADS, code, value)


@ARRIVALS.of("pidfd_send_signal")
def refuse(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    """Refuse a signal to a process outside: the call fails with EPERM."""
    run.flag(flags.KILLS_OUTSIDE)
    registers.skip_call(process.pid, -errno.EPERM)


@ARRIVALS.of("rt_sigaction")
def _sigaction(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    signal = signed(args[0])
    data = ptrace.read_memory(process.pid, args[1], 2 * registers.WORD)
    if len(data) < 2 * registers.WORD or signal in (SIGKILL, SIGSTOP):
        return None
    handler, bits = struct.unpack("PP", data)
    disposition = {0: DEFAULT, 1: IGNORE}.get(handler, HANDLER)
    if signal == SIGCHLD and disposition == HANDLER:
        run.need_signals(SIGCHLD)
    if disposition == HANDLER and bits & _SA_SIGINFO and run.knowledge.signals_matter:
        run.need_origins()
    # Whether SIGCHLD is ignored when a child ends decides whether there is a zombie.
    is_changed = (disposition == IGNORE) != (signal in process.signals.ignored)
    is_changed |= bits & SA_NOCLDWAIT != process.signals.child_flags & SA_NOCLDWAIT
    changes_ends = signal == SIGCHLD and is_changed
    if not run.is_alone and (changes_ends or _may_be_sent(run, process, {signal})):
        return SignalAction(signal, disposition)
    set_disposition(process, signal, disposition)
    return None


def _may_be_sent(run: RunState, process: HeldProcess, signals: Collection[int]) -> bool:
    """Return whether one of these signals is pending, or another process may send one.

    Other processes cannot notice the dispositions of other signals; an own handler might. If groups
    are used, their ends send some. SIGCHLD comes from children that were not collected yet.
    """
    knowledge = run.knowledge
    if not knowledge.signals_matter or knowledge.groups_matter or may_come(run, process):
        return knowledge.signals_matter and bool(signals)
    comes = {*(knowledge.sent - {SIGCHLD}), *process.signals.pending}
    if run.has_children(process) or knowledge.kills_by_sigchld:
        comes.add(SIGCHLD)
    return not comes.isdisjoint(signals)


def set_disposition(process: HeldProcess, signal: int, disposition: str) -> None:
    """Note what a signal does after the sigaction that a process makes."""
    action = ptrace.read_memory(process.pid, process.args[1], _ACTION_BYTES)
    process.signals.set_action(signal, disposition, action)


@ARRIVALS.of("pause", "rt_sigsuspend")
def _pause(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    run.need_signals()
    if process.call == "pause":
        return Pause()
    mask = int.from_bytes(ptrace.read_memory(process.pid, args[0], 8), "little")
    return Suspend(signals_of(mask))


@ARRIVALS.of("rt_sigprocmask")
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
    if not given or process.life.is_exiting:
        return None
    if _may_be_sent(run, process, signals_of(after & ~now)):
        return SignalMask(signals_of(after))
    unblocks = process.signals.caught & run.knowledge.sent & signals_of(now & ~after)
    return Unblocks() if unblocks else None


@ARRIVALS.of("rt_sigreturn")
def _sigreturn(run: RunState, process: HeldProcess, args: Args) -> Operation:  # noqa: ARG001
    return HandlerReturns()


@ARRIVALS.of("nanosleep", "clock_nanosleep")
def _sleep(run: RunState, process: HeldProcess, args: Args) -> Operation | None:  # noqa: ARG001
    time = time_to_sleep(process)
    if time is None:
        return None  # the kernel refuses it
    return _sleeps(run, process, time)


def _sleeps(run: RunState, process: HeldProcess, nanoseconds: int) -> Operation | None:
    run.note(SLEEPS)
    sleeps = process.count("sleeps")
    process.forget("readings")
    if not run.is_alone:
        run.note_time(passes=True)
        known = run.knowledge
        if known.signals_matter or known.is_timed or known.clock_matters:
            return Sleep(nanoseconds)
    if sleeps > _MOST_SLEEPS:
        return Sleep(nanoseconds)  # a loop that may reach no other operation
    run.wait_until(run.now + nanoseconds)
    registers.skip_call(process.pid, 0)
    return None


_POLLFD = struct.Struct("ihh")
_MILLION, _OF_TIMEVAL = 1_000_000, 1000
_MOST_ENTRIES, _MOST_IN_SET = 64, 1024


@ARRIVALS.of("poll", "ppoll", "select", "pselect6")
def _polls(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Without a descriptor it is a sleep, or a pause: pause() is made so on aarch64."""
    if process.call in ("poll", "ppoll"):
        size = _POLLFD.size * min(args[1], _MOST_ENTRIES)
        data = ptrace.read_memory(process.pid, args[0], size) if size else b""
        entries = _POLLFD.iter_unpack(data[: len(data) // _POLLFD.size * _POLLFD.size])
        asks, limit = any(number >= 0 for number, _, _ in entries), args[2]
    else:
        size = -(-min(signed(args[0]), _MOST_IN_SET) // (8 * registers.WORD)) * registers.WORD
        sets = (ptrace.read_memory(process.pid, place, size) for place in args[1:4] if place)
        asks, limit = any(map(any, sets)), args[4]
    if asks:
        operation = _poll_of_pipes(run, process)
        if operation is None:
            run.flag_call(process, flags.WAITS_FOR_DESCRIPTORS.of(process.call))
        return operation
    if {"ppoll": args[3], "pselect6": args[5]}.get(process.call):
        run.flag_call(process, flags.WITH_MASK.of(process.call))
    if process.call == "poll":
        time = _MILLION * signed(limit) if signed(limit) >= 0 else None
    else:
        unit = _OF_TIMEVAL if process.call == "select" else 1
        time = time_left(process, limit, unit=unit) if limit else None
    if time is not None:
        return _sleeps(run, process, time)
    run.need_signals()
    return Pause()


def _poll_of_pipes(run: RunState, process: HeldProcess) -> Operation | None:
    """Return a poll without a limit that asks pipes alone whether they can be used."""
    place, count, limit, *_ = process.args
    data = ptrace.read_memory(process.pid, place, _POLLFD.size * min(count, _MOST_ENTRIES))
    if process.call != "poll" or signed(limit) >= 0 or len(data) < _POLLFD.size * count:
        return None
    asked = [(run.names.object_of(process, each[0]), *each) for each in _POLLFD.iter_unpack(data)]
    wanted = {select.POLLIN: "r", select.POLLOUT: "w"}
    ends = [wanted.get(events & ~select.POLLPRI, "") for _, _, events, _ in asked]
    for (name, number, *_), end in zip(asked, ends, strict=True):
        if not is_pipe(name) or is_fifo(name) or not end or ends_of(process, number) != end:
            return None
    return Poll(tuple(name for name, *_ in asked), "".join(ends))


def polled(process: HeldProcess) -> tuple[int, ...]:
    """Return what poll has stored of each descriptor."""
    data = ptrace.read_memory(process.pid, process.args[0], _POLLFD.size * process.args[1])
    return tuple(events for _, _, events in _POLLFD.iter_unpack(data))


# -- calls about its own process, and calls that are not followed ----------------------------------

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LOW_WORD = 0xFFFFFFFF
# RLIMIT_NPROC, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE; RLIMIT_CPU ends it at a moment of its own.
_COUNTED_BY_USER = (0, 6, 11, 12)
# Options about its own process: dumpable, keep capabilities, name, questions about seccomp, timer
# slack, no new privileges, ambient set, the name of a part of its memory.
_OWN_OPTIONS = frozenset((2, 3, 4, 7, 8, 15, 16, 21, 23, 29, 30, 38, 39, 47, 0x53564D41))


def not_followed(run: RunState, process: HeldProcess, args: Args) -> None:
    """Flag a call that is not modelled, by its family."""
    kind = NAMED_CALLS.get(process.call, flags.NOT_LISTED)
    is_of_a_socket = "socket:" in proc.link(process.pid, f"fd/{signed(args[0])}")
    if process.call in _OF_A_SOCKET and not is_of_a_socket:
        return  # it fails: bash asks so whether it is called by a network
    asks_for_name = process.call in ("getpeername", "getsockname")
    if asks_for_name and is_socket(run.names.object_of(process, signed(args[0]))):
        return  # it has none
    if not run.is_renewed and process.call not in _CHANGING_NOTHING:
        run.changes("./")
    run.flag_family(process, kind)


_OF_A_SOCKET = ("getpeername", "getsockname", "getsockopt")
_CHANGING_NOTHING = frozenset(
    (
        *("socket", "connect", "sendmsg", "recvmsg"),
        *("getrusage", "times", "getcpu", "eventfd2", "pidfd_open", "membarrier"),
    )
)
"""Named calls that change no file for certain: where a program works in place, they may be made."""


@ARRIVALS.of("prctl")
def _prctl(run: RunState, process: HeldProcess, args: Args) -> None:
    if args[0] == _PR_SET_PDEATHSIG:
        run.flag_call(process, flags.ASKS_DEATH_SIGNAL)
    elif args[0] == _PR_SET_CHILD_SUBREAPER:
        # The explorer adopts orphans: else it would wait for a child that another has collected.
        run.flag_call(process, flags.ADOPTS_ORPHANS)
        registers.skip_call(process.pid, -errno.EPERM)
    elif args[0] not in _OWN_OPTIONS:
        run.flag_call(process, flags.NOT_LISTED.of(f"prctl {args[0]}"))


@ARRIVALS.of("rseq", "clone3")
def _missing(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    """Fail as on older kernels: the C library works without these calls.

    Restartable sequences show on which processor a process is. clone replaces clone3.
    """
    registers.skip_call(process.pid, -errno.ENOSYS)


@ARRIVALS.of("ptrace", "timer_create")
def _refused(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    run.flag_call(
        process, flags.TRACES if process.call == "ptrace" else flags.SETS_TIMER.of("timer_create")
    )
    registers.skip_call(process.pid, -errno.EPERM)


@ARRIVALS.of("personality")
def _personality(run: RunState, process: HeldProcess, args: Args) -> None:
    if args[0] & _LOW_WORD != _LOW_WORD:  # else it only asks
        run.flag_call(process, flags.CHANGES_RIGHTS.of("personality"))


_OWN_SCHEDULING = (
    *("sched_setaffinity", "sched_setparam", "sched_setscheduler", "sched_setattr"),
    *("sched_getparam", "sched_getscheduler", "sched_getattr"),
)


@ARRIVALS.of(*_OWN_SCHEDULING, "setpriority", "getpriority", "prlimit64", "setrlimit")
def _of_a_process(run: RunState, process: HeldProcess, args: Args) -> None:
    """One's own are private, but for limits that are counted for the whole user."""
    is_priority, is_prlimit = process.call.endswith("priority"), process.call == "prlimit64"
    is_own = process.call == "setrlimit" or signed(args[is_priority]) in (0, process.pid)
    if not is_own or (is_priority and args[0] != 0):
        run.flag_call(process, flags.OF_OTHERS.of(process.call))
    elif args[is_prlimit] in _COUNTED_BY_USER and (
        process.call == "setrlimit" or (is_prlimit and args[2])
    ):
        run.flag_call(process, flags.LIMITS_USER)


@ARRIVALS.of("sched_getaffinity")
def _affinity(run: RunState, process: HeldProcess, args: Args) -> None:
    """Answer with the machine's processors, which programs are held to one of here."""
    if signed(args[0]) not in (0, process.pid):
        run.flag_call(process, flags.OF_OTHERS.of(process.call))
        return
    # The kernel stores as many words as it has processors for; it refuses less room.
    size = (max(run.processors) // (8 * registers.WORD) + 1) * registers.WORD
    if args[1] >= size and os.sched_getaffinity(process.pid) == os.sched_getaffinity(0):
        mask = sum(1 << number for number in run.processors)
        clock_and_random.answer(process, args[2], mask.to_bytes(size, "little"), size)


FREE_MEMORY = "how much memory is free"
_SYSINFO = struct.Struct("l9LHHLLI0L")


@ARRIVALS.of("sysinfo")
def _sysinfo(run: RunState, process: HeldProcess, args: Args) -> None:
    """Answer with an idle machine, half of whose memory is free, or a quarter, in turns."""
    turn = run.knowledge.turn(FREE_MEMORY)
    run.knowledge.assumed.add(f"{FREE_MEMORY} does not matter")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") % (1 << 8 * registers.WORD)
    loads, others = (0, 0, 0), (0, 0, 0, 0)
    free = memory // (2 << turn)
    data = _SYSINFO.pack(3600 << turn, *loads, memory, free, *others, 100 << turn, 0, 0, 0, 1)
    clock_and_random.answer(process, args[0], data, 0)


@ARRIVALS.of("fchdir", "umask", "epoll_create", "epoll_create1")
def own_alone(run: RunState, process: HeldProcess, args: Args) -> None:
    """Calls that touch only their own process; they stop to be noted, see LEAVES_A_MARK."""
