"""Does a process sleep until its terminal has something to read? Its call and descriptors tell.

A shell may read from a pipe of its own, wait for several things at once, or leave the reading to
a thread: what counts is whether the terminal is among what a thread of it waits for.
"""

from __future__ import annotations

import os
import select
import struct

from simpsh.kernel.machine.syscall_table import NAMES
from simpsh.process import proc
from simpsh.trace.tracee_proc import sleeping_call

_READS = frozenset(("read", "readv"))
_POLLS = frozenset(("poll", "ppoll"))
_SELECTS = frozenset(("select", "pselect6"))
_EPOLLS = frozenset(("epoll_wait", "epoll_pwait", "epoll_pwait2"))
_READABLE = select.POLLIN | select.POLLRDNORM
_MOST = 4096
_DEV_TTY = os.makedev(5, 0)
_UNSIGNED = 0xFFFFFFFF


def waits_for_terminal(pid: int, terminal: os.stat_result) -> bool:
    """Return whether a thread of a process sleeps in a call that waits for input of a terminal.

    Args:
        pid: the process; one that is gone waits for nothing.
        terminal: what fstat(2) says of the terminal; it is the process's controlling terminal.
    """
    return any(_waits(tid, terminal) for tid in proc.numbers(pid, "task"))


def _waits(tid: int, terminal: os.stat_result) -> bool:
    # One that stands before its tracer is shown in the call that it has just come from.
    if proc.state(tid) != "S":
        return False
    call = sleeping_call(tid)
    if call is None or proc.state(tid) != "S":
        return False
    name, (first, second, *_) = NAMES.get(call.number, ""), call.arguments
    numbers: list[int] = []
    if name in _READS:
        numbers = [first & _UNSIGNED]
    elif name in _POLLS:
        numbers = _polled(tid, first, min(second & _UNSIGNED, _MOST))
    elif name in _SELECTS:
        numbers = _selected(tid, min(first & _UNSIGNED, _MOST), second)
    elif name in _EPOLLS:
        numbers = _in_epoll(tid, first & _UNSIGNED)
    return any(_is_terminal(tid, number, terminal) for number in numbers)


def _polled(tid: int, address: int, count: int) -> list[int]:
    """Return the descriptors in an array of struct pollfd that are to become readable."""
    data = proc.memory(tid, address, count * 8)
    entries = struct.iter_unpack("ihh", data[: len(data) // 8 * 8])
    return [number for number, events, _ in entries if number >= 0 and events & _READABLE]


def _selected(tid: int, count: int, address: int) -> list[int]:
    """Return the descriptors in an fd_set."""
    data = proc.memory(tid, address, (count + 7) // 8) if address else b""
    bits = int.from_bytes(data, "little")
    return [number for number in range(min(count, len(data) * 8)) if bits >> number & 1]


def _in_epoll(tid: int, epoll: int) -> list[int]:
    """Return the descriptors that an epoll waits for to become readable; see proc_pid_fdinfo(5)."""
    found = []
    for key, value in proc.parse_field_lines(proc.contents(tid, f"fdinfo/{epoll}")):
        words = value.split()
        if key == "tfd" and len(words) > 2 and int(words[2], 16) & select.EPOLLIN:
            found.append(int(words[0]))
    return found


def _is_terminal(tid: int, number: int, terminal: os.stat_result) -> bool:
    try:
        found = os.stat(f"/proc/{tid}/fd/{number}")
    except OSError:
        return False
    is_same = (found.st_dev, found.st_rdev) == (terminal.st_dev, terminal.st_rdev)
    return is_same or found.st_rdev == _DEV_TTY
