"""A parent learns how its children changed by waiting; a dead child is a zombie until then."""

from __future__ import annotations

import os

from simpsh.errors import NotSupported
from simpsh.kernel.observing import observable
from simpsh.record import Record
from simpsh.wait_status import WaitStatus, decode, from_siginfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from resource import struct_rusage

WNOHANG = os.WNOHANG
WUNTRACED = os.WUNTRACED
WCONTINUED = os.WCONTINUED
WEXITED = os.WEXITED
WSTOPPED = os.WSTOPPED
WNOWAIT = os.WNOWAIT
P_ALL, P_PID, P_PGID, P_PIDFD = os.P_ALL, os.P_PID, os.P_PGID, os.P_PIDFD


class Waited(Record):
    """What wait4(2) returned of one child."""

    pid: int
    status: WaitStatus
    rusage: struct_rusage
    """The child's resource usage, its own waited-for children included; see getrusage(2)."""


class ChildInfo(Record):
    """What waitid(2) returned of one child, from its siginfo."""

    pid: int
    status: WaitStatus
    uid: int
    """The child's real user id."""
    code: int
    """si_code: CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED or CLD_CONTINUED."""


@observable("wait4", announced=True)
def wait4(pid: int, options: int = 0) -> Waited | None:
    """Collect the next status of a child, with its resource usage.

    Args:
        pid: a child's pid; -1 any child; 0 any of our group; less than -1 any of that group.
        options: WNOHANG, WUNTRACED, WCONTINUED, or'ed.

    Returns:
        The status, or None if WNOHANG was given and there is no news.

    Raises:
        ChildProcessError: ECHILD; no such child is left.

    See wait4(2).
    """
    changed, word, rusage = os.wait4(pid, options)
    return Waited(changed, decode(word), rusage) if changed else None


@observable("waitpid", announced=True)
def waitpid(pid: int, options: int = 0) -> tuple[int, WaitStatus] | None:
    """Collect the next status of a child: its pid and the status.

    Args:
        pid: as for wait4.
        options: as for wait4.

    Returns:
        Pid and status, or None if WNOHANG was given and there is no news.

    Raises:
        ChildProcessError: ECHILD; no such child is left.

    See waitpid(2).
    """
    changed, word = os.waitpid(pid, options)
    return (changed, decode(word)) if changed else None


@observable("waitid", announced=True)
def waitid(kind: int, identity: int, options: int) -> ChildInfo | None:
    """Wait for a state change, leaving the child as it is if WNOWAIT is given.

    Args:
        kind: P_PID, P_PGID, P_ALL or P_PIDFD.
        identity: the pid, group or pidfd; ignored with P_ALL.
        options: at least one of WEXITED, WSTOPPED, WCONTINUED; with WNOHANG and WNOWAIT at choice.

    Returns:
        The state change, or None if WNOHANG was given and there is none.

    Raises:
        ChildProcessError: ECHILD; no such child.

    See waitid(2).
    """
    info = os.waitid(kind, identity, options)
    if info is None:
        return None
    status = from_siginfo(info.si_code, info.si_status)
    return ChildInfo(info.si_pid, status, info.si_uid, info.si_code)


@observable("pidfd_open")
def pidfd_open(pid: int) -> int:
    """Return a close-on-exec descriptor that means this process, even when its pid is reused.

    Raises:
        ProcessLookupError: ESRCH; no such process.
        NotSupported: the kernel is older than 5.3.

    See pidfd_open(2).
    """
    if not hasattr(os, "pidfd_open"):
        raise NotSupported("pidfd_open is missing here; Linux 5.3 or later has it")
    return os.pidfd_open(pid)


@observable("getrusage")
def getrusage_of_children() -> struct_rusage:
    """Return what all collected children have used together; see getrusage(2)."""
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN)


@observable("times")
def times() -> os.times_result:
    """Return the CPU seconds of this process and of its collected children. See times(2)."""
    return os.times()
