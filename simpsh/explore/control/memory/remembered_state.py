"""What a held process can still know, as a value: two equal ones mean that it will do the same.

A process has forgotten what is neither in its registers nor in its memory, nor kept for it by the
kernel. All memory counts, also what returned functions left on the stack: whether a program reads
that is not known. What the kernel keeps is what /proc shows, and what the calls have set that leave
no other trace.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping

from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.memory.memory_pages import LEAST_PID, Pages, Places, Told
from simpsh.explore.model.kernel_state import Remembered
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.memory_files import is_memory_file
from simpsh.explore.operations.stop_operations import STOP_STATES
from simpsh.kernel.machine import registers
from simpsh.process import proc
from simpsh.process.proc import MemoryRegion

_MOST_PAGES = 1 << 16
"""A region that has more is not looked through."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]", "[vdso]")
# The uppermost byte of an entry of pagemap: bit 7 present, 6 swapped, 5 of a file or shared.
_OWN_PAGE = bytes(int(bool(entry & 0xC0) and not entry & 0x20) for entry in range(256))
_OWN_PAGES = re.compile(b"\1+")


def remembered(
    process: HeldProcess,
    pages: Pages,
    names: Mapping[int, str],
    named: Callable[[str], str],
    memory_files: Mapping[int, str],
) -> Remembered | None:
    """Return what a held process can still know.

    Args:
        process: a held process.
        pages: those that were met.
        names: the names of the run's processes, by pid.
        named: returns the name of what /proc shows a descriptor to point to.
        memory_files: the regions that files in /dev/shm are, by inode.

    Returns:
        None where that cannot be told: it was made by vfork, and has written into its parent's
        memory; it has more memory than is looked through; it has a file open twice, and whether by
        one open file description is not seen; a pid is so small that it is no name.

    Raises:
        ProcessLookupError: it was killed.
    """
    if process.was_vforked or min(names) < LEAST_PID:
        return None
    if isinstance(process.operation, STOP_STATES):
        return None  # inside a call, whose rest the kernel keeps
    held = _descriptors(process, named, memory_files)
    memory = _memory(process.pid, pages, names)
    if held is None or memory is None:
        return None
    kept = (
        held,
        named(proc.link(process.pid, "cwd")),
        proc.link(process.pid, "exe"),
        sorted(process.actions.items()),
        process.marks,
        process.umask,
        sorted(process.shared_files),
        process.pending,
        len(process.children),
        process.pipes_made,
        process.opens_made,
        process.regions_made,
        process.loaded,
        process.nameless,
        sorted(process.epolls.items()),
        process.epolls_made,
        sorted(process.epoll_data.items()),
        sorted(process.regions.items(), key=repr),
        process.random_calls,
        sorted(process.resetting),
        process.is_exiting,
        process.has_continued,
        process.dying_of,
    )
    digest = hashlib.blake2b(repr((kept, memory)).encode(), digest_size=16).digest()
    places = (told[-1] for told in memory if told and isinstance(told[-1], Places))
    return Remembered(digest, frozenset(name for one in places for _, _, name in one))


def _descriptors(
    process: HeldProcess, named: Callable[[str], str], memory_files: Mapping[int, str]
) -> list[Told] | None:
    """Return what each descriptor points to, and where it stands; None if that is not all."""
    found: list[Told] = []
    files = set()
    for number, target, _ in proc.links(process.pid, "fd"):
        name = named(target)
        if memory_files and is_memory_file(target):
            name += memory_files.get(os.stat(f"/proc/{process.pid}/fd/{number}").st_ino, "")
        # The lines of the offset and of the flags; the others differ from run to run.
        told = proc.contents(process.pid, f"fdinfo/{number}").split(b"\n", 2)[:2]
        found.append((number, name, *told))
        if ops.is_file(name) and not ops.is_device(name):
            # By one open file description, the two would move together.
            if (name, *told) in files:
                return None
            files.add((name, *told))
    return found


def _memory(pid: int, pages: Pages, names: Mapping[int, str]) -> list[Told] | None:
    """Return the registers, what is mapped, and each page that is not as its file has it."""
    data = b"".join(value.to_bytes(8, "little") for value in registers.getregs(pid))
    regions = proc.memory_regions(pid)
    found: list[Told] = [pages.told(data + registers.vector_registers(pid), names)]
    found += ((one.first, one.end, one.permissions, one.offset, one.name) for one in regions)
    with proc.ProcDirectory(pid) as directory:
        pagemap, memory = directory.open("pagemap"), directory.open("mem")
        try:
            for region in regions:
                if region.name in _UNREADABLE or region.permissions[3] != "p":
                    continue
                if (region.end - region.first) // _PAGE > _MOST_PAGES:
                    return None
                for first, page in _own_pages(pagemap, memory, region):
                    told = pages.told(page, names)
                    # A page of no file that was never touched reads as zeros, too.
                    if told or region.name.startswith("/"):
                        found.append((first, *told))
        finally:
            os.close(pagemap)
            os.close(memory)
    return found


def _own_pages(pagemap: int, memory: int, region: MemoryRegion) -> Iterator[tuple[int, bytes]]:
    """Yield the pages of a region that its process has for itself, with their addresses."""
    entries = os.pread(pagemap, (region.end - region.first) // _PAGE * 8, region.first // _PAGE * 8)
    for run in _OWN_PAGES.finditer(entries[7::8].translate(_OWN_PAGE)):
        address = region.first + run.start() * _PAGE
        data = os.pread(memory, (run.end() - run.start()) * _PAGE, address)
        for place in range(0, len(data), _PAGE):
            yield address + place, data[place : place + _PAGE]
