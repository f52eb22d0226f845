"""Calls that are not followed: each raises a flag in plain words, or is answered by the cage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import chance
from simpsh.explore.calls_of_bytes import NOT_BLOCKING, USES_TERMINAL
from simpsh.explore.calls_of_processes import refuse
from simpsh.kernel import registers
from simpsh.trace.call_events import signed

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.calls_of_bytes import Args, Arrival
    from simpsh.explore.operation import Operation
    from simpsh.explore.run import Run

SHARED_MEMORY, MAPS_FILE = "shares writable memory", "maps a file into its memory"
_PROT_WRITE, _MAP_ANONYMOUS = 2, 0x20
USES_SOCKETS, SETS_TIMER = "uses sockets", "sets a timer"
_EPERM = 1
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_FIONREAD, _FIONBIO = 0x541B, 0x5421


def _flagged(what: str, *, names_call: bool = True) -> Arrival:
    def arrive(run: Run, process: Caged, args: Args) -> Operation | None:  # noqa: ARG001
        run.flag_call(process, f"{what} ({process.call})" if names_call else what)
        return None

    return arrive


def _timer(run: Run, process: Caged, args: Args) -> Operation | None:  # noqa: ARG001
    run.flag_call(process, f"{SETS_TIMER} ({process.call})")
    process.has_timer = True
    return None


def _clock(run: Run, process: Caged, args: Args) -> Operation | None:
    chance.clock_gettime(run, process, args)
    return None


def _random(run: Run, process: Caged, args: Args) -> Operation | None:
    chance.getrandom(run, process, args)
    return None


def _mmap(run: Run, process: Caged, args: Args) -> Operation | None:
    """Memory that others see, or a file of the program's that others may change."""
    name = run.naming.object_of(process, signed(args[4])) if not args[3] & _MAP_ANONYMOUS else ""
    if args[2] & _PROT_WRITE or not name or name.startswith("./"):
        run.flag_call(process, MAPS_FILE if name.startswith("./") else SHARED_MEMORY)
    return None


def _ioctl(run: Run, process: Caged, args: Args) -> Operation | None:
    if args[1] == _FIONREAD:
        run.flag_call(process, "asks how much a pipe holds (FIONREAD)")
    elif args[1] == _FIONBIO:
        run.flag_call(process, NOT_BLOCKING)
    else:
        run.flag_call(process, USES_TERMINAL)
    return None


def _prctl(run: Run, process: Caged, args: Args) -> Operation | None:
    if args[0] == _PR_SET_PDEATHSIG:
        run.flag_call(process, "asks for a signal when its parent ends")
    elif args[0] == _PR_SET_CHILD_SUBREAPER:
        run.flag_call(process, "adopts orphans")
    return None


def _ptrace(run: Run, process: Caged, args: Args) -> Operation | None:  # noqa: ARG001
    run.flag_call(process, "traces processes, which was refused")
    registers.skip_call(process.pid, -_EPERM)
    return None


def _pidfd(run: Run, process: Caged, args: Args) -> Operation | None:  # noqa: ARG001
    refuse(run, process)
    return None


_NOT_MODELLED = ("eventfd", "eventfd2", "signalfd", "signalfd4", "inotify_init1", "io_uring_setup")
_POLLING = ("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2")
_TIMERS = ("alarm", "setitimer", "timer_create", "timerfd_create")

ARRIVALS: dict[str, Arrival] = {
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
    "getrusage": _flagged(chance.READS_CLOCK, names_call=False),
    "rt_sigtimedwait": _flagged("takes signals one by one"),
    "pidfd_open": _flagged("uses a pidfd"),
    "pidfd_send_signal": _pidfd,
    **dict.fromkeys(("clock_gettime", "gettimeofday", "time"), _clock),
    "times": _flagged(chance.READS_CLOCK, names_call=False),
    "getrandom": _random,
    "mmap": _mmap,
    "ioctl": _ioctl,
    "prctl": _prctl,
    "ptrace": _ptrace,
}
