"""System calls that are answered here, are private by their arguments, or are named."""

from __future__ import annotations

import errno

from simpsh.explore.control import clock_and_random
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.jobs.timer_calls import SETS_TIMER, arrive_at_timer
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.sharing.epoll_calls import changes_epoll, makes_epoll, waits_by_epoll
from simpsh.explore.control.sharing.futex_calls import futex
from simpsh.explore.control.sharing.poll_calls import polls
from simpsh.explore.control.sharing.shared_memory import (
    SHARED_MEMORY,
    MemoryMapped,
    can_be_mapped,
)
from simpsh.explore.control.syscalls_io import (
    NOT_BLOCKING,
    USES_TERMINAL,
    Args,
    Arrival,
    is_terminal,
)
from simpsh.explore.control.syscalls_processes import refuse
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.call_classes import NAMED_CALLS, NOT_LISTED
from simpsh.explore.operations.visible_operations import Operation
from simpsh.explore.workplace.workspace import IN_PLACE
from simpsh.kernel.machine import registers
from simpsh.trace.tracee_proc import signed

MAPS_FILE = "maps a file into its memory"
_PROT_WRITE, _MAP_ANONYMOUS = 2, 0x20
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_FIONREAD, _FIONBIO, _OF_TERMINALS = 0x541B, 0x5421, 0x54
_MAP_SHARED, _LOW_WORD, _PROT_READ_WRITE = 1, 0xFFFFFFFF, 3
# RLIMIT_NPROC, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE; RLIMIT_CPU ends it at a moment of its own.
_COUNTED_BY_USER = (0, 6, 11, 12)
# Of its own process: dumpable, keep capabilities, name, seccomp and bounding set asked for, timer
# slack, no new privileges, ambient set, the name of a part of its memory.
_OWN_OPTIONS = frozenset((2, 3, 4, 7, 8, 15, 16, 21, 23, 29, 30, 38, 39, 47, 0x53564D41))


def _timer(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    run.flag_call(process, f"{SETS_TIMER} ({process.call})")
    process.has_timer = True


_ONCE_ONLY = ("uses sockets", "reads the clock")


def not_followed(run: RunState, process: HeldProcess, args: Args) -> None:
    """Name a call that is not modelled, by its family; one of a family says enough."""
    words = NAMED_CALLS.get(process.call, NOT_LISTED)
    if process.call in _OF_A_SOCKET and not _is_socket(run, process, args):
        return  # which fails: bash asks so whether it is called by a network
    if run.knowledge.program.how_copied == IN_PLACE and process.call not in _CHANGING_NOTHING:
        run.changes("./")
    if words in _ONCE_ONLY:
        run.flag_call(process, words)
    elif not any(flag.startswith(words) for flag in run.knowledge.flags):
        run.flag_call(process, f"{words} ({process.call})")


_OF_A_SOCKET = ("getpeername", "getsockname", "getsockopt")


def _is_socket(run: RunState, process: HeldProcess, args: Args) -> bool:
    return "socket:" in run.names.object_of(process, signed(args[0]))


_CHANGING_NOTHING = frozenset(
    (
        *("alarm", "setitimer", "socket", "socketpair", "connect", "sendto"),
        *("recvfrom", "sendmsg", "recvmsg", "getrusage", "times", "sysinfo", "sched_getaffinity"),
        *("getcpu", "eventfd2", "rt_sigtimedwait", "rt_sigpending", "pidfd_open", "membarrier"),
    )
)
"""Named calls that change no file for certain: where a program works in place, they may be made."""


def _mmap(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Memory that others see, or a file of the program's that others change."""
    kind = args[3] & (_MAP_SHARED | _MAP_ANONYMOUS)
    if kind == _MAP_SHARED | _MAP_ANONYMOUS and not args[0]:
        length, protection = args[1:3]
        if protection == _PROT_READ_WRITE and can_be_mapped(run, process, length, protection):
            return MemoryMapped(length, protection)
    name = run.names.object_of(process, signed(args[4])) if not args[3] & _MAP_ANONYMOUS else ""
    if not args[3] & _MAP_SHARED:
        if name in run.knowledge.shared:
            run.flag_call(process, MAPS_FILE)
        return None
    if name.startswith("./") and args[2] & _PROT_WRITE:
        run.changes(name)
    if args[2] & _PROT_WRITE or not name or name.startswith("./"):
        run.flag_call(process, MAPS_FILE if name.startswith("./") else SHARED_MEMORY)
    return None


def _ioctl(run: RunState, process: HeldProcess, args: Args) -> None:
    name = run.names.object_of(process, signed(args[0]))
    if args[1] == _FIONREAD:
        run.flag_call(process, "asks how much a pipe holds (FIONREAD)")
    elif args[1] == _FIONBIO:
        run.flag_call(process, NOT_BLOCKING)
    elif is_terminal(name) or (name == ops.OUT and run.knowledge.program.has_terminal):
        run.flag_call(process, USES_TERMINAL)
    elif name and args[1] >> 8 != _OF_TERMINALS:  # those fail: it is none
        if name.startswith("./"):
            run.changes(name)
        run.flag_call(process, f"uses a device or file by ioctl ({args[1]:#x})")


def _prctl(run: RunState, process: HeldProcess, args: Args) -> None:
    if args[0] == _PR_SET_PDEATHSIG:
        run.flag_call(process, "asks for a signal when its parent ends")
    elif args[0] == _PR_SET_CHILD_SUBREAPER:
        # The explorer is who adopts them: it would wait for a child that another has collected.
        run.flag_call(process, "adopts orphans, which was refused")
        registers.skip_call(process.pid, -errno.EPERM)
    elif args[0] not in _OWN_OPTIONS:
        run.flag_call(process, f"uses a call that is not modelled (prctl {args[0]})")


def _rseq(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    """Refuse restartable sequences: without a call, they tell on which processor a process is."""
    registers.skip_call(process.pid, -errno.ENOSYS)


def _ptrace(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    run.flag_call(process, "traces processes, which was refused")
    registers.skip_call(process.pid, -errno.EPERM)


def _pidfd(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    refuse(run, process)


def _personality(run: RunState, process: HeldProcess, args: Args) -> None:
    if args[0] & _LOW_WORD != _LOW_WORD:
        run.flag_call(process, "changes its user, its group or its rights (personality)")


def _own(what: str, *, place: int = 0, kind: int = -1) -> Arrival:
    """Return the arrival of a call that is private if it is about its own process.

    Args:
        what: what is said of it otherwise.
        place: which argument is the pid.
        kind: which argument must be 0, a process rather than a group or user; -1 for none.
    """

    def arrive(run: RunState, process: HeldProcess, args: Args) -> None:
        is_own = signed(args[place]) in (0, process.pid)
        if not is_own or (kind >= 0 and args[kind]):
            run.flag_call(process, f"{what} ({process.call})")

    return arrive


def _limits(run: RunState, process: HeldProcess, args: Args) -> None:
    """Limits of one's own are private, but for those that are counted for the whole user."""
    is_set = process.call == "setrlimit" or args[2]
    if process.call == "prlimit64" and signed(args[0]) not in (0, process.pid):
        run.flag_call(process, f"{OF_OTHERS} ({process.call})")
    elif is_set and args[process.call == "prlimit64"] in _COUNTED_BY_USER:
        run.flag_call(process, "limits what its user's processes may have together")


_TIMERS = ("timer_create", "timerfd_create")
OF_OTHERS = "changes or asks for priorities or limits of other processes"


def own_alone(run: RunState, process: HeldProcess, args: Args) -> None:
    """What touches its own process alone; it stops to be noted, see LEAVES_A_MARK."""


def _umask(run: RunState, process: HeldProcess, args: Args) -> None:  # noqa: ARG001
    process.umask = args[0] & 0o777


OTHER_CALLS: dict[str, Arrival] = {
    "umask": _umask,
    "fchdir": own_alone,
    **dict.fromkeys(_TIMERS, _timer),
    **dict.fromkeys(("alarm", "setitimer"), arrive_at_timer),
    "pidfd_send_signal": _pidfd,
    **dict.fromkeys(("clock_gettime", "gettimeofday", "time"), clock_and_random.clock_gettime),
    "getrandom": clock_and_random.getrandom,
    "mmap": _mmap,
    "futex": futex,
    **dict.fromkeys(("poll", "ppoll", "select", "pselect6"), polls),
    **dict.fromkeys(("epoll_create", "epoll_create1"), makes_epoll),
    "epoll_ctl": changes_epoll,
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), waits_by_epoll),
    "ioctl": _ioctl,
    "prctl": _prctl,
    "ptrace": _ptrace,
    "rseq": _rseq,
    "personality": _personality,
    **dict.fromkeys(("setpriority", "getpriority"), _own(OF_OTHERS, place=1, kind=0)),
    **dict.fromkeys(
        (
            *("sched_setaffinity", "sched_setparam", "sched_setscheduler", "sched_setattr"),
            *("sched_getparam", "sched_getscheduler", "sched_getattr"),
        ),
        _own(OF_OTHERS),
    ),
    **dict.fromkeys(("prlimit64", "setrlimit"), _limits),
}
