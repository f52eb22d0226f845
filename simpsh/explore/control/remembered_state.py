"""All that a held process can still know, as a digest: with equal digests it will do the same.

A process knows its registers, its memory, and the state that the kernel keeps for it. All memory
counts, including leftovers of returned functions, because a program may read them; they are wiped
only in an installed shell or Python. The kernel's state is what /proc shows, and the effects of
calls that /proc does not show.

Pids differ from run to run. An aligned word of four bytes or a decimal number that is a pid is
replaced by the name of its process. If a plain number happens to be a pid in one run, the two pages
differ, which is always safe. As soon as that is known, the search begins again, with other pids.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Generic, TypeVar

from simpsh.base.process_names import parent_of
from simpsh.base.signal_names import SIGTRAP
from simpsh.explore.control.held_process import HeldProcess, keep_trap_blocked
from simpsh.explore.objects.process_operations import Unwatched
from simpsh.explore.objects.signal_operations import STOP_STATES
from simpsh.explore.objects.symbolic_names import Name, Stored
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.registers import PROGRAM_COUNTER
from simpsh.process import proc
from simpsh.process.proc import MemoryRegion

_COUNTED = (*("pipes", "opens", "regions", "random", "computed", "readings"), *("undoes", "timers"))
LEAST_PID = 300
"""The smallest pid of a run's processes: smaller numbers are everywhere in memory."""
_WORD = 4
# Both patterns begin with the byte to find, and look back from there, which is fast.
# A word at any offset, at least 256 and less than 1 << 22, which no pid reaches.
_SMALL_WORD = re.compile(rb"\0(?<!\0\0\0)(?<=(..[\0-\x3f])\0)", re.DOTALL)
_DECIMAL = re.compile(rb"[1-9](?<![0-9].)[0-9]{2,6}(?![0-9])", re.DOTALL)

Summary = tuple[object, ...]
Named = Callable[[int, str, str], Name]
"""Returns the name of the object at a link of /proc/PID, by the pid, the link and its target."""


T = TypeVar("T")


class _Seen(Generic[T]):
    """What was found in some memory, given the pids of that moment."""

    def __init__(
        self, content: bytes, numbers: Collection[int], names: Mapping[int, str], *, packed: bool
    ) -> None:
        self.content, self.numbers, self._packed = content, numbers, packed
        self.pids = self._among(names)
        """The pids among the numbers in it."""
        self.found: T

    def _among(self, names: Mapping[int, str]) -> dict[int, str]:
        return {number: name for number, name in names.items() if number in self.numbers}

    def is_same(self, content: bytes, names: Mapping[int, str], *, packed: bool) -> bool:
        """Return whether the same would be found in this memory now."""
        if self.content != content or self._among(names) != self.pids:
            return False
        return not self.pids or self._packed == packed


class Pages:
    """The pages seen in any run, cached because pages of the C library hardly ever change."""

    def __init__(self) -> None:
        self.plain: set[int] = set()
        """Numbers found in a page while no process had that number as its pid."""
        self._at: dict[int, list[_Seen[Summary]]] = {}
        """By address, the latest contents of the page there; most of them occur again."""
        self._blocks_at: dict[int, list[_Seen[list[Summary]]]] = {}
        """The same for blocks of pages, so that most pages need not be compared one by one."""
        self._pids_at: dict[int, dict[tuple[int, int], set[bytes]]] = {}
        """The pids found in pages, by the address of the page and their place in it."""
        self.has_mistake = False
        """Whether such a pid was an ordinary number: another run had it at the same address."""

    def forgive(self) -> None:
        """Forget a mistake, because all states are learned again."""
        self.has_mistake = False
        self._pids_at.clear()

    def may_be_pids(self, first: int, count: int) -> bool:
        """Return whether the `count` numbers from `first` can be used as pids.

        They cannot if a page contains one of them as an ordinary number.
        """
        return first >= LEAST_PID and self.plain.isdisjoint(range(first, first + count))

    def of_block(
        self,
        address: int,
        data: bytes,
        names: Mapping[int, str],
        *,
        packed: bool,
        untouched: Callable[[], bytes | None],
    ) -> list[Summary]:
        """Return the address, the digest and the pids of each page of a block.

        A page is left out if it is known to read as if it were untouched.
        """
        last = self._blocks_at.setdefault(address, [])
        for seen in last:
            if seen.is_same(data, names, packed=packed):
                return seen.found
        summaries, numbers, before = list[Summary](), list[Collection[int]](), untouched()
        for offset in range(0, len(data), _PAGE):
            at, page = address + offset, data[offset : offset + _PAGE]
            summary = self.summary(at, page, names, packed=packed)
            if before is None or page != before[offset : offset + _PAGE]:
                summaries.append((at, *summary))
            numbers.append(self._at[at][0].numbers)
        found = frozenset[int]().union(*numbers)
        block = _Seen[list[Summary]](data, found, names, packed=packed)
        block.found = summaries
        last.insert(0, block)
        del last[_MOST_BLOCKS:]
        return summaries

    def summary(
        self, address: int, data: bytes, names: Mapping[int, str], *, packed: bool
    ) -> Summary:
        """Return a page's digest and the names of the pids in it; empty for a page of zeros."""
        last = self._at.setdefault(address, [])
        for index, seen in enumerate(last):
            if seen.is_same(data, names, packed=packed):
                last.insert(0, last.pop(index))
                return seen.found
        words = {int.from_bytes(word, "little") for word in set(_SMALL_WORD.findall(data))}
        numbers = frozenset(words.union(map(int, _DECIMAL.findall(data))))
        page = _Seen[Summary](data, numbers, names, packed=packed)
        self.plain |= numbers - page.pids.keys()
        self._look_for_mistakes(address, data, names)
        page.found = (_digest(data),) if data.count(0) < len(data) else ()
        if page.pids:
            # A pid is unaligned only in a packed structure.
            spans = sorted(_spans_of_pids(data, page.pids))
            spans = [span for span in spans if packed or span[0] < span[1]]
            blanked = bytearray(data)
            for begin, end, _ in spans:
                blanked[begin:end] = bytes(end - begin)
                place = begin, end if begin < end else begin + _WORD
                pid = data[slice(*place)]
                self._pids_at.setdefault(address, {}).setdefault(place, set()).add(pid)
                without = (each.content for each in last if _number(pid) not in each.pids)
                self.has_mistake |= any(content[slice(*place)] == pid for content in without)
            if packed or spans or any(b"%d" % number in data for number in page.pids):
                page.found = _digest(blanked), tuple(spans)
        last.insert(0, page)
        del last[_MOST_CONTENTS:]
        return page.found

    def _look_for_mistakes(self, address: int, data: bytes, names: Mapping[int, str]) -> None:
        """Look for numbers that were taken for pids in another run, and are none in this run."""
        for place, pids in self._pids_at.get(address, {}).items():
            found = data[slice(*place)]
            self.has_mistake |= found in pids and _number(found) not in names


def _number(pid: bytes) -> int:
    return int(pid) if pid.isdigit() else int.from_bytes(pid, "little")


def _spans_of_pids(data: bytes, names: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    for number, name in names.items():
        word = number.to_bytes(_WORD, "little")
        begin = data.find(word)
        while begin >= 0:
            # An unaligned pid remains a number (an empty span), so the pages differ.
            yield begin, begin if begin % _WORD else begin + _WORD, name
            begin = data.find(word, begin + 1)
    for match in _DECIMAL.finditer(data):
        begin, end = match.span()
        pid = int(match[0])
        # At the edge of a page the number may be part of a longer one.
        if pid in names and begin > 0 and end < len(data):
            yield begin, end, names[pid]


def _digest(data: bytes | bytearray) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


_MOST_PAGES = 1 << 16
"""The size of the largest region that is searched."""
_MOST_CONTENTS = 16
"""How many different contents are cached for each page."""
_BLOCK, _MOST_BLOCKS = 16, 4
"""The pages of a block, and how many different contents are cached for each."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
RED_ZONE = 128
"""Size of the red zone below the stack pointer (System V ABI)."""
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]", "[vdso]")
# By the top byte of a pagemap entry: bit 7 present, 6 swapped, 5 file-mapped or shared.
_OWN_PAGE = bytes(int(bool(entry & 0xC0) and not entry & 0x20) for entry in range(256))
_OWN_PAGES = re.compile(b"\1+")


def digest_of(
    process: HeldProcess, pages: Pages, names: Mapping[int, str], named: Named
) -> bytes | None:
    """Return a digest of what a held process can still know.

    Returns:
        None if that is not possible: it was made by vfork, and writes to its parent's memory until
        it executes a program; it has too much memory; it has a file open twice, perhaps by one open
        file description; it is inside a call; a pid could be confused with an ordinary number.

    Raises ProcessLookupError: it was killed.
    """
    shares_memory = process.life.was_vforked and not process.life.has_executed
    if shares_memory or min(names) < LEAST_PID:
        return None
    if isinstance(process.operation, STOP_STATES | Unwatched):
        return None  # inside a call, whose progress only the kernel knows
    held, executable = _descriptors(process, named), proc.link(process.pid, "exe")
    memory = _memory(process.pid, pages, names, packed=process.image.interpreter is None)
    if held is None or memory is None:
        return None
    children = sum(parent_of(name) == process.name for name in names.values())
    counted = children, *((name, process.counts[name]) for name in _COUNTED)
    values = (
        held,
        named(process.pid, "cwd", proc.link(process.pid, "cwd")),
        executable,
        sorted(process.signals.actions.items()),
        process.marks,
        proc.status_field(process.pid, "Umask"),
        sorted(process.files.shared),
        sorted(process.files.descriptions.items()),
        process.signals.pending,
        counted,
        process.loaded,
        sorted(process.regions.items(), key=repr),
        process.life.is_exiting,
        process.life.has_continued,
        process.life.dying_of,
    )
    return _digest(repr((values, memory)).encode())


def memory_with_pids(pid: int, pages: Pages, names: Mapping[int, str]) -> tuple[bytes, set[str]]:
    """Return a digest of a shell's memory, and the names of the processes whose pids are in it.

    A pid that programs also use as an ordinary number is left out: in another run it is no pid.
    """
    memory = repr((_memory(pid, pages, names, packed=False) or [])[1:])
    pids = names.keys() - pages.plain
    return _digest(memory.encode()), {names[pid] for pid in pids if repr(names[pid]) in memory}


def private_pages(pid: int, *, most: int = 1) -> dict[int, bytes]:
    """Return the pages of a process that differ from their files, by address.

    Up to `most` pages that follow each other are one item.
    """
    with proc.ProcDirectory(pid) as directory:
        pagemap, memory = directory.open("pagemap"), directory.open("mem")
        try:
            return {
                first: page
                for region in proc.memory_regions(pid)
                if region.name not in _UNREADABLE and region.permissions[3] == "p"
                for first, page in _own_pages(pagemap, memory, region, most=most)
            }
        finally:
            os.close(pagemap)
            os.close(memory)


def _descriptors(process: HeldProcess, named: Named) -> list[Summary] | None:
    """Return the target and offset of each descriptor; None if they may share an offset."""
    descriptors: list[Summary] = []
    files = set()
    for number, target, _ in proc.links(process.pid):
        name = named(process.pid, f"fd/{number}", target)
        # The lines with the offset and the flags; the others differ from run to run.
        lines = proc.contents(process.pid, f"fdinfo/{number}").split(b"\n", 2)[:2]
        descriptors.append((number, name, *lines))
        if isinstance(name, Stored) and not name.is_device:
            # Two descriptors of one open file description would share the offset.
            if (name, *lines) in files:
                return None
            files.add((name, *lines))
    return descriptors


def _memory(
    pid: int, pages: Pages, names: Mapping[int, str], *, packed: bool = True
) -> list[Summary] | None:
    """Return the registers, the mapped regions, and the pages that differ from their files."""
    values = registers.getregs(pid)
    data = b"".join(value.to_bytes(8, "little") for value in values)
    data += registers.vector_values(pid)
    regions = proc.memory_regions(pid)
    parts: list[Summary] = [pages.summary(0, data, names, packed=True)]
    parts += (
        (region.first, region.end, region.permissions, region.offset, region.name)
        for region in regions
    )
    with proc.ProcDirectory(pid) as directory:
        pagemap, memory = directory.open("pagemap"), directory.open("mem")
        try:
            for region in regions:
                if region.name in _UNREADABLE or region.permissions[3] != "p":
                    continue
                if (region.end - region.first) // _PAGE > _MOST_PAGES:
                    return None
                for first, block in _own_pages(pagemap, memory, region, most=_BLOCK):
                    before = partial(untouched, region, first, len(block))
                    parts += pages.of_block(first, block, names, packed=packed, untouched=before)
        finally:
            os.close(pagemap)
            os.close(memory)
    return parts


def untouched(region: MemoryRegion, address: int, size: int) -> bytes | None:
    """Return what a part of a private region reads as before anything is stored there.

    None if its file is unknown: it may have no name any more, or refuse to be read.
    """
    data, inode = b"", region.file[1]
    if inode != "0":
        try:
            with open(region.name, "rb") as file:
                if f"{os.fstat(file.fileno()).st_ino}" != inode:
                    return None  # another file has the name
                data = os.pread(file.fileno(), size, region.offset + address - region.first)
        except OSError:
            return None
    return data.ljust(size, b"\0")


def _own_pages(
    pagemap: int, memory: int, region: MemoryRegion, *, most: int = 1
) -> Iterator[tuple[int, bytes]]:
    """Yield the private pages of a region, with their addresses, in blocks of `most` pages."""
    entries = os.pread(pagemap, (region.end - region.first) // _PAGE * 8, region.first // _PAGE * 8)
    for run in _OWN_PAGES.finditer(entries[7::8].translate(_OWN_PAGE)):
        address = region.first + run.start() * _PAGE
        data = os.pread(memory, (run.end() - run.start()) * _PAGE, address)
        for offset in range(0, len(data), most * _PAGE):
            yield address + offset, data[offset : offset + most * _PAGE]


_MOST_INSTRUCTIONS = 100


def look_for_loop(pid: int) -> bool | ptrace.Status:
    """Return whether a stopped process is in a loop that only a signal can end.

    Returns:
        If the process stopped for any reason except a single step, the status of that stop, which
        the caller must answer.

    Raises ProcessLookupError: it was killed.
    """
    with keep_trap_blocked(pid):
        before, pages = _state(pid), Pages()
        memory = _memory(pid, pages, {})
        for _ in range(_MOST_INSTRUCTIONS):
            if registers.is_call(proc.memory(pid, _state(pid)[0][PROGRAM_COUNTER], 4)):
                return False
            ptrace.single_step(pid)
            status = ptrace.next_status(pid)
            if status is None:
                return False
            if status.word >> 8 != SIGTRAP:
                return status
            if _state(pid) == before:
                return memory is not None and _memory(pid, pages, {}) == memory
        return False


def _state(pid: int) -> tuple[list[int], bytes]:
    return registers.getregs(pid), registers.vector_values(pid)
