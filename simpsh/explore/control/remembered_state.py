"""All that a held process can still know, as a value: equal values mean that it will do the same.

A process knows its registers, its memory, and what the kernel keeps for it. All memory counts, also
leftovers of returned functions, because a program may read them; only in an installed shell or
Python they are wiped. The kernel's part is what /proc shows, and the effects of calls that leave no
other trace.

Pids differ from run to run. An aligned word of four bytes or a decimal number that is a pid is
replaced by the name of its process. If a plain number happens to be a pid in one run, the two pages
differ, which is always safe. Such a pid is not given to a run's first process; a child may get one.
So the number of states may differ from search to search.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping

from simpsh.base.process_names import parent_of
from simpsh.base.signal_names import SIGTRAP
from simpsh.explore.control.held_process import HeldProcess, kept_trap
from simpsh.explore.objects.process_operations import Unwatched
from simpsh.explore.objects.signal_operations import STOP_STATES
from simpsh.explore.objects.symbolic_names import is_device, is_file
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.registers import PROGRAM_COUNTER
from simpsh.kernel.machine.watchpoints import reports_use
from simpsh.process import proc
from simpsh.process.proc import MemoryRegion

_COUNTED = (*("pipes", "opens", "regions", "random", "computed", "readings"), *("undoes", "timers"))
LEAST_PID = 300
"""Smaller numbers are everywhere in memory: no process of a run may have one as its pid."""
_WORD = 4
# Both begin with what is to be found, and look back from there: so the rest is passed over quickly.
# A word, at any place, from 256 on and below 1 << 22, which no pid reaches.
_SMALL_WORD = re.compile(rb"\0(?<!\0\0\0)(?<=(..[\0-\x3f])\0)", re.DOTALL)
_DECIMAL = re.compile(rb"[1-9](?<![0-9].)[0-9]{2,6}(?![0-9])", re.DOTALL)


Told = tuple[object, ...]


class Pages:
    """The pages that were seen in any run; pages of the C library hardly ever change."""

    def __init__(self) -> None:
        self.plain: set[int] = set()
        """The numbers that stood in some page and were no pids then."""
        self._at: dict[int, list[tuple[bytes, Told, frozenset[int]]]] = {}
        """The last pages at each address that held no pid: most of them occur again."""

    def may_be_pids(self, first: int, count: int) -> bool:
        """Return whether so many numbers, from one on, would not be taken for others."""
        return first >= LEAST_PID and self.plain.isdisjoint(range(first, first + count))

    def told(self, address: int, data: bytes, names: Mapping[int, str], *, packed: bool) -> Told:
        """Return what a page says, with pids as names; nothing for one of zeros."""
        last = self._at.setdefault(address, [])
        for content, said, numbers in last:
            if content == data and numbers.isdisjoint(names):
                return said
        words = {int.from_bytes(word, "little") for word in set(_SMALL_WORD.findall(data))}
        numbers = frozenset(words.union(map(int, _DECIMAL.findall(data))))
        there = {number: name for number, name in names.items() if number in numbers}
        self.plain |= numbers - there.keys()
        if not there:
            said = (_digest(data),) if data.count(0) < len(data) else ()
            last.insert(0, (data, said, numbers))
            del last[_MOST_CONTENTS:]
            return said
        rest, found = bytearray(data), sorted(_places(data, there))
        # A pid is at an unaligned place only in a packed structure.
        places = tuple(place for place in found if packed or place[0] < place[1])
        for begin, end, _ in places:
            rest[begin:end] = bytes(end - begin)
        counts = packed or places or any(b"%d" % number in data for number in there)
        return (_digest(rest), places) if counts else (_digest(data),)


def _places(data: bytes, names: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    for number, whose in names.items():
        word = number.to_bytes(_WORD, "little")
        begin = data.find(word)
        while begin >= 0:
            # At such a place it remains a number, so the pages differ.
            yield begin, begin if begin % _WORD else begin + _WORD, whose
            begin = data.find(word, begin + 1)
    for match in _DECIMAL.finditer(data):
        begin, end = match.span()
        name = names.get(int(match[0]))
        # At the edge of a page it may be a part of a longer number.
        if name is not None and begin > 0 and end < len(data):
            yield begin, end, name


def _digest(data: bytes | bytearray) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


_MOST_PAGES = 1 << 16
"""A region that has more is not looked through."""
_MOST_CONTENTS = 16
"""So many contents of each page are compared before one is looked through."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
RED_ZONE = 128
"""Size of the red zone below the stack pointer (System V ABI)."""
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]", "[vdso]")
# The uppermost byte of an entry of pagemap: bit 7 present, 6 swapped, 5 of a file or shared.
_OWN_PAGE = bytes(int(bool(entry & 0xC0) and not entry & 0x20) for entry in range(256))
_OWN_PAGES = re.compile(b"\1+")


def remembered(
    process: HeldProcess, pages: Pages, names: Mapping[int, str], named: Callable[[str], str]
) -> bytes | None:
    """Return a digest of what a held process can still know.

    Returns:
        None if that cannot be found out: it was made by vfork, and writes into its parent's memory
        until it executes a program; it has too much memory; it has a file open twice, perhaps by
        one open file description; a pid is too small to be told from other numbers.

    Raises ProcessLookupError: it was killed.
    """
    shares_memory = process.life.was_vforked and not process.life.has_executed
    if shares_memory or min(names) < LEAST_PID:
        return None
    if isinstance(process.operation, STOP_STATES | Unwatched):
        return None  # inside a call, whose rest the kernel keeps
    held, executable = _descriptors(process, named), proc.link(process.pid, "exe")
    memory = _memory(process.pid, pages, names, packed=process.image.interpreter is None)
    if held is None or memory is None:
        return None
    children = sum(parent_of(name) == process.name for name in names.values())
    counted = children, *((what, process.counts[what]) for what in _COUNTED)
    values = (
        held,
        named(proc.link(process.pid, "cwd")),
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
    """Return a digest of a shell's memory, and which of these names stand there as pids.

    Left out is a pid that is a plain number of programs, too: in another run it is not one.
    """
    memory = repr((_memory(pid, pages, names, packed=False) or [])[1:])
    pids = names.keys() - pages.plain
    return _digest(memory.encode()), {names[pid] for pid in pids if repr(names[pid]) in memory}


def _descriptors(process: HeldProcess, named: Callable[[str], str]) -> list[Told] | None:
    """Return the target and the offset of each descriptor; None if that is not all."""
    descriptors: list[Told] = []
    files = set()
    for number, target, _ in proc.links(process.pid, "fd"):
        name = named(target)
        # The lines of the offset and of the flags; the others differ from run to run.
        lines = proc.contents(process.pid, f"fdinfo/{number}").split(b"\n", 2)[:2]
        descriptors.append((number, name, *lines))
        if is_file(name) and not is_device(name):
            # By one open file description, the two would move together.
            if (name, *lines) in files:
                return None
            files.add((name, *lines))
    return descriptors


def _memory(
    pid: int, pages: Pages, names: Mapping[int, str], *, packed: bool = True
) -> list[Told] | None:
    """Return the registers, what is mapped, and each page that is not as its file has it."""
    values = registers.getregs(pid)
    data = b"".join(value.to_bytes(8, "little") for value in values)
    regions = proc.memory_regions(pid)
    parts: list[Told] = [pages.told(0, data + registers.vector_registers(pid), names, packed=True)]
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
                for first, page in _own_pages(pagemap, memory, region):
                    page_told = pages.told(first, page, names, packed=packed)
                    # A page of no file that was never touched reads as zeros, too.
                    if page_told or region.name.startswith("/"):
                        parts.append((first, *page_told))
        finally:
            os.close(pagemap)
            os.close(memory)
    return parts


def _own_pages(pagemap: int, memory: int, region: MemoryRegion) -> Iterator[tuple[int, bytes]]:
    """Yield the pages of a region that its process has for itself, with their addresses."""
    entries = os.pread(pagemap, (region.end - region.first) // _PAGE * 8, region.first // _PAGE * 8)
    for run in _OWN_PAGES.finditer(entries[7::8].translate(_OWN_PAGE)):
        address = region.first + run.start() * _PAGE
        data = os.pread(memory, (run.end() - run.start()) * _PAGE, address)
        for place in range(0, len(data), _PAGE):
            yield address + place, data[place : place + _PAGE]


_MOST_INSTRUCTIONS = 100


def look_for_loop(pid: int) -> bool | ptrace.Status:
    """Return whether a stopped process is in a loop that nothing but a signal can end.

    Returns:
        The status instead, if something else than an instruction happened to it: that stop is to
        be answered.

    Raises ProcessLookupError: it was killed.
    """
    with kept_trap(pid):
        before, pages = _state(pid), Pages()
        memory = _memory(pid, pages, {})
        for _ in range(_MOST_INSTRUCTIONS):
            if registers.is_call(proc.memory(pid, _state(pid)[0][PROGRAM_COUNTER], 4)):
                return False
            ptrace.single_step(pid)
            status = ptrace.next_status(pid)
            if status is None:
                return False
            if status.word >> 8 != SIGTRAP or reports_use(pid, SIGTRAP):
                return status
            if _state(pid) == before:
                return memory is not None and _memory(pid, pages, {}) == memory
        return False


def _state(pid: int) -> tuple[list[int], bytes]:
    return registers.getregs(pid), registers.vector_registers(pid)
