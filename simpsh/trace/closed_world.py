"""Where nobody outside can reach a family, more of its waits have no end of their own.

A demonstration of the course lives in a directory of its own, and its terminal has nobody but the
lesson to type at it: its FIFOs, sockets, locks and terminals are moved by the family alone.
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

from simpsh.trace import proc_files
from simpsh.trace.call_events import signed

if TYPE_CHECKING:
    from collections.abc import Collection

    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer

_TIMER_ABSTIME = 1
_FUTEX_COMMAND = 0x7F
_FUTEX_WAITS = frozenset((0, 9))  # FUTEX_WAIT, FUTEX_WAIT_BITSET
_ENDLESS = {
    **dict.fromkeys(("recvfrom", "recvmsg", "sendto", "sendmsg"), "waits at {what}"),
    **dict.fromkeys(("accept", "accept4", "connect"), "waits at {what} for somebody to connect"),
    **dict.fromkeys(("flock", "fcntl"), "waits for a lock on {what}"),
    **dict.fromkeys(("semop", "semtimedop", "msgrcv", "msgsnd"), "waits for another process"),
}
_OPENS = frozenset(("open", "openat"))
# Where the time limit is among the arguments: a timespec or timeval, or milliseconds.
_LIMITS = {"select": 4, "pselect6": 4, "ppoll": 2, "rt_sigtimedwait": 2, "futex": 3}
_MILLISECONDS = {"poll": 2, "epoll_wait": 3, "epoll_pwait": 3}


class ClosedWorld:
    """Says what a process waits for that neither its family nor a pipe of theirs explains.

    Args:
        tracer: whose family.
        until: a moment of CLOCK_MONOTONIC; a sleep that lasts longer has no end for us.
        emptied: what /proc shows for descriptors that somebody outside goes on reading.
    """

    def __init__(self, tracer: Tracer, until: float, emptied: Collection[str]) -> None:
        self._tracer = tracer
        self._until = until
        self._emptied = emptied

    def reason(self, member: Member, name: str, args: tuple[int, ...]) -> str | None:
        """Say what a sleeping call waits for; None if it may end by itself."""
        if name in ("nanosleep", "clock_nanosleep"):
            return self._sleep(member, name, args)
        if name in ("read", "readv"):
            return f"reads {self._what(member, args[0])}, where nothing comes"
        if name in ("write", "writev"):
            target = proc_files.descriptor(member.pid, args[0])
            return None if target in self._emptied else f"writes to {target}, which is full"
        if name in _OPENS:
            return "waits in open for another process at the FIFO's other end"
        if name in _ENDLESS:
            return _ENDLESS[name].format(what=self._what(member, args[0]))
        return self._limited(member, name, args)

    def _what(self, member: Member, number: int) -> str:
        target = proc_files.descriptor(member.pid, number)
        if target.startswith("/dev/pts/"):
            return "the terminal"
        return "a socket" if target.startswith("socket:") else target

    def _sleep(self, member: Member, name: str, args: tuple[int, ...]) -> str | None:
        is_new = name == "clock_nanosleep"
        seconds = self._seconds(member, args[2 if is_new else 0])
        if seconds is not None and is_new and args[1] & _TIMER_ABSTIME:
            seconds -= time.clock_gettime(signed(args[0]))
        return self._long(seconds)

    def _long(self, seconds: float | None) -> str | None:
        if seconds is None or time.monotonic() + seconds < self._until:
            return None
        return "sleeps for longer than anybody looks"

    def _limited(self, member: Member, name: str, args: tuple[int, ...]) -> str | None:
        """Say what a wait with a time limit is for; None if the limit is near, or unknown."""
        words = "waits for another process"
        if name == "futex" and args[1] & _FUTEX_COMMAND not in _FUTEX_WAITS:
            return None
        if name in _MILLISECONDS:
            limit = signed(args[_MILLISECONDS[name]])
            return words if limit < 0 or self._long(limit / 1000) else None
        if name in _LIMITS:
            address = args[_LIMITS[name]]
            return words if not address or self._long(self._seconds(member, address)) else None
        return None

    def _seconds(self, member: Member, address: int) -> float | None:
        data = self._tracer.calls.read_memory(member.pid, address, 16)
        if len(data) < 16:
            return None
        seconds, fraction = struct.unpack("qq", data)
        # The fraction's unit differs (timeval, timespec), and does not matter here.
        return float(seconds) if fraction >= 0 else None
