"""Waits in memory: for a lock, a condition or a semaphore; see futex(2).

For a wait in memory the kernel knows only the address. Any thread that shares the memory may wake
the waiting one, and /proc does not show which one will: a mutex, a semaphore and a condition
variable look alike.
"""

from __future__ import annotations

import time

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import Finding, edges_to, inferred
from simpsh.kernel.descriptors import shares_memory
from simpsh.process import proc
from simpsh.process.file_holders import possible_heirs, processes_that_map

_WAIT, _LOCK_PI = 0, 6
"""FUTEX_WAIT has a relative time limit, the other calls an absolute one: FUTEX_LOCK_PI always, the
others with FUTEX_CLOCK_REALTIME, by the clock of the day."""
_PRIVATE, _REALTIME, _COMMAND = 128, 256, 0x7F


def find(case: BlockedProcess) -> Finding:
    """Find out which threads and processes share the awaited memory."""
    operation = case.integer(1) or 0
    seconds = case.seconds(case.argument(3))
    if seconds is not None and operation & _COMMAND != _WAIT:
        is_real = operation & _COMMAND == _LOCK_PI or operation & _REALTIME
        now = time.clock_gettime(time.CLOCK_REALTIME if is_real else time.CLOCK_MONOTONIC)
        seconds = max(0.0, seconds - now)
    return changed(_by_sharers(case, is_private=bool(operation & _PRIVATE)), limit=seconds)


def _by_sharers(case: BlockedProcess, *, is_private: bool) -> Finding:
    """Find the processes that share the memory of a futex: only they can end the wait."""
    has_threads = len(proc.numbers(case.pid, "task")) > 1
    address, act = case.argument(0) or 0, "waits for a lock or condition in memory"
    rule = f"A thread that shares the memory at {address:#x} has to wake it."
    finding = Finding(
        situation=waits.MEMORY,
        act=act,
        proof=(inferred("futex(2)", rule),),
        by_own_threads=has_threads,
    )
    regions = (it for it in proc.memory_regions(case.pid) if it.first <= address < it.end)
    region = next(regions, None)
    # libstdc++ does not mark the futexes of its own memory as private.
    if is_private or (region is not None and not region.permissions.endswith("s")):
        if has_threads:
            return finding
        if shares_memory(case.process, case.seen.ppid):
            # A child of vfork(2) uses the memory of its parent, whose threads may run.
            return changed(finding, wakers=(waits.BY_UNSEEN,))
        # fork copies one thread only. A handler of a signal may do it.
        return changed(finding, act=f"{act}: no thread is left that could wake it")
    if region is None:
        return changed(finding, wakers=(waits.BY_UNSEEN,))
    sharers, hidden = processes_that_map(region.file)
    others = [pid for pid in sharers if pid != case.process]
    if not others and not has_threads:
        act = f"{act}: no other process has mapped it"
    # The memory of MAP_ANONYMOUS, or of an unlinked file, has no name that could be opened.
    file = proc.status_of(case.pid, f"root/{region.name}")
    is_named = file is not None and str(file.st_ino) == region.file[1]
    return changed(
        finding,
        situation=waits.SHARED_MEMORY,
        act=act,
        edges=edges_to(others, "shares the memory"),
        not_permitted=hidden if is_named else possible_heirs(hidden, case.process, others),
        wakers=(waits.BY_UNSEEN,) if is_named else (),
    )
