"""System calls that are not followed: each raises a flag in plain words, or is answered here."""

from __future__ import annotations

import errno

from simpsh.explore.control import clock_and_random
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.syscalls_io import NOT_BLOCKING, USES_TERMINAL, Args, Arrival
from simpsh.explore.control.syscalls_processes import refuse
from simpsh.kernel.machine import registers
from simpsh.trace.tracer.syscall_events import signed

SHARED_MEMORY, MAPS_FILE = "shares writable memory", "maps a file into its memory"
_PROT_WRITE, _MAP_ANONYMOUS = 2, 0x20
USES_SOCKETS, SETS_TIMER = "uses sockets", "sets a timer"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_FIONREAD, _FIONBIO = 0x541B, 0x5421


def _flagged(what: str, *, names_call: bool = True) -> Arrival:
    def arrive(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
        run.flag_call(process, f"{what} ({process.call})" if names_call else what)

    return arrive


def _timer(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    run.flag_call(process, f"{SETS_TIMER} ({process.call})")
    process.has_timer = True


def _mmap(run: RunState, process: HeldProcess, args: Args) -> None:
    """Memory that others see, or a file of the program's that others may change."""
    name = run.names.object_of(process, signed(args[4])) if not args[3] & _MAP_ANONYMOUS else ""
    if args[2] & _PROT_WRITE or not name or name.startswith("./"):
        run.flag_call(process, MAPS_FILE if name.startswith("./") else SHARED_MEMORY)


def _ioctl(run: RunState, process: HeldProcess, args: Args) -> None:
    if args[1] == _FIONREAD:
        run.flag_call(process, "asks how much a pipe holds (FIONREAD)")
    elif args[1] == _FIONBIO:
        run.flag_call(process, NOT_BLOCKING)
    else:
        run.flag_call(process, USES_TERMINAL)


def _prctl(run: RunState, process: HeldProcess, args: Args) -> None:
    if args[0] == _PR_SET_PDEATHSIG:
        run.flag_call(process, "asks for a signal when its parent ends")
    elif args[0] == _PR_SET_CHILD_SUBREAPER:
        run.flag_call(process, "adopts orphans")


def _ptrace(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    run.flag_call(process, "traces processes, which was refused")
    registers.skip_call(process.pid, -errno.EPERM)


def _pidfd(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    refuse(run, process)


_NOT_MODELLED = ("eventfd", "eventfd2", "signalfd", "signalfd4", "inotify_init1", "io_uring_setup")
_POLLING = ("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2")
_TIMERS = ("alarm", "setitimer", "timer_create", "timerfd_create")

OTHER_CALLS: dict[str, Arrival] = {
    **dict.fromkeys(_POLLING, _flagged("polls several descriptors")),
    **dict.fromkeys(_NOT_MODELLED, _flagged("uses a call that is not modelled")),
    **dict.fromkeys(_TIMERS, _timer),
    **dict.fromkeys(("socket", "socketpair"), _flagged(USES_SOCKETS, names_call=False)),
    **dict.fromkeys(
        ("shmget", "msgget", "semget", "mq_open"), _flagged("uses System V or POSIX IPC")
    ),
    "rt_sigpending": _flagged("asks which signals are pending"),
    "memfd_create": _flagged("uses a call that is not modelled"),
    **dict.fromkeys(
        ("process_vm_readv", "process_vm_writev"), _flagged("uses another process's memory")
    ),
    "getrusage": _flagged(clock_and_random.READS_CLOCK, names_call=False),
    "rt_sigtimedwait": _flagged("takes signals one by one"),
    "pidfd_open": _flagged("uses a pidfd"),
    "pidfd_send_signal": _pidfd,
    **dict.fromkeys(("clock_gettime", "gettimeofday", "time"), clock_and_random.clock_gettime),
    "times": _flagged(clock_and_random.READS_CLOCK, names_call=False),
    "getrandom": clock_and_random.getrandom,
    "mmap": _mmap,
    "ioctl": _ioctl,
    "prctl": _prctl,
    "ptrace": _ptrace,
}
