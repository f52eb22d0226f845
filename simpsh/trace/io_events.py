"""Reads, writes, and what closes descriptors, as events of level io.

Opened files are not among them: every program opens a dozen for itself, at two stops each. What
a descriptor points to is listed when a program begins.

A read of a pipe is told after the writes it took its bytes from, and after the execve that closed
the last write end: whose call is already done in the kernel, but not yet reported, is reported
first.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simpsh.events import Close, Read, Write
from simpsh.kernel import ptrace
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer

    Args = tuple[int, ...]

SHOWN_BYTES = 80
"""How much of what was read or written is kept, unless more is asked for."""
_AT_MOST = 0xFFFFFFFF
_REAL = 0  # ITIMER_REAL


class Reading:
    """read(2) and, by vectors, readv(2)."""

    def __init__(self, *, takes_vectors: bool = False) -> None:
        self._takes_vectors = takes_vectors

    def begin(self, tracer: Tracer, member: Member, tid: int, args: Args) -> None:
        """Say nothing yet: only what was read is an event."""

    def end(self, tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
        """Tell what was read, after the writes that it came from."""
        if not tracer.has_room():
            return
        number = args[0] & _AT_MOST
        pipe = proc_files.pipe_of(member.pid, number)
        if pipe and result == 0:
            _report_executing(tracer)
        elif pipe:
            _report_writers(tracer, pipe)
        text = _text(tracer, tid, args[1], result, self._takes_vectors)
        tracer.tell(member, Read(number, max(result, -1), pipe, max(0, -result), text), tid)


class Writing:
    """write(2) and, by vectors, writev(2)."""

    def __init__(self, *, takes_vectors: bool = False) -> None:
        self._takes_vectors = takes_vectors

    def begin(self, tracer: Tracer, member: Member, tid: int, args: Args) -> None:
        """Say nothing yet: only what was written is an event."""

    def end(self, tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
        """Tell what was written."""
        if not tracer.has_room():
            return
        number = args[0] & _AT_MOST
        pipe = proc_files.pipe_of(member.pid, number)
        text = _text(tracer, tid, args[1], result, self._takes_vectors)
        tracer.tell(member, Write(number, max(result, -1), pipe, text, max(0, -result)), tid)


def close(tracer: Tracer, member: Member, tid: int, args: Args) -> None:
    """Tell of close(2), unless the descriptor is not open."""
    number = args[0] & _AT_MOST
    if proc_files.descriptor(member.pid, number) and tracer.has_room():
        tracer.tell(member, Close(number), tid)


def close_range(tracer: Tracer, member: Member, tid: int, args: Args) -> None:
    """Tell of close_range(2), one event for each descriptor; CLOEXEC_ONLY closes none now."""
    if args[2]:
        return
    first, last = args[0] & _AT_MOST, args[1] & _AT_MOST
    found = proc_files.descriptors(member.pid)
    for number, _ in sorted((*found.pipes, *found.files)):
        if first <= number <= last:
            tracer.tell(member, Close(number), tid)


def alarm(tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:  # noqa: ARG001
    """Note whether alarm(2) set the process's clock or stopped it; no event of its own."""
    member.alarm_is_set = args[0] != 0


def timer(tracer: Tracer, member: Member, tid: int, args: Args) -> None:  # noqa: ARG001
    """Note that the process armed a timer; no event of its own."""
    member.has_timer = True


def interval_timer(tracer: Tracer, member: Member, tid: int, args: Args) -> None:
    """Note what setitimer(2) does: a clock that rings once is like alarm(2)'s."""
    setting = tracer.calls.read_memory(tid, args[1], 32)
    if args[0] != _REAL or len(setting) < 32 or any(setting[:16]):
        member.has_timer = True
    else:
        member.alarm_is_set = any(setting[16:])


def _report_writers(tracer: Tracer, pipe: str) -> None:
    for tid in tracer.calls.inside("write", "writev"):
        under_way = tracer.calls.under_way(tid)
        if under_way is not None and proc_files.pipe_of(tid, under_way[1][0] & _AT_MOST) == pipe:
            _report(tracer, tid)


def _report_executing(tracer: Tracer) -> None:
    # Which descriptors one of them has just closed cannot be seen any more.
    for tid in tracer.calls.inside("execve", "execveat"):
        _report(tracer, tid)


def _report(tracer: Tracer, tid: int) -> None:
    """Take the report of who is done with a call; one that sleeps in it comes later."""
    while True:
        was_asleep = proc_files.is_asleep(tid)
        status = ptrace.next_status(tid, is_patient=False)
        if status is not None:
            tracer.take(status)
            return
        if was_asleep:
            return


def _text(
    tracer: Tracer,
    tid: int,
    address: int,
    count: int,
    takes_vectors: bool,  # noqa: FBT001
) -> str:
    if count <= 0:
        return ""
    if takes_vectors:
        first = tracer.calls.read_memory(tid, address, 16)
        if len(first) < 16:
            return ""
        address, length = struct.unpack("QQ", first)
        count = min(count, length)
    data = tracer.calls.read_memory(tid, address, min(count, tracer.calls.shown_bytes))
    return data.decode("utf-8", "backslashreplace")
