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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Generic, NamedTuple, TypeVar

from simpsh.base.process_names import parent_of
from simpsh.base.signal_names import SIGTRAP
from simpsh.explore.control.held_process import HeldProcess, keep_trap_blocked
from simpsh.explore.objects.kernel_state import ForkMemory
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
        self,
        content: bytes,
        numbers: Sequence[Collection[int]],
        names: Mapping[int, str],
        *,
        packed: bool,
    ) -> None:
        self.content, self.numbers, self._names, self._packed = content, numbers, names, packed
        """The numbers in each of its parts."""
        self.pids = self._among(names)
        """The pids among the numbers in it."""
        self.found: T

    def _among(self, names: Mapping[int, str]) -> dict[int, str]:
        return {
            number: name
            for number, name in names.items()
            if any(number in part for part in self.numbers)
        }

    def is_same(self, content: bytes, names: Mapping[int, str], *, packed: bool) -> bool:
        """Return whether the same would be found in this memory now."""
        if self.content != content:
            return False
        if self._names != names:
            if self._among(names) != self.pids:
                return False
            self._names = names  # most often, they are the same next time
        return not self.pids or self._packed == packed


class _Page(_Seen[Summary]):
    """What was found in a page."""

    pieces: list[frozenset[int]]
    """The numbers in each of its pieces."""


class _Block(_Seen[list[Summary]]):
    """What was found in a block of pages: the address, the digest and the pids of each page."""

    text: str
    """The same as text."""


class Pages:
    """The pages seen in any run, cached because pages of the C library hardly ever change."""

    def __init__(self) -> None:
        self.plain: set[int] = set()
        """Numbers found in a page while no process had that number as its pid."""
        self._at: dict[int, list[_Page]] = {}
        """By address, the latest contents of the page there; most of them occur again."""
        self._blocks_at: dict[int, list[_Block]] = {}
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
    ) -> _Block:
        """Return what is found in the pages of a block.

        A page is left out if it is known to read as if it were untouched.
        """
        last = self._blocks_at.setdefault(address, [])
        for seen in last:
            if seen.is_same(data, names, packed=packed):
                return seen
        summaries, numbers, before = list[Summary](), list[Collection[int]](), untouched()
        for offset in range(0, len(data), _PAGE):
            at, page = address + offset, data[offset : offset + _PAGE]
            summary = self.summary(at, page, names, packed=packed)
            if before is None or page != before[offset : offset + _PAGE]:
                summaries.append((at, *summary))
            numbers += self._at[at][0].numbers
        block = _Block(data, numbers, names, packed=packed)
        block.found, block.text = summaries, "".join(map(repr, summaries))
        last.insert(0, block)
        del last[_MOST_BLOCKS:]
        return block

    def summary(
        self, address: int, data: bytes, names: Mapping[int, str], *, packed: bool
    ) -> Summary:
        """Return a page's digest and the names of the pids in it; empty for a page of zeros."""
        last = self._at.setdefault(address, [])
        for index, seen in enumerate(last):
            if seen.is_same(data, names, packed=packed):
                last.insert(0, last.pop(index))
                return seen.found
        pieces = _pieces_of(data, last[0] if last else None)
        numbers = frozenset[int]().union(*pieces)
        page = _Page(data, (numbers,), names, packed=packed)
        page.pieces = pieces
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


def _pieces_of(data: bytes, before: _Page | None) -> list[frozenset[int]]:
    """Return the numbers in each piece of a page.

    From one time to the next, most pieces of a page are the same: `before` is the page as it was.
    """
    pieces = list[frozenset[int]]()
    for number, begin in enumerate(range(0, len(data), _PIECE)):
        around = slice(max(begin - _CONTEXT, 0), begin + _PIECE + _CONTEXT)
        piece = data[around]
        if before is not None and before.content[around] == piece:
            pieces.append(before.pieces[number])
        else:
            pieces.append(_numbers_in(piece, begin - around.start, _PIECE))
    return pieces


def _numbers_in(piece: bytes, first: int, size: int) -> frozenset[int]:
    """Return the numbers in a piece of this size; what is around it only decides about them."""
    words = {int.from_bytes(word, "little") for word in set(_SMALL_WORD.findall(piece))}
    # Each of these begins within the piece: digits around it may belong to a longer number.
    begins = range(first, first + size)
    decimals = (int(each[0]) for each in _DECIMAL.finditer(piece) if each.start() in begins)
    return frozenset(words.union(decimals))


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
_PIECE, _CONTEXT = 256, 8
"""The bytes in which numbers are looked for at once; more than the bytes of a number."""
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
    return _digest("\n".join((repr(values), *memory)).encode())


def memory_with_pids(pid: int, pages: Pages, names: Mapping[int, str]) -> ForkMemory:
    """Return a digest of a shell's memory, and the names of the processes whose pids are in it.

    A pid that programs also use as an ordinary number is left out: in another run it is no pid.
    """
    memory = "\n".join((_memory(pid, pages, names, packed=False) or [])[1:])
    pids = names.keys() - pages.plain
    found = frozenset(names[pid] for pid in pids if repr(names[pid]) in memory)
    return ForkMemory(_digest(memory.encode()), found)


def private_pages(pid: int, *, most: int = 1) -> dict[int, bytes]:
    """Return the pages of a process that differ from their files, by address.

    Up to `most` pages that follow each other are one item.
    """
    with proc.ProcDirectory(pid) as directory:
        pagemap, memory = directory.open("pagemap"), directory.open("mem")
        try:
            return {
                first: page
                for span in _layout_of(proc.contents(pid, "maps")).spans
                for _, first, page in _own_pages(pagemap, memory, span, most=most)
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
) -> list[str] | None:
    """Return the registers, the mapped regions, and the pages that differ from their files.

    Each is a line of text. None: there is too much memory.
    """
    values = registers.getregs(pid)
    data = b"".join(value.to_bytes(8, "little") for value in values)
    data += registers.vector_values(pid)
    layout = _layout_of(proc.contents(pid, "maps"))
    if layout.largest > _MOST_PAGES:
        return None
    parts = [repr(pages.summary(0, data, names, packed=True)), layout.text]
    with proc.ProcDirectory(pid) as directory:
        pagemap, memory = directory.open("pagemap"), directory.open("mem")
        try:
            for span in layout.spans:
                for region, first, block in _own_pages(pagemap, memory, span, most=_BLOCK):
                    before = partial(untouched, region, first, len(block))
                    found = pages.of_block(first, block, names, packed=packed, untouched=before)
                    parts.append(found.text)
        finally:
            os.close(pagemap)
            os.close(memory)
    return [*parts[:2], "".join(parts[2:])]


class _Layout(NamedTuple):
    """The mapped regions of a process."""

    text: str
    spans: tuple[tuple[MemoryRegion, ...], ...]
    """The private regions; those without a gap between them are one item."""
    largest: int
    """The number of pages of the largest of these regions."""


@lru_cache(maxsize=64)
def _layout_of(maps: bytes) -> _Layout:
    """Return the layout in the contents of a maps file: the same is read again and again."""
    spans, regions = list[tuple[MemoryRegion, ...]](), proc.regions_in(maps)
    for region in regions:
        if region.name in _UNREADABLE or region.permissions[3] != "p":
            continue
        if spans and spans[-1][-1].end == region.first:
            spans[-1] += (region,)
        else:
            spans.append((region,))
    fields = [(each.first, each.end, each.permissions, each.offset, each.name) for each in regions]
    sizes = (each.end - each.first for span in spans for each in span)
    return _Layout(repr(fields), tuple(spans), max(sizes, default=0) // _PAGE)


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
    pagemap: int, memory: int, span: tuple[MemoryRegion, ...], *, most: int = 1
) -> Iterator[tuple[MemoryRegion, int, bytes]]:
    """Yield the private pages of adjacent regions, in blocks of `most` pages.

    Each block is in one region, and has its address.
    """
    start, size = span[0].first, span[-1].end - span[0].first
    own = os.pread(pagemap, size // _PAGE * 8, start // _PAGE * 8)[7::8].translate(_OWN_PAGE)
    for region in span:
        within = (region.first - start) // _PAGE, (region.end - start) // _PAGE
        for run in _OWN_PAGES.finditer(own, *within):
            end = start + run.end() * _PAGE
            for address in range(start + run.start() * _PAGE, end, most * _PAGE):
                yield region, address, os.pread(memory, min(most * _PAGE, end - address), address)


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
