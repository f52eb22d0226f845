"""Is a wait in memory one of this system's C library, whose locks are known?

A number in a lock's memory proves nothing alone: a program may count beside its own locks. It is an
owner only if the process waits in the library's function for mutexes. The library is recognized by
its first page, which has its build id; a copy in a container may have another name.
"""

from __future__ import annotations

import os
from functools import cache

from simpsh.kernel.library_locks import lock_addresses
from simpsh.process import proc
from simpsh.process.diagnose.blocked_process import BlockedProcess
from simpsh.process.proc import MemoryRegion

_PAGE = 4096


def waits_for_mutex(case: BlockedProcess) -> bool:
    """Return whether the process waits in the library's pthread_mutex_lock(3)."""
    known, place = _known(), _place(case)
    return known is not None and place is not None and place == (known[0], known[1])


def waits_in_library(case: BlockedProcess) -> bool:
    """Return whether the process waits in a function of the library that knows locks.

    A program that calls futex(2) through syscall(2) has locks of its own.
    """
    known, place = _known(), _place(case)
    return known is not None and place is not None and place[0] == known[0] and place[1] != known[2]


@cache
def _known() -> tuple[bytes, int, int] | None:
    """Return the first page of our library, and the offsets of its mutex and its wrapper."""
    addresses = lock_addresses()
    if addresses is None:
        return None
    regions = proc.memory_regions(os.getpid())
    base = _base(regions, addresses.mutex)
    if base is None:
        return None
    try:
        page = proc.memory(os.getpid(), base, _PAGE)
    except OSError:
        return None
    return page, addresses.mutex - base, addresses.wrapper - base


def _place(case: BlockedProcess) -> tuple[bytes, int] | None:
    """Return the first page of the file in which the process waits, and the offset there."""
    at = case.seen.system_call.program_counter if case.seen.system_call else 0
    base = _base(proc.memory_regions(case.pid), at)
    if base is None:
        return None
    page = case.memory(base, _PAGE)
    return (page, at - base) if page else None


def _base(regions: tuple[MemoryRegion, ...], address: int) -> int | None:
    """Return where the file that contains an address is mapped; None for other memory."""
    inside = next(
        (it for it in regions if it.first <= address < it.end and it.file[1] != "0"), None
    )
    if inside is None:
        return None
    firsts = [it.first for it in regions if it.file == inside.file and it.offset == 0]
    return max((first for first in firsts if first <= address), default=None)
