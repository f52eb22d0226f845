"""A case is one sleeping process under examination; a finding is what it turns out to wait for."""

from __future__ import annotations

import struct

from simpsh.process.blocking_calls import arguments_are_known, call_name
from simpsh.process.looking import ProcessSnapshot
from simpsh.process.open_files import Descriptor, descriptor
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.process.holders import Holder
    from simpsh.process.proc_files import ProcDirectory


class Finding(Record):
    """What one process waits for."""

    situation: str
    """One of the words that Diagnosis.situation lists."""
    brief: str
    """The rest of a sentence that begins with the process: `waits for its child 12 (sleep 9)`."""
    details: tuple[str, ...] = ()
    """Further sentences: who holds what, which rule applies."""
    waits_for: tuple[int, ...] = ()
    """The processes any of which may end the waiting, itself left out."""
    holders: tuple[Holder, ...] = ()
    """Who holds the other end, as which descriptors."""
    not_permitted: tuple[int, ...] = ()
    """The processes that we may not look into, where that leaves the finding incomplete."""


class Case:
    """A process, the call that it sleeps in, and ways to look at the call's arguments."""

    def __init__(self, directory: ProcDirectory, seen: ProcessSnapshot) -> None:
        self.directory = directory
        self.seen = seen
        self.pid = seen.pid
        call = seen.system_call
        self.call = "" if call is None else call_name(directory, call, seen.wchan)
        is_known = call is not None and arguments_are_known(directory, call)
        self.arguments = call.arguments if call is not None and is_known else ()

    def argument(self, index: int) -> int | None:
        """Return an argument of the call as an unsigned number; None if it is not known."""
        return self.arguments[index] if index < len(self.arguments) else None

    def integer(self, index: int) -> int | None:
        """Return an argument that is a C int; None if it is not known."""
        value = self.argument(index)
        if value is None:
            return None
        low = value & 0xFFFFFFFF
        return low - (1 << 32) if low & 0x80000000 else low

    def descriptor(self, number: int | None) -> Descriptor | None:
        """Return a line of its descriptor table; None if it is not open or may not be seen."""
        if number is None or number < 0:
            return None
        try:
            return descriptor(self.directory, number)
        except (ProcessLookupError, PermissionError):
            return None

    def memory(self, address: int | None, count: int) -> bytes:
        """Return up to `count` bytes that an argument points to; none if they cannot be read."""
        if not address or not count:
            return b""
        try:
            return self.directory.memory(address, count)
        except OSError:
            return b""

    def text(self, address: int | None) -> bytes:
        """Return the string that an argument points to, without its NUL."""
        # A string may end right before an unmapped page, which a longer read does not mind.
        return self.memory(address, 4096).partition(b"\0")[0]

    def seconds(self, address: int | None) -> float | None:
        """Return the time in the struct timespec that an argument points to; None without one."""
        raw = self.memory(address, 16)
        if len(raw) < 16:
            return None
        seconds, nanoseconds = struct.unpack("qq", raw)
        return float(seconds + nanoseconds / 1e9)


def file_words(one: Descriptor) -> str:
    """Return what a descriptor leads to, as a sentence calls it.

    >>> file_words(Descriptor(3, "pipe:[77]", "r", False, 0, "pipe", 1, 77))
    'the pipe [77]'
    """
    nameless = {"pipe": "the pipe", "socket": "the socket"}.get(one.kind)
    if nameless is not None:
        return f"{nameless} [{one.inode}]"
    if one.kind == "anonymous":
        return f"an {one.target.removeprefix('anon_inode:').strip('[]')}"
    named = {"fifo": "the FIFO", "terminal": "the terminal", "file": "the file"}.get(one.kind)
    return f"{named or one.kind} {one.target}"
