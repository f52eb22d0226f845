"""A process is made by fork, changed by execve, and ended by _exit.

Processes form groups, groups form sessions, and one group owns the session's terminal. A limit
stops a process that asks for too much.
"""

from __future__ import annotations

import os

from simpsh.base.record import Record
from simpsh.kernel import call_observer, signals
from simpsh.kernel.call_observer import observable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set
    from typing import NoReturn

_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37
_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_SET_PTRACER = 1, 15, 0x59616D61
_PR_SET_NO_NEW_PRIVS = 38
_ADDR_NO_RANDOMIZE = 0x0040000


def fork() -> int:
    """Make a copy of this process: return 0 in the child, the child's pid in the parent.

    The child is not observed until it sets an observer of its own.

    Raises BlockingIOError: EAGAIN; the user's or the system's limit of processes is reached.
    OSError: ENOMEM; the kernel has no memory for another process. See fork(2).
    """
    watcher = call_observer.observer()
    if watcher is None:
        return os.fork()
    watcher.entering("fork", ())
    try:
        pid = os.fork()
    except OSError as error:
        watcher.returned("fork", (), None, error.errno or 0)
        raise
    if pid == 0:  # in the child
        call_observer.set_observer(None)
    else:
        watcher.returned("fork", (), pid, 0)
    return pid


def fork_and_execve(
    path: str, argv: Sequence[str], environment: Mapping[str, str], mask: Set[int]
) -> int:
    """Fork, unobserved; the child blocks `mask` alone and executes, or returns 0 as fork() does.

    Raises as fork().
    """
    # Each line of Python that the child runs copies pages: all is looked up before.
    words, execute = list(argv), os.execve
    how, set_mask = signals.SIG_SETMASK, signals.set_mask_unobserved
    pid = os.fork()
    if pid == 0:  # in the child
        try:
            set_mask(how, mask)
            execute(path, words, environment)
        except (OSError, ValueError):
            pass
    return pid


@observable("execve", announced=True)
def execve(path: str, argv: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Replace the program of this process; on success this never returns.

    Raises OSError: ENOENT ENOTDIR ELOOP ENAMETOOLONG (no such file), EACCES ENOEXEC E2BIG
    ETXTBSY (found, but cannot be executed), ENOMEM. See execve(2).
    """
    os.execve(path, list(argv), environment)


@observable("_exit", announced=True)
def exit_now(code: int) -> NoReturn:
    """End this process at once with `code` (0 to 255): no handlers run, no buffers are flushed.

    Named so because `_exit` would look private. See _exit(2).
    """
    os._exit(code)


@observable("posix_spawn")
def posix_spawn(  # noqa: PLR0913 - the call has as many
    path: str,
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    file_actions: Sequence[tuple[object, ...]] = (),
    group: int | None = None,
    mask: Iterable[int] | None = None,
    defaults: Iterable[int] = (),
) -> int:
    """Fork and execve in one call, without copying this process; return the child's pid.

    PATH is not searched. `group` is the group to join, 0 for a new one, None to stay in this one;
    `mask` what is blocked in the child, None for what is blocked here; `defaults` are the signals
    whose disposition becomes the default. Raises OSError: what fork or execve would have raised, or
    a file action's failure. See posix_spawn(3).
    """
    # The call tells "not given" from every value it could be given.
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
        setsigdef=defaults,
        **named,  # type: ignore[arg-type] # each has its own type, as declared above
    )


@observable("getpid")
def getpid() -> int:
    """Return this process's id. See getpid(2)."""
    return os.getpid()


@observable("getppid")
def getppid() -> int:
    """Return the parent's process id, or the adopter's once the parent has died. See getppid(2)."""
    return os.getppid()


@observable("chdir")
def chdir(path: str) -> None:
    """Change this process's working directory.

    Raises OSError: ENOENT ENOTDIR EACCES ELOOP ENAMETOOLONG. See chdir(2).
    """
    os.chdir(path)


@observable("umask")
def umask(mask: int) -> int:
    """Set the mode bits that new files do not get; return the mask before. See umask(2)."""
    return os.umask(mask)


def sched_getaffinity() -> set[int]:
    """Return the processors that this process may run on; all, if the call is refused."""
    try:
        return os.sched_getaffinity(0)
    except OSError:
        return {*range(os.cpu_count() or 1)}


@observable("sched_setaffinity")
def sched_setaffinity(pid: int, processors: Iterable[int]) -> None:
    """Let `pid` (0: this process) run on these processors only.

    Raises OSError: EINVAL; none of them exists. EPERM; not our process. See
    sched_setaffinity(2).
    """
    os.sched_setaffinity(pid, processors)


@observable("prctl(PR_SET_CHILD_SUBREAPER)")
def set_child_subreaper(is_subreaper: bool) -> None:  # noqa: FBT001 - the call's one argument
    """Adopt the orphans among this process's descendants, in place of init, or stop doing so.

    Raises OSError: this kernel is older than 3.4. See prctl(2), PR_SET_CHILD_SUBREAPER.
    """
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
    """Ask for this signal when the parent dies; cleared in the children of fork.

    See PR_SET_PDEATHSIG(2const).
    """
    _prctl(_PR_SET_PDEATHSIG, signal)


@observable("prctl(PR_SET_NO_NEW_PRIVS)")
def set_no_new_privs() -> None:
    """Let no program executed from here on gain rights: set-user-id bits count for nothing.

    See PR_SET_NO_NEW_PRIVS(2const).
    """
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


@observable("personality")
def disable_address_randomization() -> None:
    """Let the programs executed from here on lie at the same addresses in every run.

    Where a container forbids it, addresses remain random. See personality(2),
    ADDR_NO_RANDOMIZE.
    """
    from simpsh.kernel.c_library import call

    try:
        call("personality", _ADDR_NO_RANDOMIZE)
    except OSError:
        return


@observable("prctl(PR_SET_NAME)")
def set_name(name: bytes) -> None:
    """Set what ps and /proc/PID/comm call this thread, 15 bytes of it. See PR_SET_NAME(2const)."""
    import ctypes

    buffer = ctypes.create_string_buffer(name[:15])
    _prctl(_PR_SET_NAME, ctypes.addressof(buffer))


@observable("prctl(PR_SET_PTRACER)")
def set_ptracer(pid: int) -> None:
    """Let `pid`, which is no ancestor, trace this process where Yama would forbid it.

    Raises OSError: EINVAL; this kernel has no Yama, and nothing has to be allowed. See
    PR_SET_PTRACER(2const).
    """
    _prctl(_PR_SET_PTRACER, pid)


def _prctl(option: int, argument: int) -> None:
    from simpsh.kernel.c_library import call

    call("prctl", option, argument, 0, 0, 0)


# Groups, sessions and the terminal of a session.


@observable("setpgid")
def setpgid(pid: int, pgid: int) -> None:
    """Put a process (0: this one) into a group (0: one of its own).

    Raises PermissionError: EACCES, the child has already exec'ed; EPERM, a session leader or
    another session's group. ProcessLookupError: ESRCH; neither this process nor a living child of
    it. See setpgid(2).
    """
    os.setpgid(pid, pgid)


@observable("getpgrp")
def getpgrp() -> int:
    """Return this process's group. See getpgrp(2)."""
    return os.getpgrp()


@observable("setsid")
def setsid() -> int:
    """Begin a session and a group, both numbered as this process, without a terminal.

    Raises PermissionError: EPERM; this process already leads a group. See setsid(2).
    """
    os.setsid()
    return os.getpid()


@observable("tcgetpgrp")
def tcgetpgrp(terminal: int) -> int:
    """Return the terminal's foreground group.

    Raises OSError: ENOTTY; not this session's terminal. See tcgetpgrp(3).
    """
    return os.tcgetpgrp(terminal)


@observable("tcsetpgrp")
def tcsetpgrp(terminal: int, pgid: int) -> None:
    """Make a group the terminal's foreground group: it may read, and its keys' signals reach it.

    Raises OSError: ENOTTY; not our terminal. EPERM or ESRCH; no such group in our session. See
    tcsetpgrp(3).
    """
    os.tcsetpgrp(terminal, pgid)


# Limits: children inherit them, and exec keeps them.

NOFILE = 7
"""RLIMIT_NOFILE: one more than the greatest descriptor, on every architecture that runs simpsh."""
INFINITY = -1
"""What getrlimit(2) calls RLIM_INFINITY: no limit."""


class Limit(Record):
    """The soft limit holds; a process may move it up to the hard one."""

    soft: int
    hard: int


@observable("getrlimit")
def getrlimit(resource: int) -> Limit:
    """Return a limit of this process; INFINITY means none. See getrlimit(2)."""
    import resource as limits

    return Limit(*limits.getrlimit(resource))


@observable("setrlimit")
def setrlimit(resource: int, limit: Limit) -> None:
    """Set a limit of this process and its future children.

    Raises ValueError: the soft limit is above the hard one, or the hard one would be raised
    without the privilege (EINVAL, EPERM). See setrlimit(2).
    """
    import resource as limits

    limits.setrlimit(resource, (limit.soft, limit.hard))
