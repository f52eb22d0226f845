"""Waits for a lock on a file: /proc shows which process holds it. See flock(2), fcntl(2)."""

from __future__ import annotations

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.base.targets import File
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import Finding, Statement, edges_to
from simpsh.kernel.descriptors import kcmp_file
from simpsh.process.file_holders import Holder, all_locks, has_flock, holders_of
from simpsh.process.open_files import Descriptor

# <fcntl.h>: F_SETLKW, F_OFD_SETLKW, the commands of fcntl(2) that wait.
_WAITING_COMMANDS = (7, 38)


def find(case: BlockedProcess) -> Finding | None:
    """Find the holder of the lock that a process waits for; None if it does not wait for a lock."""
    if case.call == "fcntl" and case.integer(1) not in _WAITING_COMMANDS:
        return None
    file = case.descriptor(case.integer(0))
    if file is None:
        act = "waits for a lock on a file that cannot be seen"
        return Finding(waits.LOCK, act, wakers=(waits.BY_UNSEEN,))
    target = File(file.target, "file")
    finding = Finding(waits.LOCK, f"waits for a lock on {target.path}", target=target)
    holds = f"holds the lock on {target.path}"
    is_flock = case.call == "flock"
    return _of_flock(case, file, finding, holds) if is_flock else _of_record(case, finding, holds)


def _of_record(case: BlockedProcess, finding: Finding, holds: str) -> Finding:
    """Return the wait for a record lock: it belongs to the process that /proc/locks names."""
    locks = all_locks()
    # The line of a waiting thread has the number of the lock that it waits for. If several threads
    # wait, the table does not show which line belongs to this one.
    asked = {lock.number for lock in locks if lock.is_waiting and lock.pid == case.process}
    taken = [lock for lock in locks if lock.number in asked and not lock.is_waiting]
    # A lock of an open file description, F_OFD_SETLKW, belongs to no process.
    if len(taken) != 1 or taken[0].pid <= 0:
        return changed(finding, wakers=(waits.BY_UNSEEN,))
    return changed(finding, edges=edges_to([taken[0].pid], holds))


def _of_flock(case: BlockedProcess, file: Descriptor, finding: Finding, holds: str) -> Finding:
    """Return the wait for a lock of flock(2), which all copies of its descriptor hold."""

    def hinders(holder: Holder) -> bool:
        # A process does not wait for a lock of an open file description that it shares.
        is_same = (True, None) if holder.pid == case.process else (True,)
        compared = {n: kcmp_file(case.pid, file.number, holder.pid, n) for n in holder.numbers}
        return has_flock(holder.pid, [n for n in compared if compared[n] not in is_same])

    everybody = holders_of(file.device, file.inode)
    holders = tuple(filter(hinders, everybody.seen))
    others = [holder.pid for holder in holders if holder.pid != case.process]
    return changed(
        finding,
        proof=(Statement(f"It asks for a lock by flock(2) at descriptor {file.number}."),),
        edges=edges_to(others, holds),
        # They may have copies of one lock, or a shared lock each.
        needs_all=len(holders) > 1,
        holders=holders,
        not_permitted=() if holders else everybody.not_permitted,
        wakers=() if holders else (waits.BY_UNSEEN,),
        by_own_threads=len(others) < len(holders),
    )
