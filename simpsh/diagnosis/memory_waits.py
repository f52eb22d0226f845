"""Waits in memory: a mutex whose owner is known, or a lock or condition of which it is not.

For a lock in memory the kernel knows only the address, where the C library writes the owner. A
process waits on the first word of a glibc mutex, and the owner's thread id is eight bytes after it,
so a circle of mutexes can be seen. Believe the memory at the address only if all of it fits. A
semaphore and a condition variable look alike. See futex(2) and pthread_mutex_lock(3); the layout is
of 64-bit glibc since 2.21.
"""

from __future__ import annotations

import struct
import time

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.base.waits import Evidence
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import MUST_END, Finding, edges_to, inferred
from simpsh.kernel.descriptors import shares_memory
from simpsh.process import proc
from simpsh.process.file_holders import possible_heirs, processes_that_map

_BY_LAYOUT = Evidence("the layout of glibc's locks")
_WAIT, _WAIT_UNTIL, _LOCK_PI, _LOCK_PI_2 = 0, 9, 6, 13
"""FUTEX_WAIT has a relative time limit; FUTEX_WAIT_BITSET, FUTEX_LOCK_PI and FUTEX_LOCK_PI2 have an
absolute one."""
_WAITERS, _OWNER = 1 << 31, (1 << 30) - 1
"""FUTEX_WAITERS and FUTEX_TID_MASK: parts of the word of a robust or priority-inheriting lock."""
_PRIVATE, _REALTIME, _COMMAND = 128, 256, 0x7F

# The kind of a mutex: its type and its flags. Robust and priority-inheriting mutexes have a
# different layout.
_RECURSIVE, _TYPES, _PSHARED = 1, 3, 0x80
_ALL_KINDS = 0x383


def find(case: BlockedProcess) -> Finding:
    """Find out which thread holds the awaited lock in memory, or who shares the memory."""
    operation, expected = case.integer(1) or 0, (case.argument(2) or 0) & 0xFFFFFFFF
    command = operation & _COMMAND
    finding = None
    if command in (_LOCK_PI, _LOCK_PI_2):
        finding = _held_by(case, _word(case) & _OWNER)
    elif command == _WAIT and expected & _WAITERS:
        finding = _held_by(case, expected & _OWNER)
    elif command in (_WAIT, _WAIT_UNTIL):
        finding = _joins(case, expected) or _held_by(case, _owner(case) if expected == 2 else 0)
    seconds = case.seconds(case.argument(3))
    if seconds is not None and command != _WAIT:
        is_real = command == _LOCK_PI or operation & _REALTIME
        now = time.clock_gettime(time.CLOCK_REALTIME if is_real else time.CLOCK_MONOTONIC)
        seconds = max(0.0, seconds - now)
    return changed(finding or _by_sharers(case), limit=seconds)


def _word(case: BlockedProcess) -> int:
    return int.from_bytes(case.memory(case.argument(0), 4), "little")


def _joins(case: BlockedProcess, expected: int) -> Finding | None:
    """Return the finding that a thread waits for the end of another one: its id is the word."""
    ending = _threads(case.process).get(expected)
    if ending is None or ending == case.pid or _word(case) != expected:
        return None
    edges = edges_to([ending], MUST_END, is_by_end=True)
    return Finding(waits.THREAD, f"waits until its thread {ending} ends", edges=edges)


def _threads(process: int) -> dict[int, int]:
    """Return the threads of a process by their ids in its own PID namespace. See NSpid, proc(5)."""
    tasks, threads = proc.numbers(process, "task"), {}
    if len(proc.status_field(process, "NSpid").split()) < 2:
        return {task: task for task in tasks}
    for task in tasks:
        inner = proc.status_field(task, "NSpid").split()
        threads[int(inner[-1]) if inner else task] = task
    return threads


def _by_sharers(case: BlockedProcess) -> Finding:
    """Find the processes that share the memory of a futex: only they can end the wait."""
    has_threads = len(proc.numbers(case.pid, "task")) > 1
    region, act = _region(case), "waits for a lock or condition in memory"
    rule = f"A thread that shares the memory at {case.argument(0) or 0:#x} has to wake it."
    finding = Finding(
        situation=waits.MEMORY,
        act=act,
        proof=(inferred("futex(2)", rule),),
        by_own_threads=has_threads,
    )
    # libstdc++ does not mark the futexes of its own memory as private.
    is_shared = region is None or region.permissions.endswith("s")
    if (case.integer(1) or 0) & _PRIVATE or not is_shared:
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


def _owner(case: BlockedProcess) -> int:
    """Return the owner in the awaited pthread_mutex_t; 0 if it is no mutex."""
    raw = case.memory(case.argument(0), 20)
    if len(raw) < 20:
        return 0
    lock, count, owner, users, kind = struct.unpack("=IIIII", raw)
    is_shared = not (case.integer(1) or 0) & _PRIVATE
    fits = (
        lock == 2  # a waiter sets this value
        and (count > 0) == (kind & _TYPES == _RECURSIVE)
        and users > 0
        and kind & ~_ALL_KINDS == 0
        and is_shared == bool(kind & _PSHARED)
    )
    return owner if fits else 0


def _region(case: BlockedProcess) -> proc.MemoryRegion | None:
    """Return the region of the awaited address; None if it is not known."""
    address = case.argument(0) or 0
    regions = proc.memory_regions(case.pid)
    return next((each for each in regions if each.first <= address < each.end), None)


def _held_by(case: BlockedProcess, owner: int) -> Finding | None:
    """Return the finding that a thread holds the lock; None if it lacks the lock's memory."""
    if not owner:
        return None
    own = _threads(case.process)
    if owner in own:
        return _held(case, own[owner])
    region = _region(case)
    if region is None or not region.permissions.endswith("s"):
        return None
    # The owner wrote its id of its own PID namespace.
    owners = (_threads(pid).get(owner) for pid in processes_that_map(region.file)[0])
    found = [thread for thread in owners if thread is not None]
    return _held(case, found[0]) if len(found) == 1 else None


def _held(case: BlockedProcess, owner: int) -> Finding:
    whose = "it holds itself" if owner == case.pid else "another thread holds"
    return Finding(
        situation=waits.FUTEX,
        act=f"waits for a mutex that {whose}",
        edges=edges_to((owner,), "holds the mutex"),
        evidence=_BY_LAYOUT,
    )
