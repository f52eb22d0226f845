"""All that a held process can still know, as a digest: with equal digests it will do the same.

A process knows its registers, its memory, and the state that the kernel keeps for it. All memory
counts, including leftovers of returned functions, because a program may read them; they are wiped
only in an installed shell or Python. The kernel's state is what /proc shows, and the effects of
calls that /proc does not show.

A process has the same pid in every run, so equal states are equal bytes. Without a private world
the kernel chooses the pids, and there are no digests.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.objects.process_operations import Unwatched
from simpsh.explore.objects.symbolic_names import Name, Stored
from simpsh.kernel.machine import registers
from simpsh.process import proc
from simpsh.process.proc import MemoryRegion

_COUNTED = (*("pipes", "opens", "regions", "random", "computed", "readings"), *("undoes", "timers"))

Summary = tuple[object, ...]
Named = Callable[[int, str, str], Name]
"""Returns the name of the object at a link of /proc/PID, by the pid, the link and its target."""


class Pages:
    """Digests of the pages seen in any run: most of them occur again."""

    def __init__(self) -> None:
        self._at: dict[int, dict[bytes, bytes]] = {}

    def digest(self, address: int, page: bytes, untouched: Callable[[], bytes | None]) -> bytes:
        """Return the digest of a page; empty if it reads as if it were untouched."""
        seen = self._at.setdefault(address, {})
        if page not in seen:
            if len(seen) == _MOST_CONTENTS:
                seen.clear()
            seen[page] = b"" if page == untouched() else _digest(page)
        return seen[page]


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


_MOST_PAGES = 1 << 16
"""The size of the largest region that is searched."""
_MOST_CONTENTS = 16
"""How many different contents are cached for each page."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
RED_ZONE = 128
"""Size of the red zone below the stack pointer (System V ABI)."""
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]", "[vdso]")
# By the top byte of a pagemap entry: bit 7 present, 6 swapped, 5 file-mapped or shared.
_OWN_PAGE = bytes(int(bool(entry & 0xC0) and not entry & 0x20) for entry in range(256))
_OWN_PAGES = re.compile(b"\1+")


def digest_of(process: HeldProcess, pages: Pages, children: int, named: Named) -> bytes | None:
    """Return a digest of what a held process can still know; `children` are all that it has made.

    Returns:
        None if that is not possible: it was made by vfork, and writes to its parent's memory until
        it executes a program; it has too much memory; it has a file open twice, perhaps by one open
        file description; it is inside a call.

    Raises ProcessLookupError: it was killed.
    """
    if process.life.was_vforked and not process.life.has_executed:
        return None
    if isinstance(process.operation, Unwatched):
        return None  # inside a call, whose progress only the kernel knows
    held, executable = _descriptors(process, named), proc.link(process.pid, "exe")
    memory = _memory(process.pid, pages)
    if held is None or memory is None:
        return None
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
        process.life.dying_of,
    )
    return _digest("\n".join((repr(values), *memory)).encode())


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


def _memory(pid: int, pages: Pages) -> list[str] | None:
    """Return the registers, the mapped regions, and the pages that differ from their files.

    Each is a line of text. None: there is too much memory.
    """
    values = registers.getregs(pid)
    data = b"".join(value.to_bytes(8, "little") for value in values)
    data += registers.vector_values(pid)
    layout = _layout_of(proc.contents(pid, "maps"))
    if layout.largest > _MOST_PAGES:
        return None
    parts = list[str]()
    with proc.ProcDirectory(pid) as directory:
        pagemap, memory = directory.open("pagemap"), directory.open("mem")
        try:
            for span in layout.spans:
                for region, address, page in _own_pages(pagemap, memory, span):
                    before = partial(untouched, region, address, len(page))
                    if digest := pages.digest(address, page, before):
                        parts.append(f"{address:x} {digest.hex()}")
        finally:
            os.close(pagemap)
            os.close(memory)
    return [_digest(data).hex(), layout.text, *parts]


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
