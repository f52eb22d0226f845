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
from functools import lru_cache

from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.objects.symbolic_names import Name, Stored
from simpsh.kernel.machine import registers
from simpsh.process import proc
from simpsh.process.proc import MemoryRegion

Summary = tuple[object, ...]
Named = Callable[[int, str, str], Name]
"""Returns the name of the object at a link of /proc/PID, by the pid, the link and its target."""

_COUNTED = ("pipes", "opens", "regions", "random", "computed", "readings")
_MOST_PAGES = 1 << 16
"""The size of the largest region that is searched."""
_MOST_CONTENTS = 16
"""How many different contents are cached for each page."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_UNTOUCHED = bytes(_PAGE)
RED_ZONE = 128
"""Size of the red zone below the stack pointer (System V ABI)."""
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]", "[vdso]")
# By the top byte of a pagemap entry: bit 7 present, 6 swapped, 5 file-mapped or shared.
_OWN_PAGE = bytes(int(bool(entry & 0xC0) and not entry & 0x20) for entry in range(256))
_OWN_PAGES = re.compile(b"\1")


class Pages:
    """Digests of the pages seen in any run: most of them occur again."""

    def __init__(self) -> None:
        self._at: dict[int, dict[bytes, bytes]] = {}

    def digest(self, address: int, page: bytes) -> bytes:
        """Return the digest of a page."""
        seen = self._at.setdefault(address, {})
        if page not in seen:
            if len(seen) == _MOST_CONTENTS:
                seen.clear()
            seen[page] = _digest(page)
        return seen[page]


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def digest_of(process: HeldProcess, pages: Pages, children: int, named: Named) -> bytes | None:
    """Return a digest of what a held process can still know; `children` are all that it has made.

    Returns:
        None if that is not possible: it was made by vfork, and writes to its parent's memory until
        it executes a program; it has too much memory; it has a file open twice, perhaps by one open
        file description.

    Raises ProcessLookupError: it was killed.
    """
    life, files, signals = process.life, process.files, process.signals
    if life.was_vforked and not life.has_executed:
        return None
    held, memory = _descriptors(process, named), _memory(process.pid, pages)
    if held is None or memory is None:
        return None
    values = (
        held,
        named(process.pid, "cwd", proc.link(process.pid, "cwd")),
        proc.link(process.pid, "exe"),
        sorted(signals.actions.items()),
        process.marks,
        proc.status_field(process.pid, "Umask"),
        sorted(files.shared),
        sorted(files.descriptions.items()),
        signals.pending,
        children,
        [process.counts[name] for name in _COUNTED],
        process.loaded,
        sorted(process.regions.items(), key=repr),
        life.is_exiting,
        life.dying_of,
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
    """Return the registers, the mapped regions, and the process's own pages, as lines of text.

    None: there is too much memory.
    """
    values = registers.getregs(pid)
    data = b"".join(value.to_bytes(8, "little") for value in values)
    data += registers.vector_values(pid)
    maps = proc.contents(pid, "maps")
    own = [
        region
        for region in proc.regions_in(maps)
        if region.name not in _UNREADABLE and region.permissions[3] == "p"
    ]
    if any(region.end - region.first > _MOST_PAGES * _PAGE for region in own):
        return None
    with proc.ProcDirectory(pid) as directory:
        pagemap, memory = directory.open("pagemap"), directory.open("mem")
        try:
            found = [page for region in own for page in _own_pages(pagemap, memory, region)]
        finally:
            os.close(pagemap)
            os.close(memory)
    parts = (f"{address:x} {pages.digest(address, page).hex()}" for address, page in found)
    return [_digest(data).hex(), _layout_of(maps), *parts]


@lru_cache(maxsize=64)
def _layout_of(maps: bytes) -> str:
    """Return the mapped regions without devices and inodes, which differ from run to run."""
    return repr(
        [
            (each.first, each.end, each.permissions, each.offset, each.name)
            for each in proc.regions_in(maps)
        ]
    )


def _own_pages(pagemap: int, memory: int, region: MemoryRegion) -> Iterator[tuple[int, bytes]]:
    """Yield the pages of a private region in which something was stored, with their addresses."""
    entries = os.pread(pagemap, (region.end - region.first) // _PAGE * 8, region.first // _PAGE * 8)
    for found in _OWN_PAGES.finditer(entries[7::8].translate(_OWN_PAGE)):
        address = region.first + found.start() * _PAGE
        page = os.pread(memory, _PAGE, address)
        # Anonymous memory reads as zeros before something is stored there.
        if page != _UNTOUCHED or region.file[1] != "0":
            yield address, page
