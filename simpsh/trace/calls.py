"""The system calls that a filter stops for the tracer, turned into events.

A call that cannot block is followed to its result at once, so that nothing it causes can be
logged before it. A call that may block is noted when it begins and when it returns.
"""

from __future__ import annotations

import fcntl
import termios
from typing import TYPE_CHECKING

from simpsh.kernel import ptrace, seccomp
from simpsh.kernel.syscall_table import NAMES
from simpsh.trace.call_events import BLOCKING, IMMEDIATE, PASSING
from simpsh.trace.io_events import SHOWN_BYTES
from simpsh.trace.other_calls import Other, tell_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simpsh.trace.call_events import Args
    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer

_ERESTARTSYS, _ERESTART_RESTARTBLOCK = 512, 516
_NO_DESCRIPTOR = 0xFFFFFFFF
_LONGEST_MARK = 4096
_EINTR = 4
SIGALRM = 14

LIFECYCLE = (
    *("wait4", "waitid", "execve", "execveat"),
    *("kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"),
    *("pipe", "pipe2", "dup", "dup2", "dup3", "setpgid", "setsid"),
)
INPUT_OUTPUT = (
    *("read", "write", "readv", "writev", "close", "close_range"),
    *("alarm", "setitimer", "timer_create", "timerfd_create"),
)


def assembled_filter(level: str, others: Iterable[str] = ()) -> bytes:
    """Return the seccomp filter for a level; none for level events, which needs no filter.

    Args:
        level: events, calls or io.
        others: further calls, at level io: each is told as a Call. See Calls.others.
    """
    if level == "events":
        return b""
    conditional: dict[str, tuple[int, ...]] = {"ioctl": (termios.TIOCSPGRP,)}
    if level == "io":
        conditional["fcntl"] = (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC)
        more = [name for name in others if name not in (*LIFECYCLE, *INPUT_OUTPUT)]
        kept = {name: values for name, values in conditional.items() if name not in more}
        return seccomp.program((*LIFECYCLE, *INPUT_OUTPUT, *more), kept)
    return seccomp.program(LIFECYCLE, conditional)


class Calls:
    """The calls that are under way, by thread."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._begun: dict[int, tuple[str, Args]] = {}
        self._restarting: dict[int, str] = {}
        self.letters: dict[str, str] = {}
        """The pipes made by the family: inode, and the letter that people are shown."""
        self.others: frozenset[str] = frozenset()
        """Further calls, told as Call events when they come back."""
        self.when_marked: Callable[[Member, int, bytes], object] | None = None
        """Called with what a thread tells by write(-1, …); it is held until it is resumed."""
        self.shown_bytes = SHOWN_BYTES
        """How much of what is read or written is kept."""
        self.read_memory: Callable[[int, int, int], bytes] = ptrace.read_memory
        """How a process's buffers are looked into: thread, address, count."""

    def entered(self, member: Member, tid: int) -> None:
        """Note a call that a thread is about to make."""
        number, *arguments = ptrace.syscall_entry(tid)
        name = NAMES.get(number, "")
        args = tuple(arguments)
        self._settle_restart(member, tid, name)
        if name == "write" and args[0] & _NO_DESCRIPTOR == _NO_DESCRIPTOR and self.when_marked:
            told = self.read_memory(tid, args[1], min(args[2], _LONGEST_MARK))
            self.when_marked(member, tid, told)
        elif name in self.others and _is_further(name, args):
            self._restarting.pop(tid, None)
            self._begun[tid] = (name, args)
            ptrace.resume_to_call(tid)
        elif name in PASSING:
            PASSING[name](self._tracer, member, tid, args)
            ptrace.resume(tid)
        elif name in IMMEDIATE:
            self._follow(member, tid, name, args)
        elif name in BLOCKING:
            if self._restarting.pop(tid, None) is None:
                BLOCKING[name].begin(self._tracer, member, tid, args)
            self._begun[tid] = (name, args)
            ptrace.resume_to_call(tid)
        else:
            ptrace.resume(tid)

    def returned(self, member: Member, tid: int) -> None:
        """Note what a call under way came back with."""
        result = ptrace.syscall_result(tid)
        name, args = self._begun.pop(tid, ("", ()))
        if _is_restart(result):
            self._restarting[tid] = name
        elif name in self.others and _is_further(name, args):
            Other(name).end(self._tracer, member, tid, args, result)
        elif name in BLOCKING:
            BLOCKING[name].end(self._tracer, member, tid, args, result)
        ptrace.resume(tid)

    def interrupted(self, member: Member, signal: int) -> None:
        """Note that a signal reached a process; an alarm that rang is set no more."""
        if signal == SIGALRM:
            member.alarm_is_set = False

    def forget(self, tid: int) -> None:
        """Drop what a thread had under way: it ended, or runs another program."""
        self._begun.pop(tid, None)
        self._restarting.pop(tid, None)

    def is_waiting(self, member: Member) -> bool:
        """Tell whether a thread of this process is inside wait4 or waitid."""
        waiting = self.inside("wait4", "waitid")
        return not member.threads.isdisjoint(waiting)

    def under_way(self, tid: int) -> tuple[str, Args] | None:
        """Return the call that a thread is inside, with its arguments; None if none is known."""
        return self._begun.get(tid)

    def inside(self, *names: str) -> list[int]:
        """Return the threads that are inside one of these calls."""
        found = [tid for tid, (name, _) in self._begun.items() if name in names]
        return found + [tid for tid, name in self._restarting.items() if name in names]

    def _follow(self, member: Member, tid: int, name: str, args: Args) -> None:
        ptrace.resume_to_call(tid)
        status = ptrace.next_status(tid)
        if status is None or status.word >> 8 != ptrace.SYSCALL_STOP:
            if status is not None:
                # It ended in the call (it may have killed itself): what it sent was sent.
                IMMEDIATE[name](self._tracer, member, tid, args, 0)
                self._tracer.take(status)
            return
        result = ptrace.syscall_result(tid)
        if not _is_restart(result):
            IMMEDIATE[name](self._tracer, member, tid, args, result)
            if result < 0 and self.others:
                tell_failure(self._tracer, member, tid, name, result)
        # Else a signal broke it off (SIGTTOU in tcsetpgrp), and it will be made again.
        ptrace.resume(tid)

    def _settle_restart(self, member: Member, tid: int, name: str) -> None:
        """A call broken off by a signal either begins again, or had failed with EINTR."""
        before = self._restarting.get(tid)
        if before is not None and before != name:
            del self._restarting[tid]
            kind = BLOCKING[before] if before in BLOCKING else Other(before)
            kind.end(self._tracer, member, tid, (0,) * 6, -_EINTR)


def _is_further(name: str, args: Args) -> bool:
    """Tell whether a call is not told by an event of its own kind already."""
    if name == "fcntl":
        return args[1] not in (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC)
    if name == "ioctl":
        return args[1] != termios.TIOCSPGRP
    return name not in IMMEDIATE and name not in BLOCKING and name not in PASSING


def _is_restart(result: int) -> bool:
    """Tell whether the kernel broke a call off, to begin it again or to fail with EINTR."""
    return -_ERESTART_RESTARTBLOCK <= result <= -_ERESTARTSYS
