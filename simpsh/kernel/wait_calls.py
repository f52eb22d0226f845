"""Waiting for children: a dead child is a zombie until its parent has waited for it."""

from __future__ import annotations

import os

from simpsh.base.errors import NotSupported
from simpsh.base.record import Node, Record
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


class Waited(Node):
    """The result of wait4(2)."""

    pid: int
    status: WaitStatus
    rusage: struct_rusage | None = None
    """The child's resource usage, including its reaped children; see getrusage(2)."""


class ExitInfo(Record):
    """The end of a child – Exited or Killed – and its usage; see waitid(2), getrusage(2)."""

    pid: int
    status: WaitStatus
    uid: int
    """The child's real user id."""
    code: int
    """si_code: CLD_EXITED, CLD_KILLED or CLD_DUMPED."""
    rusage: struct_rusage
    """Its resource usage, including its reaped children."""

    @property
    def returncode(self) -> int:
        """The exit code, or minus the signal, as in the subprocess module."""
        return os.waitstatus_to_exitcode(encode(self.status))


@observable("wait4", announced=True)
def wait4(pid: int, options: int = 0) -> Waited | None:
    """Wait for a child; return its status and usage, or None if WNOHANG found nothing."""
    changed, word, rusage = os.wait4(pid, options)
    return Waited(changed, decode(word), rusage) if changed else None


def wait4_status(pid: int, options: int = 0) -> Waited | None:
    """Call wait4(), unobserved and without the usage, to save importing its module."""
    changed, word = os.waitpid(pid, options)
    return Waited(changed, decode(word)) if changed else None


@observable("waitpid", announced=True)
def waitpid(pid: int, options: int = 0) -> tuple[int, WaitStatus] | None:
    """Wait for a child; return its pid and status, or None if WNOHANG found nothing."""
    changed, word = os.waitpid(pid, options)
    return (changed, decode(word)) if changed else None


def collect(pid: int, options: int = 0) -> WaitStatus | None:
    """Reap a child; None if it lives (WNOHANG), or if a SIGCHLD handler has reaped it."""
    try:
        changed = waitpid(pid, options)
    except ChildProcessError:
        return None
    return None if changed is None else changed[1]


def has_changed(options: int) -> bool:
    """Return whether a wait for any child would return at once; unobserved. See waitid(2)."""
    return os.waitid(P_ALL, 0, options | WNOHANG) is not None


@observable("waitid", announced=True)
def waitid_with_rusage(kind: int, identity: int, options: int) -> ExitInfo | None:
    """Reap a child, with its resource usage: the kernel's fifth argument; None if none has ended.

    See waitid(2), "C library/kernel differences".
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
            continue  # the handler did not raise: retry, as the os module does
    # In siginfo_t, the union after the first three ints is aligned to the size of a pointer.
    union_start = 3 + ctypes.sizeof(ctypes.c_void_p) // 8
    code, (pid, uid, status) = info[2], info[union_start : union_start + 3]
    if pid == 0:
        return None
    seconds = (usage[0] + usage[1] / 1e6, usage[2] + usage[3] / 1e6)
    used = resource.struct_rusage((*seconds, *usage[4:]))
    return ExitInfo(pid, from_siginfo(code, status), uid, code, used)


@observable("pidfd_open")
def pidfd_open(pid: int) -> int:
    """Return a close-on-exec descriptor that refers to a process; see pidfd_open(2)."""
    if not hasattr(os, "pidfd_open"):
        raise NotSupported("pidfd_open is missing here; Linux 5.3 or later has it")
    return os.pidfd_open(pid)


@observable("times")
def times() -> os.times_result:
    """Return the CPU seconds of this process and of its reaped children. See times(2)."""
    return os.times()
