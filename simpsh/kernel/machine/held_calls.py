"""Calls of other processes, held before they begin, by a process that is no tracer.

A seccomp filter lets chosen calls wait (seccomp.HOLD); its listener hears of each, and lets it go.
A call that waits has not begun: the kernel does its work, and looks at signals, once it is let go.
From the moment at which take() tells of it only SIGKILL ends the waiting. A signal that comes
before that makes the call begin again, or fail with EINTR where it would not have done so: then a
number is missing among those of the calls. See seccomp_unotify(2).
"""

from __future__ import annotations

import errno
import fcntl
import select
import struct

from simpsh.base.record import Record
from simpsh.kernel.machine.syscall_table import NAMES

_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTICE_BYTES, _CONTINUE = 80, 1


class HeldCall(Record):
    """A call that waits for its listener."""

    number: int
    """Counts the calls that have waited, from a number by chance on."""
    pid: int
    call: str
    """Its name; empty for one that is not known."""


def take(listener: int, seconds: float) -> HeldCall | None:
    """Return a call that has begun to wait, once there is one; None if there is none in time."""
    if not select.select([listener], (), (), seconds)[0]:
        return None
    notice = bytearray(_NOTICE_BYTES)
    try:
        fcntl.ioctl(listener, _RECEIVE, notice)
    except OSError as error:
        # ENOENT: it was broken off just now. EINTR: we were.
        if error.errno in (errno.ENOENT, errno.EINTR):
            return None
        raise
    number, pid, _, call = struct.unpack_from("QIIi", notice)
    return HeldCall(number, pid, NAMES.get(call, ""))


def let_go(listener: int, held: HeldCall) -> None:
    """Let a call begin; nothing is done for one whose process was killed."""
    _answer(listener, struct.pack("QqiI", held.number, 0, 0, _CONTINUE))


def skip(listener: int, held: HeldCall) -> None:
    """Let a call return 0 without being made."""
    _answer(listener, struct.pack("QqiI", held.number, 0, 0, 0))


def _answer(listener: int, answer: bytes) -> None:
    try:
        fcntl.ioctl(listener, _SEND, answer)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
