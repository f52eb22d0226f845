"""Processes: fork, execve and _exit; groups, sessions and the terminal; resource limits."""

from __future__ import annotations

import os

from simpsh.base.record import Record
from simpsh.kernel import call_observer
from simpsh.kernel.call_observer import observable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import NoReturn

_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37
_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_SET_PTRACER = 1, 15, 0x59616D61
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_TSC, _PR_TSC_SIGSEGV = 26, 2
ADDR_NO_RANDOMIZE = 0x0040000


def fork() -> int:
    """Fork; the child is not observed until it sets its own observer. See fork(2)."""
    watcher = call_observer.observer()
    if watcher is None:
        return os.fork()
    watcher.entering("fork", ())
    try:
        pid = os.fork()
    except OSError as error:
        watcher.note_return("fork", (), None, error.errno or 0)
        raise
    if pid == 0:  # in the child
        call_observer.set_observer(None)
    else:
        watcher.note_return("fork", (), pid, 0)
    return pid


@observable("execve", announced=True)
def execve(path: str, argv: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Replace the program of this process; on success this never returns. See execve(2)."""
    os.execve(path, list(argv), environment)


@observable("_exit", announced=True)
def exit_now(code: int) -> NoReturn:
    """End this process at once, without handlers or flushing; see _exit(2)."""
    os._exit(code)


@observable("posix_spawn")
def posix_spawn(  # noqa: PLR0913 - the call has as many
    path: str,
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    file_actions: Sequence[tuple[object, ...]] = (),
    group: int | None = None,
    is_session: bool = False,
    mask: Iterable[int] | None = None,
    defaults: Iterable[int] = (),
) -> int:
    """Fork and execve in one call, without copying this process; return the child's pid.

    PATH is not searched. `group` is the group to join, 0 for a new one; `is_session` begins a
    session. `mask` is the child's signal mask, `defaults` are signals to reset. See posix_spawn(3).
    """
    # os.posix_spawn() has no default values that mean "not given".
    named: dict[str, object] = {}
    if group is not None:
        named["setpgroup"] = group
    if mask is not None:
        named["setsigmask"] = mask
    return os.posix_spawn(
        path,
        list(argv),
        environment,
        file_actions=file_actions,
        setsid=is_session,
        setsigdef=defaults,
        **named,  # type: ignore[arg-type] # each has its own type, as declared above
    )


@observable("getpid")
def getpid() -> int:
    """Return this process's id. See getpid(2)."""
    return os.getpid()


@observable("getppid")
def getppid() -> int:
    """Return the parent's pid, or the adopter's after the parent has died. See getppid(2)."""
    return os.getppid()


@observable("chdir")
def chdir(path: str) -> None:
    """Change this process's working directory. See chdir(2)."""
    os.chdir(path)


@observable("umask")
def umask(mask: int) -> int:
    """Set the mask of mode bits that new files lack; return the old mask. See umask(2)."""
    return os.umask(mask)


def sched_getaffinity() -> set[int]:
    """Return the processors that this process may use; all, if the call is refused."""
    try:
        return os.sched_getaffinity(0)
    except OSError:
        return {*range(os.cpu_count() or 1)}


@observable("sched_setaffinity")
def sched_setaffinity(pid: int, processors: Iterable[int]) -> None:
    """Restrict `pid` (0: this process) to these processors. See sched_setaffinity(2)."""
    os.sched_setaffinity(pid, processors)


@observable("prctl(PR_SET_CHILD_SUBREAPER)")
def set_child_subreaper(is_subreaper: bool) -> None:  # noqa: FBT001 - the call's one argument
    """Start or stop adopting orphans among the descendants; see PR_SET_CHILD_SUBREAPER(2const)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, int(is_subreaper))


@observable("prctl(PR_GET_CHILD_SUBREAPER)")
def is_child_subreaper() -> bool:
    """Return whether this process adopts its orphaned descendants. See prctl(2)."""
    import ctypes

    value = ctypes.c_int()
    _prctl(_PR_GET_CHILD_SUBREAPER, ctypes.addressof(value))
    return bool(value.value)


@observable("prctl(PR_SET_PDEATHSIG)")
def set_pdeathsig(signal: int) -> None:
    """Request a signal for this process when its parent dies; see PR_SET_PDEATHSIG(2const)."""
    _prctl(_PR_SET_PDEATHSIG, signal)


@observable("prctl(PR_SET_NO_NEW_PRIVS)")
def set_no_new_privs() -> None:
    """Disable set-user-id bits in future programs; see PR_SET_NO_NEW_PRIVS(2const)."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


@observable("prctl(PR_SET_TSC)")
def disable_cycle_counter() -> None:
    """Let instructions that read the cycle counter raise SIGSEGV from now on, also after exec.

    See PR_SET_TSC(2const).
    """
    _prctl(_PR_SET_TSC, _PR_TSC_SIGSEGV)


@observable("personality")
def disable_address_randomization() -> None:
    """Load future programs at the same addresses in every run, if that is permitted.

    See personality(2), ADDR_NO_RANDOMIZE.
    """
    from simpsh.kernel.c_library import call

    try:
        call("personality", ADDR_NO_RANDOMIZE)
    except OSError:
        return


@observable("prctl(PR_SET_NAME)")
def set_name(name: bytes) -> None:
    """Set this thread's name in ps and /proc, at most 15 bytes. See PR_SET_NAME(2const)."""
    import ctypes

    buffer = ctypes.create_string_buffer(name[:15])
    _prctl(_PR_SET_NAME, ctypes.addressof(buffer))


def forget_arguments(shown: bytes) -> None:
    """Replace this process's arguments and initial environment, as /proc/PID/cmdline shows them.

    Children that are forked later show the same; see proc_pid_cmdline(5). The C library loses the
    values of variables that have not been set since the start. Raises OSError.
    """
    with open("/proc/self/stat", "rb") as file:
        numbers = file.read().rpartition(b")")[2].split()
    # arg_start, arg_end, env_start and env_end are the fields 48 to 51; see proc_pid_stat(5).
    starts_and_ends = [int(number) for number in numbers[45:49]]
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        for start, end in (starts_and_ends[:2], starts_and_ends[2:]):
            memory.seek(start)
            memory.write(shown[: end - start].ljust(end - start, b"\0"))
            shown = b""


@observable("prctl(PR_SET_PTRACER)")
def set_ptracer(pid: int) -> None:
    """Permit `pid`, even if not an ancestor, to trace this process; see PR_SET_PTRACER(2const)."""
    _prctl(_PR_SET_PTRACER, pid)


def _prctl(option: int, argument: int) -> None:
    from simpsh.kernel.c_library import call

    call("prctl", option, argument, 0, 0, 0)


# Groups, sessions and the terminal of a session.


@observable("setpgid")
def setpgid(pid: int, pgid: int) -> None:
    """Put a process (0: this one) into a group (0: a new one). See setpgid(2)."""
    os.setpgid(pid, pgid)


@observable("getpgrp")
def getpgrp() -> int:
    """Return this process's group. See getpgrp(2)."""
    return os.getpgrp()


@observable("setsid")
def setsid() -> int:
    """Create a session and a group, numbered like this process, without a terminal."""
    os.setsid()
    return os.getpid()


@observable("tcgetpgrp")
def tcgetpgrp(terminal: int) -> int:
    """Return the terminal's foreground group. See tcgetpgrp(3)."""
    return os.tcgetpgrp(terminal)


@observable("tcsetpgrp")
def tcsetpgrp(terminal: int, pgid: int) -> None:
    """Give the terminal to a group, which then gets signals from its keys; see tcsetpgrp(3)."""
    os.tcsetpgrp(terminal, pgid)


# Resource limits are inherited by children and kept by exec.

CPU = 0
"""RLIMIT_CPU: the processor time of a process, after which SIGXCPU ends it."""
NOFILE = 7
"""RLIMIT_NOFILE, on every architecture: one more than the greatest descriptor."""
INFINITY = -1
"""RLIM_INFINITY of getrlimit(2): no limit."""


class Limit(Record):
    """The soft limit is enforced; a process may raise it up to the hard limit."""

    soft: int
    hard: int


@observable("getrlimit")
def getrlimit(resource: int) -> Limit:
    """Return a resource limit of this process. See getrlimit(2)."""
    import resource as limits

    return Limit(*limits.getrlimit(resource))


@observable("setrlimit")
def setrlimit(resource: int, limit: Limit) -> None:
    """Set a limit of this process and its children; ValueError stands for EINVAL."""
    import resource as limits

    # setrlimit() of this module would hide EPERM behind ValueError, too.
    limits.prlimit(0, resource, (limit.soft, limit.hard))
