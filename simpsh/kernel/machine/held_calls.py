"""Holding system calls of other processes before they begin, without tracing.

A seccomp filter makes chosen calls wait (seccomp.HOLD) until its listener releases them. A waiting
call has not begun; the kernel handles signals after its release. Once take() has returned it, only
SIGKILL ends the wait. An earlier signal restarts the call, or makes it fail with EINTR; then its
number is never returned. See seccomp_unotify(2).
"""

from __future__ import annotations

import errno
import fcntl
import select
import struct

from simpsh.base.record import Record
from simpsh.kernel.machine.syscall_table import NAMES

RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTICE_BYTES, _CONTINUE = 80, 1


class HeldCall(Record):
    """A call that waits for its listener."""

    number: int
    """The number of the notification; the first one is random."""
    pid: int
    call: str
    """Its name; empty if unknown."""
    arguments: tuple[int, ...] = ()
    """The six argument registers."""


def take(listener: int, seconds: float) -> HeldCall | None:
    """Return the next waiting call; None after `seconds`."""
    if not select.select([listener], (), (), seconds)[0]:
        return None
    notice = bytearray(_NOTICE_BYTES)
    try:
        fcntl.ioctl(listener, RECEIVE, notice)
    except OSError as error:
        # ENOENT: the call has just been interrupted. EINTR: this process has.
        if error.errno in (errno.ENOENT, errno.EINTR):
            return None
        raise
    number, pid, _, call, _, _, *arguments = struct.unpack_from("QIIiIQ6Q", notice)
    return HeldCall(number, pid, NAMES.get(call, ""), tuple(arguments))


def let_go(listener: int, held: HeldCall) -> None:
    """Release a held call; do nothing if its process was killed."""
    _answer(listener, struct.pack("QqiI", held.number, 0, 0, _CONTINUE))


def skip(listener: int, held: HeldCall, result: int = 0, error: int = 0) -> None:
    """Make a call return `result`, or fail with the errno `error`, without executing it."""
    _answer(listener, struct.pack("QqiI", held.number, result, -error, 0))


def _answer(listener: int, answer: bytes) -> None:
    try:
        fcntl.ioctl(listener, _SEND, answer)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
