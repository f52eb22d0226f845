"""One sleeping process under examination: its system call, the call's arguments, and what is found.

The call's name says half of what a process waits for. See syscalls(2) and proc_pid_syscall(5).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from simpsh.base.phrases import listed
from simpsh.base.record import Record
from simpsh.kernel.machine.syscall_table import I386_NAMES, NAMES, library_name
from simpsh.process.diagnose.kernel_functions import call_in, hold_words, tells_nothing
from simpsh.process.file_holders import Holder
from simpsh.process.open_files import Descriptor, descriptor, descriptors, fdinfo_lines
from simpsh.process.proc import ProcDirectory, SystemCall, process_of
from simpsh.process.process_snapshot import ProcessSnapshot


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
    has_limit: bool = False
    """Whether the call ends by itself after some time."""


class BlockedProcess:
    """A process, the call that it sleeps in, and ways to look at the call's arguments."""

    def __init__(self, directory: ProcDirectory, seen: ProcessSnapshot) -> None:
        self.directory = directory
        self.seen = seen
        self.pid = seen.pid
        """The process or the thread that was asked about."""
        call = seen.system_call
        self.is_32_bit = call is not None and _is_32_bit(directory, call)
        """Whether its call is one of a 32-bit machine: what lies in memory has another form."""
        self.is_kept = "system_call" in seen.not_permitted
        """Whether its call and its memory may not be seen."""
        self.call: str = call_in(seen.wchan) if self.is_kept else ""
        """The name of its call; empty if it is in none, or in which is not known."""
        self.arguments: tuple[int, ...] = ()
        if call is not None:
            self.call, self.arguments = self._name_and_arguments(call, seen.wchan)

    def _name_and_arguments(self, call: SystemCall, wchan: str) -> tuple[str, tuple[int, ...]]:
        """Return the name of the call that a process sleeps in, as section 2 of the manual has it.

        Returns:
            The name, empty if it sleeps in no call or in one that is not in the table; and the
            arguments, as far as the registers hold them, which they do not after a restart.
        """
        by_wchan = call_in(wchan)
        if call.number < 0:
            return by_wchan, ()
        if self.is_32_bit:
            name = I386_NAMES.get(call.number, "")
            return (name, call.arguments) if name else (by_wchan, ())
        name = NAMES.get(call.number, "")
        if name == "restart_syscall":
            # Only sleeps, polls and futexes are restarted by this call, and of these a sleep alone
            # may show nothing but the way in.
            return by_wchan or ("clock_nanosleep" if tells_nothing(wchan) and wchan else name), ()
        return library_name(name, call.arguments), call.arguments if name else ()

    @property
    def process(self) -> int:
        """The process whose thread this is: the table of descriptors is its."""
        return process_of(self.pid)

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

    def descriptors(self) -> tuple[Descriptor, ...]:
        """Return its descriptor table; none if it may not be seen."""
        try:
            return descriptors(self.process)
        except (ProcessLookupError, PermissionError):
            return ()

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

    def seconds(self, address: int | None, in_a_second: float = 1e9) -> float | None:
        """Return the time in the struct timespec that an argument points to; None without one.

        Args:
            address: where it lies.
            in_a_second: how many of its second field's units; 1e6 for a struct timeval.
        """
        raw = self.memory(address, 16)
        if len(raw) < 16:
            return None
        seconds, parts = struct.unpack("qq", raw)
        return float(seconds + parts / in_a_second)

    def limit(self, index: int) -> float | None:
        """Return the seconds of an argument in milliseconds; None if they are not limited."""
        milliseconds = self.integer(index)
        return None if milliseconds is None or milliseconds < 0 else milliseconds / 1000

    def fdinfo(self, number: int | None) -> list[tuple[str, str]]:
        """Return what fdinfo tells of a descriptor, key and value; nothing if it is not seen."""
        try:
            return [] if number is None else fdinfo_lines(self.directory, number)
        except (ProcessLookupError, PermissionError):
            return []

    def process_of(self, pidfd: int) -> int | None:
        """Return the pid that a pidfd means, -1 for none any more; None if it is not seen."""
        return next((int(value) for key, value in self.fdinfo(pidfd) if key == "Pid"), None)


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


def numbered(word: str, numbers: Iterable[int]) -> str:
    """Return `descriptor 3`, or `descriptors 1 and 2`."""
    texts = [str(number) for number in numbers]
    return f"{word}{'s' if len(texts) > 1 else ''} {listed(texts)}"


def unseen_words(not_permitted: Sequence[int]) -> tuple[str, ...]:
    """Return the sentence that tells "nothing found" from "not permitted to look"."""
    if not not_permitted:
        return ()
    count = len(not_permitted)
    which = f"process {not_permitted[0]}" if count == 1 else f"{count} other processes"
    return (f"Not permitted to look into {which}: the list may be incomplete.",)


def where_words(wchan: str) -> tuple[str, ...]:
    """Return the sentence that says in which function of the kernel a process sleeps."""
    if not wchan:
        return ()
    what = hold_words(wchan)
    return (f"The kernel function it sleeps in is {wchan}{': ' if what else ''}{what}.",)


_INT_80 = b"\xcd\x80"


def _is_32_bit(directory: ProcDirectory, call: SystemCall) -> bool:
    """Return whether the number of a call is one of the 32-bit machine's."""
    # The ELF header says so in the fifth byte; but any program may execute `int $0x80`.
    try:
        header = directory.read("exe", 5)
    except (ProcessLookupError, PermissionError):
        header = b""
    if header[:4] == b"\x7fELF" and header[4:5] != b"\x02":
        return True
    if not I386_NAMES or call.instruction_end < len(_INT_80):
        return False
    try:
        before = directory.memory(call.instruction_end - len(_INT_80), len(_INT_80))
    except OSError:
        return False
    return before == _INT_80
