"""Waits for a lock on a file: /proc shows which process holds it. See flock(2), fcntl(2)."""

from __future__ import annotations

from simpsh.base import waits
from simpsh.base.targets import File
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import Finding, Statement, edges_to
from simpsh.kernel.descriptors import kcmp_file
from simpsh.process.file_holders import FileLock, Holder, all_locks, holders_of, lock_at
from simpsh.process.open_files import Descriptor

# <fcntl.h>: F_SETLKW, F_OFD_SETLKW, the commands of fcntl(2) that wait.
_WAITING_COMMANDS = (7, 38)
_OF_NO_PROCESS = -1
"""The pid field of an OFDLCK."""


def find(case: BlockedProcess) -> Finding | None:
    """Find the holder of the lock that a process waits for; None if it does not wait for a lock."""
    if case.call == "fcntl" and case.integer(1) not in _WAITING_COMMANDS:
        return None
    file = case.descriptor(case.integer(0))
    if file is None:
        act = "waits for a lock on a file that cannot be seen"
        return Finding(waits.LOCK, act, wakers=(waits.BY_UNSEEN,))
    return _at(case, file)


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
    act, target = f"waits for a lock on {file.target}", File(file.target, "file")
    if taken is None and kind != "FLOCK":
        return Finding(waits.LOCK, act, wakers=(waits.BY_UNSEEN,), target=target)
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
    waits_for = [holder.pid for holder in holders if holder.pid != case.process]
    if not holders and taken is not None and taken.pid > 0:
        waits_for = [taken.pid]
    return Finding(
        situation=waits.LOCK,
        act=act,
        proof=(Statement(f"It asks for a lock of the kind {kind} at descriptor {file.number}."),),
        edges=edges_to(waits_for, f"holds the lock on {file.target}"),
        # They may have copies of one lock, or a shared lock each.
        needs_all=len(holders) > 1,
        holders=tuple(holders),
        not_permitted=() if holders else all_holders.not_permitted,
        wakers=() if holders or waits_for else (waits.BY_UNSEEN,),
        by_own_threads=len(waits_for) < len(holders),
        target=target,
    )
