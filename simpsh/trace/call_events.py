"""What each system call means as an event: its arguments and result, decoded.

IMMEDIATE calls are told when their result is known, BLOCKING ones when they begin and end,
PASSING ones when they begin, since they cannot fail in a way that matters.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Protocol

from simpsh.events import (
    Dup,
    ExecError,
    Pipe,
    SetPgid,
    SetSid,
    SignalSend,
    TcSetPgrp,
    Wait,
    WaitReturn,
)
from simpsh.kernel import ptrace
from simpsh.trace import halts, io_events, proc_files
from simpsh.trace.memory import number_at, string_at
from simpsh.wait_status import encode, from_siginfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer

    Args = tuple[int, ...]
    Immediate = Callable[[Tracer, Member, int, Args, int], None]
    Passing = Callable[[Tracer, Member, int, Args], None]

_WAIT_OPTIONS = {
    1: "WNOHANG",
    2: "WUNTRACED",
    4: "WEXITED",
    8: "WCONTINUED",
    0x01000000: "WNOWAIT",
}
_P_ALL, _P_PID, _P_PGID, _P_PIDFD = range(4)
_WNOWAIT = 0x01000000


class Blocking(Protocol):
    """A call that may block: told at its beginning and at its end."""

    def begin(self, tracer: Tracer, member: Member, tid: int, args: Args) -> None:
        """Tell that it begins."""

    def end(self, tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
        """Tell what it came back with; a negative result is minus the errno."""


def signed(value: int) -> int:
    """Return the C int that a 64-bit argument carries.

    >>> signed(0xFFFFFFFF), signed(5)
    (-1, 5)
    """
    return (value & 0xFFFFFFFF ^ 0x80000000) - 0x80000000


class _Wait4:
    def begin(self, tracer: Tracer, member: Member, tid: int, args: Args) -> None:
        options = _option_names(args[2])
        ends = proc_files.pipe_ends(member.pid)
        tracer.tell(member, Wait(signed(args[0]), options, "wait4", ends), tid)

    def end(self, tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
        status = number_at(tid, args[1]) if result > 0 and args[1] else None
        child = tracer.family.zombies.get(result)
        if status is not None and status & 0x7F == 0x7F:
            child = None  # stopped or continued: it is not collected
        halts.told_by_status(tracer, result, status)
        _tell_return(tracer, member, tid, result, status)
        if child is not None and child.parent == member.pid:
            tracer.collecting.waited(member, child)


class _WaitId:
    def begin(self, tracer: Tracer, member: Member, tid: int, args: Args) -> None:
        kind, identity = args[0], signed(args[1])
        target = -1
        if kind == _P_PIDFD:
            target = _pid_of_pidfd(member.pid, identity)
        elif kind != _P_ALL:
            target = identity if kind == _P_PID else -identity
        ends = proc_files.pipe_ends(member.pid)
        # 2 is WSTOPPED here, and WUNTRACED in wait4.
        options = tuple(
            "WSTOPPED" if option == "WUNTRACED" else option for option in _option_names(args[3])
        )
        tracer.tell(member, Wait(target, options, "waitid", ends), tid)

    def end(self, tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
        data = ptrace.read_memory(tid, args[2], 28) if result == 0 and args[2] else b""
        if len(data) < 28:
            self._end_untold(tracer, member, tid, result)
            return
        code, pid, value = struct.unpack("8xi4xi4xi", data)
        if pid == 0:
            _tell_return(tracer, member, tid, 0, None)
            return
        status = encode(from_siginfo(code, value))
        halts.told_by_status(tracer, pid, status)
        _tell_return(tracer, member, tid, pid, status)
        child = tracer.family.zombies.get(pid)
        if child is not None and child.parent == member.pid and not args[3] & _WNOWAIT:
            tracer.collecting.waited(member, child)

    def _end_untold(self, tracer: Tracer, member: Member, tid: int, result: int) -> None:
        """Tell a return that filled in no siginfo: who is gone now was collected."""
        gone = tracer.collecting.gone_among(member) if result == 0 else []
        child = gone[0] if gone else None
        _tell_return(tracer, member, tid, child.pid if child is not None else result, None)
        for one in gone:
            tracer.collecting.waited(member, one)


class _Execve:
    def __init__(self, path_argument: int) -> None:
        self._path_argument = path_argument

    def begin(self, tracer: Tracer, member: Member, tid: int, args: Args) -> None:
        """Say nothing yet: its success is an event of its own."""

    def end(self, tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
        if result < 0:
            path = string_at(tid, args[self._path_argument])
            tracer.tell(member, ExecError(path, -result), tid)


def _tell_return(tracer: Tracer, member: Member, tid: int, result: int, status: int | None) -> None:
    if result < 0:
        # ECHILD may mean that its children vanished by themselves: SIGCHLD is ignored.
        tracer.collecting.look_among(member)
        tracer.tell(member, WaitReturn(-1, errno=-result), tid)
    else:
        name = tracer.family.name_of(result) if result else ""
        tracer.tell(member, WaitReturn(result, name, status), tid)


def _option_names(bits: int) -> tuple[str, ...]:
    return tuple(name for bit, name in _WAIT_OPTIONS.items() if bits & bit)


def _pid_of_pidfd(pid: int, descriptor: int) -> int:
    try:
        with open(f"/proc/{pid}/fdinfo/{descriptor}") as file:
            for line in file:
                if line.startswith("Pid:"):
                    return int(line[4:])
    except OSError:
        pass
    return 0


def _sent(call: str) -> Immediate:
    def tell(tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
        target, signal = signed(args[0]), signed(args[1])
        if call == "tgkill":
            signal = signed(args[2])
        elif call == "tkill":
            owner = tracer.family.by_thread.get(target)
            target = owner.pid if owner is not None else target
        elif call == "pidfd_send_signal":
            target = _pid_of_pidfd(member.pid, target)
        tracer.tell(member, SignalSend(target, signal, max(0, -result), call), tid)

    return tell


def _pipe(tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
    data = ptrace.read_memory(tid, args[0], 8) if result == 0 else b""
    if len(data) == 8:
        read_end, write_end = struct.unpack("ii", data)
        inode = proc_files.pipe_of(member.pid, read_end)
        letter = pipe_letter(len(tracer.calls.letters))
        tracer.calls.letters[inode] = letter
        tracer.tell(member, Pipe(read_end, write_end, inode, letter), tid)


def pipe_letter(number: int) -> str:
    """Return the name for people of the pipe made as the `number`-th, from 0.

    >>> pipe_letter(0), pipe_letter(25), pipe_letter(26)
    ('A', 'Z', 'A2')
    """
    round_, place = divmod(number, 26)
    return chr(ord("A") + place) + (str(round_ + 1) if round_ else "")


def _dup(tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
    tracer.tell(member, Dup(signed(args[0]), max(result, -1), max(0, -result)), tid)


def _dup2(tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
    tracer.tell(member, Dup(signed(args[0]), signed(args[1]), max(0, -result)), tid)


def _setpgid(tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
    tracer.tell(member, SetPgid(signed(args[0]), signed(args[1]), max(0, -result)), tid)


def _setsid(tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:  # noqa: ARG001
    if result >= 0:
        tracer.tell(member, SetSid(result), tid)


def _ioctl(tracer: Tracer, member: Member, tid: int, args: Args, result: int) -> None:
    tracer.tell(member, TcSetPgrp(number_at(tid, args[2]), max(0, -result)), tid)


IMMEDIATE: dict[str, Immediate] = {
    **{
        name: _sent(name)
        for name in ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal")
    },
    "pipe": _pipe,
    "pipe2": _pipe,
    "dup": _dup,
    "dup2": _dup2,
    "dup3": _dup2,
    "fcntl": _dup,
    "setpgid": _setpgid,
    "setsid": _setsid,
    "ioctl": _ioctl,
    "alarm": io_events.alarm,
}
PASSING: dict[str, Passing] = {
    "close": io_events.close,
    "close_range": io_events.close_range,
    "setitimer": io_events.interval_timer,
    "timer_create": io_events.timer,
    "timerfd_create": io_events.timer,
}
BLOCKING: dict[str, Blocking] = {
    "wait4": _Wait4(),
    "waitid": _WaitId(),
    "execve": _Execve(0),
    "execveat": _Execve(1),
    "read": io_events.Reading(),
    "readv": io_events.Reading(takes_vectors=True),
    "write": io_events.Writing(),
    "writev": io_events.Writing(takes_vectors=True),
}
