"""A parent learns how its children changed by waiting; a dead child is a zombie until then.

wait4(2), waitpid(2), waitid(2); pidfd_open(2), with which one process is waited for; times(2).
"""

from __future__ import annotations

import os

from simpsh.base.errors import NotSupported
from simpsh.base.record import Record
from simpsh.base.wait_status import WaitStatus, decode, encode, from_siginfo
from simpsh.kernel.call_observer import observable

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
    rusage: struct_rusage | None = None
    """The child's resource usage, its own waited-for children included; see getrusage(2)."""


class ChildInfo(Record):
    """What waitid(2) returned of one child, from its siginfo."""

    pid: int
    status: WaitStatus
    uid: int
    """The child's real user id."""
    code: int
    """si_code: CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED or CLD_CONTINUED."""


class ExitInfo(ChildInfo):
    """How a child ended – Exited or Killed –, and what it used; see waitid(2), getrusage(2)."""

    rusage: struct_rusage
    """Its resource usage, that of its own waited-for children included."""

    @property
    def returncode(self) -> int:
        """The exit code, or minus the signal, as the subprocess module has it."""
        return os.waitstatus_to_exitcode(encode(self.status))


@observable("wait4", announced=True)
def wait4(pid: int, options: int = 0) -> Waited | None:
    """Collect the next status of a child, with its resource usage; None if WNOHANG found no news.

    `pid` is -1 for any child, 0 for any of our group, less than -1 for any of that group. Raises
    ChildProcessError: ECHILD; no such child is left. See wait4(2).
    """
    changed, word, rusage = os.wait4(pid, options)
    return Waited(changed, decode(word), rusage) if changed else None


def wait4_status(pid: int, options: int = 0) -> Waited | None:
    """Wait as wait4() does, unobserved and without the usage, whose module is not loaded then."""
    changed, word = os.waitpid(pid, options)
    return Waited(changed, decode(word)) if changed else None


@observable("waitpid", announced=True)
def waitpid(pid: int, options: int = 0) -> tuple[int, WaitStatus] | None:
    """Collect the next status of a child: its pid and the status; None if WNOHANG found no news.

    Raises ChildProcessError: ECHILD; no such child is left. See waitpid(2).
    """
    changed, word = os.waitpid(pid, options)
    return (changed, decode(word)) if changed else None


def collect(pid: int, options: int = 0) -> WaitStatus | None:
    """Collect a child; None if a SIGCHLD handler was quicker, or SIGCHLD is ignored.

    With WNOHANG, None also means that the child has not ended.
    """
    try:
        changed = waitpid(pid, options)
    except ChildProcessError:
        return None
    return None if changed is None else changed[1]


@observable("waitid", announced=True)
def waitid(kind: int, identity: int, options: int) -> ChildInfo | None:
    """Wait for a state change, leaving the child as it is if WNOWAIT is given.

    The options are at least one of WEXITED, WSTOPPED, WCONTINUED; None if WNOHANG found no news.
    Raises ChildProcessError: ECHILD; no such child. See waitid(2).
    """
    info = os.waitid(kind, identity, options)
    if info is None:
        return None
    status = from_siginfo(info.si_code, info.si_status)
    return ChildInfo(info.si_pid, status, info.si_uid, info.si_code)


@observable("waitid", announced=True)
def waitid_with_rusage(kind: int, identity: int, options: int) -> ExitInfo | None:
    """Collect a child that has ended as waitid() does, and learn its resource usage with it.

    The C library's waitid leaves out the fifth argument that the kernel's has. Raises
    ChildProcessError: ECHILD; no such child. NotSupported: the number of the call is not known on
    this machine. See waitid(2), "C library/kernel differences".
    """
    import ctypes
    import resource

    from simpsh.kernel.c_library import call
    from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NUMBERS

    number = NUMBERS.get("waitid")
    if number is None:
        raise NotSupported(f"waitid with rusage is not known on {ARCHITECTURE}")
    info = (ctypes.c_int * 32)()
    usage = (ctypes.c_long * 18)()
    while True:
        try:
            call("syscall", number, kind, identity, info, options, usage)
            break
        except InterruptedError:
            continue  # as in the os module: a signal was handled, and its handler did not raise
    # siginfo_t: what follows the first three numbers begins at a multiple of a pointer's size.
    behind = 3 + ctypes.sizeof(ctypes.c_void_p) // 8
    code, (pid, uid, status) = info[2], info[behind : behind + 3]
    if pid == 0:
        return None
    seconds = (usage[0] + usage[1] / 1e6, usage[2] + usage[3] / 1e6)
    used = resource.struct_rusage((*seconds, *usage[4:]))
    return ExitInfo(pid, from_siginfo(code, status), uid, code, used)


@observable("pidfd_open")
def pidfd_open(pid: int) -> int:
    """Return a close-on-exec descriptor that means this process, even when its pid is reused.

    Raises ProcessLookupError: ESRCH; no such process. NotSupported: the kernel is older than
    5.3. See pidfd_open(2).
    """
    if not hasattr(os, "pidfd_open"):
        raise NotSupported("pidfd_open is missing here; Linux 5.3 or later has it")
    return os.pidfd_open(pid)


@observable("times")
def times() -> os.times_result:
    """Return the CPU seconds of this process and of its collected children. See times(2)."""
    return os.times()
