"""Processes that ask for a held lock wait. /proc shows which process holds a lock on a file.

For a lock in memory the kernel knows only the address, where the C library writes the owner. A
process waits on the first word of a glibc mutex, and the owner's thread id is eight bytes after it,
so a circle of mutexes can be seen. A semaphore has no owner, but a count of waiting threads.
Believe the memory at the address only if all of it fits. See futex(2), sem_wait(3) and
pthread_mutex_lock(3); the layouts are of 64-bit glibc since 2.21.
"""

from __future__ import annotations

import struct
import time
from contextlib import suppress

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.base.waits import Evidence
from simpsh.kernel.descriptors import kcmp_file, shares_memory
from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NUMBERS
from simpsh.process import proc
from simpsh.process.diagnose.blocked_process import (
    BlockedProcess,
    Finding,
    edges_to,
    fits_one,
    inner_wakers,
)
from simpsh.process.diagnose.facts import (
    AskedBy,
    AtAbandonedMutex,
    AtLock,
    AtMutex,
    AtSeveralFutexes,
    ByOpener,
    Company,
    Deed,
    HoldsLock,
    InMemory,
    Joins,
    Law,
    Limited,
    LockKind,
    LockOn,
    OtherLibrary,
    Proof,
    SharerActs,
    Thing,
    ThingKind,
    ThreadActs,
    TookLock,
    Waiters,
)
from simpsh.process.diagnose.known_locks import waits_for_mutex, waits_in_library
from simpsh.process.file_holders import (
    FileLock,
    Holder,
    all_locks,
    holders_of,
    lock_at,
    possible_heirs,
    processes_that_map,
)
from simpsh.process.open_files import Descriptor, descriptors

# <fcntl.h>: F_SETLKW, F_OFD_SETLKW, the commands of fcntl(2) that wait.
_WAITING_COMMANDS = (7, 38)
_KINDS = {"FLOCK": LockKind.FLOCK, "POSIX": LockKind.POSIX, "OFDLCK": LockKind.OFDLCK}
"""By the kernel's name in /proc/locks."""
_OF_NO_PROCESS = -1
"""The pid field of an OFDLCK."""


def find(case: BlockedProcess) -> Finding | None:
    """Find the holder of the lock that a process waits for; None if it does not wait for a lock."""
    is_record = case.call == "fcntl" and case.integer(1) in _WAITING_COMMANDS
    if case.call != "flock" and not is_record:
        return None
    file = case.descriptor(case.integer(0))
    if file is None:
        return Finding(waits.LOCK, AtLock(""), wakers=(waits.BY_UNSEEN,))
    return _at(case, file)


def find_in_table(case: BlockedProcess) -> Finding | None:
    """Find in /proc/locks the lock that a process waits for; None if it does not wait for a lock.

    This serves a process whose call is hidden.
    """
    if not fits_one(("lock", "setlk"), case.seen.wchan):
        return None
    asked = [lock for lock in all_locks() if lock.is_waiting and lock.pid == case.process]
    table = [file for file in case.descriptors() if file.inode in {lock.inode for lock in asked}]
    return _at(case, table[0]) if len(asked) == len(table) == 1 else None


def _at(case: BlockedProcess, file: Descriptor) -> Finding:
    locks = [lock for lock in all_locks() if lock.inode == file.inode]
    asked = [lock for lock in locks if lock.is_waiting and lock.pid == case.process]
    asked = asked or [lock for lock in locks if lock.is_waiting and lock.pid == _OF_NO_PROCESS]
    # The line of a waiting thread has the number of the lock that it waits for. If several threads
    # wait, the table does not show which line belongs to this one.
    numbers = {lock.number for lock in asked}
    blocking = [lock for lock in locks if lock.number in numbers and not lock.is_waiting]
    kind = asked[0].kind if asked else "FLOCK"
    taken = blocking[0] if len(blocking) == 1 else None
    if taken is None and kind != "FLOCK":
        return Finding(waits.LOCK, AtLock(file.target), wakers=(waits.BY_UNSEEN,))
    all_holders = holders_of(file.device, file.inode)

    def is_it(lock: FileLock) -> bool:
        # The table omits a flock(2) whose taker has ended, and its waiters.
        if taken is None:
            return lock.kind == "FLOCK"
        return (lock.kind, lock.first, lock.last) == (taken.kind, taken.first, taken.last)

    def hinders(holder: Holder) -> FileLock | None:
        # A process does not wait for a lock of an open file description that it shares.
        numbers, is_own = holder.numbers, holder.pid == case.process
        is_same = (True, None) if is_own else (True,)
        shared = {n for n in numbers if kcmp_file(case.pid, file.number, holder.pid, n) in is_same}
        return lock_at(holder.pid, set(numbers) - shared, is_it) or lock_at(
            holder.pid, shared, lambda lock: is_it(lock) and "POSIX" in (kind, lock.kind)
        )

    holders = [
        holder
        for holder in all_holders.seen
        if hinders(holder) and (kind != "POSIX" or holder.pid != case.process)
    ]
    proof: list[Proof] = [AskedBy(_KINDS[kind], file.number)]
    groups: list[list[tuple[int, int]]] = []
    for holder in holders:
        used = tuple(n for n in holder.numbers if lock_at(holder.pid, [n], is_it)) or holder.numbers
        is_own, lock = holder.pid == case.process, lock_at(holder.pid, used, is_it)
        has_inherited = lock and not is_own and lock.kind == "FLOCK" and lock.pid != holder.pid
        taker = lock.pid if lock and has_inherited else 0
        proof.append(HoldsLock(holder.pid, used, is_own, taker))
        for copies in groups:
            if kind != "POSIX" and kcmp_file(*copies[0], holder.pid, used[0]) is not False:
                copies.append((holder.pid, used[0]))
                break
        else:
            groups.append([(holder.pid, used[0])])
    waits_for = tuple(holder.pid for holder in holders if holder.pid != case.process)
    if not holders and taken is not None and taken.pid > 0:
        proof.append(TookLock(taken.pid))
        waits_for = (taken.pid,)
    not_permitted = () if holders else all_holders.not_permitted
    return Finding(
        situation=waits.LOCK,
        act=AtLock(file.target),
        proof=tuple(proof),
        edges=edges_to(waits_for, Deed.HOLDS, LockOn(file.target)),
        needs_all=tuple(tuple(pid for pid, _ in copies) for copies in groups),
        holders=tuple(holders),
        not_permitted=not_permitted,
        is_closed=bool(holders or waits_for),
        wakers=() if holders or waits_for else (waits.BY_UNSEEN,),
        by_own_threads=len(waits_for) < len(holders),
    )


def locked_by_others(process: int) -> tuple[str, tuple[int, ...]]:
    """Return an open file of a process on which others hold locks, and the pids of the others."""
    others = [lock for lock in all_locks() if not lock.is_waiting and lock.pid != process]
    with suppress(ProcessLookupError, PermissionError):
        for file in descriptors(process):
            if takers := {lock.pid for lock in others if lock.inode == file.inode}:
                seen = holders_of(file.device, file.inode).seen
                if pids := tuple(holder.pid for holder in seen if holder.pid in takers):
                    return file.target, pids
    return "", ()


# Locks in memory.

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


def find_in_memory(case: BlockedProcess) -> Finding | None:
    """Find out which thread holds the awaited lock in memory; None for other waits."""
    if case.call == "futex_waitv":
        several = Finding(waits.SEMAPHORE, AtSeveralFutexes(), wakers=(waits.BY_UNSEEN,))
        return _limited(case, several, case.integer(4) or 0)
    if case.call != "futex":
        return None
    expected, finding = (case.argument(2) or 0) & 0xFFFFFFFF, None
    command = (case.integer(1) or 0) & _COMMAND
    if command in (_LOCK_PI, _LOCK_PI_2):
        word = int.from_bytes(case.memory(case.argument(0), 4), "little")
        finding = _held_by(case, word & _OWNER)
    elif not waits_in_library(case):
        finding = _unknown(case)
        finding = changed(finding, proof=(*finding.proof, OtherLibrary()))
    elif command == _WAIT and expected & _WAITERS:
        finding = _held_by(case, expected & _OWNER)
    elif command in (_WAIT, _WAIT_UNTIL):
        ending = _threads(case.process).get(expected)
        word = int.from_bytes(case.memory(case.argument(0), 4), "little")
        if ending is not None and ending != case.pid and word == expected:
            edges = edges_to([ending], Deed.ENDS)
            finding = Finding(waits.THREAD, Joins(ending), (), edges, is_closed=True)
        else:
            finding = _mutex(case, expected) or _semaphore(case, expected)
    clock = None
    if command != _WAIT:
        is_real = command == _LOCK_PI or (case.integer(1) or 0) & _REALTIME
        clock = time.CLOCK_REALTIME if is_real else time.CLOCK_MONOTONIC
    return _limited(case, finding or _unknown(case), clock)


def _limited(case: BlockedProcess, finding: Finding, clock: int | None) -> Finding:
    """Return the finding with the time limit in the fourth argument; relative without a clock."""
    seconds = case.seconds(case.argument(3))
    if seconds is None:
        return finding
    if clock is not None:
        seconds = max(0.0, seconds - time.clock_gettime(clock))
    return changed(finding, act=Limited(finding.act, seconds), limit=seconds, is_closed=False)


def _threads(process: int) -> dict[int, int]:
    """Return the threads of a process by their ids in its own PID namespace. See NSpid, proc(5)."""
    tasks, threads = proc.numbers(process, "task"), {}
    if len(proc.status_field(process, "NSpid").split()) < 2:
        return {task: task for task in tasks}
    for task in tasks:
        inner = proc.status_field(task, "NSpid").split()
        threads[int(inner[-1]) if inner else task] = task
    return threads


def _unknown(case: BlockedProcess) -> Finding:
    return _by_sharers(case, InMemory(case.argument(0) or 0, is_semaphore=False))


def _by_sharers(case: BlockedProcess, act: InMemory) -> Finding:
    """Find the processes that share the memory of a futex: only they can end the wait."""
    has_threads = len(proc.numbers(case.pid, "task")) > 1
    region, lenders = _region(case), _lenders(case)
    # libstdc++ does not mark the futexes of its own memory as private.
    is_shared = region is None or region.permissions.endswith("s")
    if (case.integer(1) or 0) & _PRIVATE or not is_shared:
        rule = ThreadActs(act.is_semaphore, is_of_process=not lenders)
        has_company = has_threads or bool(lenders)
        return Finding(
            situation=waits.SEMAPHORE,
            act=act if has_company else changed(act, company=Company.NO_THREAD),
            proof=(rule if has_company else Law.NO_THREAD_LEFT,),
            edges=edges_to(lenders, Deed.SHARES, Thing(ThingKind.MEMORY)),
            is_closed=has_company,
            by_own_threads=has_threads,
            wakers=inner_wakers(case),
        )
    if region is None:
        rules = (ThreadActs(act.is_semaphore, is_of_process=False),)
        return Finding(waits.SEMAPHORE, act, rules, wakers=(waits.BY_UNSEEN,))
    sharers, hidden = processes_that_map(region.file)
    others = [pid for pid in sharers if pid != case.process]
    if not others and not has_threads:
        act = changed(act, company=Company.NO_PROCESS)
    # The memory of MAP_ANONYMOUS, or of an unlinked file, has no name that could be opened.
    file = proc.status_of(case.pid, f"root/{region.name}")
    is_named = file is not None and str(file.st_ino) == region.file[1]
    return Finding(
        situation=waits.SHARED_MEMORY,
        act=act,
        proof=(SharerActs(act.is_semaphore, region.name),),
        edges=edges_to(others, Deed.SHARES, Thing(ThingKind.MEMORY)),
        not_permitted=hidden if is_named else possible_heirs(hidden, case.process, others),
        is_closed=True,
        by_own_threads=has_threads,
        ways_out=(ByOpener(region.name),) if is_named else (),
        wakers=(waits.BY_UNSEEN,) if is_named else inner_wakers(case),
    )


def _mutex(case: BlockedProcess, expected: int) -> Finding | None:
    address = case.argument(0)
    raw = case.memory(address, 20)
    if len(raw) < 20 or not address:
        return None
    # The beginning of pthread_mutex_t; on 32-bit x86 its kind comes before its users.
    lock, count, owner, users, kind = struct.unpack("=IIIII", raw)
    if ARCHITECTURE == "i386":
        users, kind = kind, users
    is_shared = not (case.integer(1) or 0) & _PRIVATE
    fits = (
        waits_for_mutex(case)
        and lock == expected == 2  # a waiter sets this value
        and (count > 0) == (kind & _TYPES == _RECURSIVE)
        and users > 0
        and kind & ~_ALL_KINDS == 0
        and is_shared == bool(kind & _PSHARED)
    )
    if not fits:
        return None
    finding = _held_by(case, owner)
    if finding is not None:
        return finding
    if not is_shared:
        return _abandoned(case, owner, is_missing=True)
    # In another PID namespace the number is another thread's.
    is_ours = len(proc.status_field(case.pid, "NSpid").split()) < 2
    has_ended = proc.state(owner) in ("", "Z", "X") or proc.memory_regions(owner)
    if is_ours and has_ended and _shared_region(case) is not None:
        return _abandoned(case, owner, is_missing=False)
    return None


def _region(case: BlockedProcess) -> proc.MemoryRegion | None:
    """Return the region of the awaited address; None if it is not known."""
    address = case.argument(0) or 0
    regions = proc.memory_regions(case.pid)
    return next((each for each in regions if each.first <= address < each.end), None)


def _shared_region(case: BlockedProcess) -> proc.MemoryRegion | None:
    """Return the shared region of the awaited address; None if it is private."""
    region = _region(case)
    return region if region is not None and region.permissions.endswith("s") else None


def _lenders(case: BlockedProcess) -> tuple[int, ...]:
    """Return the parent whose memory a child of vfork(2) uses, and whose threads may run."""
    parent = case.seen.ppid
    return (parent,) if parent and shares_memory(case.process, parent) else ()


def _held_by(case: BlockedProcess, owner: int) -> Finding | None:
    """Return the finding that a thread holds the lock; None if it lacks the lock's memory."""
    if not owner:
        return None
    for process in (case.process, *_lenders(case)):
        own = _threads(process)
        if owner in own:
            return _held(case, own[owner])
    region = _shared_region(case)
    if region is None:
        return None
    # The owner wrote its id of its own PID namespace.
    owners = (_threads(pid).get(owner) for pid in processes_that_map(region.file)[0])
    found = [thread for thread in owners if thread is not None]
    return _held(case, found[0]) if len(found) == 1 else None


def _abandoned(case: BlockedProcess, owner: int, *, is_missing: bool) -> Finding:
    act = AtAbandonedMutex(case.argument(0) or 0, owner, is_missing)
    return Finding(waits.FUTEX, act, (Law.NOT_UNLOCKED,), evidence=_BY_LAYOUT)


def _held(case: BlockedProcess, owner: int) -> Finding:
    process = proc.process_of(owner)
    is_own = process == case.process
    return Finding(
        situation=waits.FUTEX,
        act=AtMutex(case.argument(0) or 0, case.pid, owner, process, is_own),
        edges=edges_to((owner,), Deed.HOLDS, Thing(ThingKind.MUTEX)),
        is_closed=True,
        evidence=_BY_LAYOUT,
    )


def _waiting_at(case: BlockedProcess) -> int:
    """Return how many threads of the process wait at the same address."""
    count = 0
    for task in proc.numbers(case.process, "task"):
        call = proc.parse_system_call(proc.contents(task, "syscall"))
        same = call is not None and call.number == NUMBERS["futex"] and call.arguments[:1]
        count += same == (case.argument(0),)
    return count


def _semaphore(case: BlockedProcess, expected: int) -> Finding | None:
    raw = case.memory(case.argument(0), 16)
    # pthread_barrier_wait(3) has a similar layout, but uses FUTEX_WAIT.
    if len(raw) < 16 or expected != 0 or (case.integer(1) or 0) & _COMMAND != _WAIT_UNTIL:
        return None
    value, waiting, shared, padding = struct.unpack("=IIII", raw)
    # A private semaphore has a private futex.
    is_private = bool((case.integer(1) or 0) & _PRIVATE)
    if is_private and waiting != _waiting_at(case):
        # The number counts something else.
        return None
    if value or not 0 < waiting < 1 << 16 or padding or shared != (0 if is_private else _PRIVATE):
        return None
    finding = _by_sharers(case, InMemory(case.argument(0) or 0, is_semaphore=True))
    return changed(finding, proof=(Waiters(waiting), *finding.proof), evidence=_BY_LAYOUT)
