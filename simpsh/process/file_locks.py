"""Who has locked a file? /proc/locks names who took the lock, fdinfo shows who holds it still.

A flock belongs to the open file description: forked children share it, and it may outlive the
process that took it, which /proc/locks goes on naming. A record lock (fcntl) belongs to the
process.
"""

from __future__ import annotations

import os

from simpsh.process.holders import Holders, holders_of
from simpsh.process.kinship import everybody
from simpsh.process.open_files import descriptors, information_lines
from simpsh.process.proc_files import ProcDirectory
from simpsh.process.process_stat import stat
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class FileLock(Record):
    """A line of /proc/locks or of fdinfo; see proc_locks(5)."""

    number: int
    """A waiter has the number of the lock it waits for."""
    is_waiting: bool
    kind: str
    """FLOCK, POSIX, OFDLCK, LEASE or DELEG."""
    access: str
    """READ or WRITE."""
    pid: int
    """Who asked for it; -1 for an OFDLCK, 0 if that is not visible."""
    inode: int
    first: int
    last: int | None
    """The first and last byte; None for the end of the file, wherever it is."""


class LockHolders(Record):
    """Who holds a flock on a file."""

    pids: tuple[int, ...]
    """Living processes, the eldest first."""
    is_held: bool
    """Whether there is such a lock at all, be its holders visible or not."""


def parse_lock(line: str) -> FileLock | None:
    """Take a line of /proc/locks apart; None if it is none.

    >>> lock = parse_lock("2: -> POSIX  ADVISORY  WRITE 77 fe:00:1234 0 EOF")
    >>> lock.is_waiting, lock.kind, lock.pid, lock.inode, lock.first, lock.last
    (True, 'POSIX', 77, 1234, 0, None)
    """
    words = line.split()
    if len(words) < 8 or not words[0].endswith(":"):
        return None
    is_waiting = words[1] == "->"
    if is_waiting:
        del words[1]
    try:
        number, pid = int(words[0][:-1]), int(words[4])
        inode = int(words[5].rpartition(":")[2])
        last = None if words[7] == "EOF" else int(words[7])
        return FileLock(number, is_waiting, words[1], words[3], pid, inode, int(words[6]), last)
    except (ValueError, IndexError):
        return None  # a lease without a file, or a form of a later kernel


def all_locks() -> tuple[FileLock, ...]:
    """Return what /proc/locks says; a lock whose owner is outside our PID namespace is not there.

    See proc_locks(5).
    """
    with open("/proc/locks", encoding="ascii", errors="replace") as lines:
        found = (parse_lock(line) for line in lines)
        return tuple(lock for lock in found if lock is not None)


def locks_of(pid: int, number: int) -> tuple[FileLock, ...]:
    """Return the locks that a descriptor holds; none if we may not look. See proc_pid_fdinfo(5)."""
    try:
        with ProcDirectory(pid) as directory:
            lines = information_lines(directory, number)
    except (ProcessLookupError, PermissionError):
        return ()
    found = (parse_lock(value) for key, value in lines if key == "lock")
    return tuple(lock for lock in found if lock is not None)


def holders_of_locks(device: int, inode: int) -> tuple[tuple[int, tuple[FileLock, ...]], ...]:
    """Return which living processes hold which locks on a file, named as stat(2) does."""
    return tuple(_with_locks(holders_of(device, inode)))


def _with_locks(holders: Holders) -> Iterable[tuple[int, tuple[FileLock, ...]]]:
    for holder in holders.seen:
        locks = [lock for number in holder.numbers for lock in locks_of(holder.pid, number)]
        if locks:
            yield holder.pid, tuple(dict.fromkeys(locks))


def flock_holders(path: str, likely: int | None = None) -> LockHolders:
    """Return who holds a flock(2) on a file.

    Args:
        path: the file.
        likely: a process to ask first; if it holds the lock, nobody else is looked for.

    Returns:
        The holders; none, and not held, if there is no such file.

    See proc_locks(5), proc_pid_fdinfo(5).
    """
    try:
        what = os.stat(path)
    except FileNotFoundError:
        return LockHolders(pids=(), is_held=False)
    named = [lock for lock in all_locks() if lock.inode == what.st_ino and lock.kind == "FLOCK"]
    takers = [lock.pid for lock in named if not lock.is_waiting]
    # Usually it is still held by who took it, which spares us the reading of every table.
    for pid in (likely, *takers):
        if pid is not None and pid > 0 and _holds_flock(pid, what):
            return LockHolders(pids=(pid,), is_held=True)
    births = {pid: one.start_time for pid, one in everybody().items()}
    pids = {
        pid
        for pid, locks in holders_of_locks(what.st_dev, what.st_ino)
        if any(lock.kind == "FLOCK" and not lock.is_waiting for lock in locks)
    }
    if not pids:
        # Their descriptors are hidden from us; who took the lock is not, if it still lives.
        pids = {pid for pid in takers if _lives(pid)}
    eldest_first = sorted(pids, key=lambda pid: (births.get(pid, 0), pid))
    return LockHolders(tuple(eldest_first), is_held=bool(takers) or bool(pids))


def _holds_flock(pid: int, what: os.stat_result) -> bool:
    try:
        table = descriptors(pid)
    except (ProcessLookupError, PermissionError):
        return False
    return any(
        lock.kind == "FLOCK" and not lock.is_waiting
        for one in table
        if (one.device, one.inode) == (what.st_dev, what.st_ino)
        for lock in locks_of(pid, one.number)
    )


def _lives(pid: int) -> bool:
    try:
        return stat(pid).state not in "ZX"
    except (ProcessLookupError, PermissionError):
        return False
