"""A lock makes all others that ask for it wait; who holds it is in /proc."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Sequence

from simpsh.base.phrases import listed
from simpsh.base.record import Record
from simpsh.kernel.descriptors import kcmp_file
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding, numbered, unseen_words
from simpsh.process.diagnose.kernel_functions import fits
from simpsh.process.file_holders import FileLock, Holder, all_locks, holders_of, holds_lock
from simpsh.process.open_files import Descriptor
from simpsh.process.process_tree import name_of

# <fcntl.h>: the commands of fcntl(2) that wait.
_F_SETLKW, _F_OFD_SETLKW = 7, 38
_ASKED_BY = {
    "FLOCK": "flock(2)",
    "POSIX": "fcntl(2), a record lock",
    "OFDLCK": "fcntl(2), F_OFD_SETLKW",
}
_LOCK = struct.Struct("=hhxxxxqq")
"""struct flock of a 64-bit program: l_type, l_whence, l_start, l_len."""


class _Wanted(Record):
    """The lock that is asked for."""

    kind: str
    """FLOCK, POSIX or OFDLCK."""
    access: str = ""
    """READ or WRITE; empty if it is not known, as then the range."""
    first: int = 0
    last: int | None = None

    def is_hindered_by(self, lock: FileLock) -> bool:
        """Return whether a lock that somebody else has stands in the way."""
        kinds = ("FLOCK",) if self.kind == "FLOCK" else ("POSIX", "OFDLCK")
        own_end, end = (float("inf") if one is None else one for one in (self.last, lock.last))
        is_in_range = self.first <= end and lock.first <= own_end
        return lock.kind in kinds and is_in_range and "WRITE" in (lock.access, self.access)


def find(case: BlockedProcess) -> Finding | None:
    """Find out who holds the lock that a process waits for; None if it waits for none."""
    if case.call == "flock":
        is_shared = (case.integer(1) or 0) & fcntl.LOCK_SH
        wanted = _Wanted("FLOCK", "READ" if is_shared else "WRITE")
    elif case.call == "fcntl" and case.integer(1) in (_F_SETLKW, _F_OFD_SETLKW):
        wanted = _asked(case, "POSIX" if case.integer(1) == _F_SETLKW else "OFDLCK")
    else:
        return None
    one = case.descriptor(case.integer(0))
    if one is None:
        return Finding("lock", "waits for a lock on a file that cannot be seen")
    return _with_holders(case, one, wanted)


def find_in_table(case: BlockedProcess) -> Finding | None:
    """Find out who holds the lock that /proc/locks says a process waits for; None if none is told.

    For a process whose call may not be seen.
    """
    if not fits("flock", case.seen.wchan):
        return None
    asked = [one for one in all_locks() if one.is_waiting and one.pid == case.process]
    inodes = {one.inode for one in asked}
    table = [one for one in case.descriptors() if one.inode in inodes]
    if len(asked) != 1 or len(table) != 1 or asked[0].kind not in _ASKED_BY:
        return None
    lock = asked[0]
    return _with_holders(case, table[0], _Wanted(lock.kind, lock.access, lock.first, lock.last))


def _asked(case: BlockedProcess, kind: str) -> _Wanted:
    """Return the lock that fcntl(2) was asked for; of its kind only if that cannot be seen."""
    raw = b"" if case.is_32_bit else case.memory(case.argument(2), _LOCK.size)
    if len(raw) < _LOCK.size:
        return _Wanted(kind)
    what, whence, start, length = _LOCK.unpack(raw)
    if whence != os.SEEK_SET:
        return _Wanted(kind)
    access = "READ" if what == fcntl.F_RDLCK else "WRITE"
    if length < 0:
        return _Wanted(kind, access, start + length, start - 1)
    return _Wanted(kind, access, start, start + length - 1 if length else None)


def _with_holders(case: BlockedProcess, one: Descriptor, wanted: _Wanted) -> Finding:
    blocking = _blocking(case.process, one.inode, wanted)
    found = holders_of(one.device, one.inode)

    def is_it(lock: FileLock) -> bool:
        if wanted.access:
            return wanted.is_hindered_by(lock)
        same = ("kind", "first", "last")
        return blocking is not None and all(getattr(lock, f) == getattr(blocking, f) for f in same)

    def hinders(holder: Holder) -> bool:
        # A lock of the kind that an open file description has hinders no one who shares that.
        shared = {n for n in holder.numbers if kcmp_file(case.pid, one.number, holder.pid, n)}
        return holds_lock(holder.pid, set(holder.numbers) - shared, is_it) or holds_lock(
            holder.pid, shared, lambda lock: is_it(lock) and "POSIX" in (wanted.kind, lock.kind)
        )

    others = [holder for holder in found.seen if holder.pid != case.process]
    holders = [holder for holder in others if hinders(holder)]
    details = [f"It asks by {_ASKED_BY[wanted.kind]}, on descriptor {one.number}."]
    details += [_held_by(holder, blocking) for holder in holders]
    if not holders and blocking is not None and blocking.pid > 0:
        details.append(f"Process {name_of(blocking.pid)} took it.")
    not_permitted = () if holders else found.not_permitted
    names = listed([f"process {name_of(holder.pid)}" for holder in holders])
    return Finding(
        situation="lock",
        brief=f"waits for a lock on {one.target}" + (f", held by {names}" if names else ""),
        details=(*details, *unseen_words(not_permitted)),
        waits_for=_pids(holders, blocking),
        holders=tuple(holders),
        not_permitted=not_permitted,
    )


def _blocking(process: int, inode: int, wanted: _Wanted) -> FileLock | None:
    """Return the lock that /proc/locks lists above the one that is asked for; None if not known."""
    locks = [one for one in all_locks() if one.inode == inode]
    # A lock of F_OFD_SETLKW belongs to no process.
    asking = -1 if wanted.kind == "OFDLCK" else process
    numbers = {
        one.number
        for one in locks
        if one.is_waiting and (one.pid, one.kind) == (asking, wanted.kind)
        if not wanted.access or wanted.first == one.first
    }
    found = [one for one in locks if one.number in numbers and not one.is_waiting]
    # Several wait alike: which of them this one is cannot be told.
    return found[0] if len(found) == 1 else None


def _held_by(holder: Holder, blocking: FileLock | None) -> str:
    numbers = numbered("descriptor", holder.numbers)
    sentence = f"Process {name_of(holder.pid)} holds it, by {numbers}"
    if blocking is not None and blocking.kind == "FLOCK" and blocking.pid not in (holder.pid, -1):
        sentence += f"; it inherited the lock, which process {blocking.pid} took"
    return sentence + "."


def _pids(holders: Sequence[Holder], blocking: FileLock | None) -> tuple[int, ...]:
    if holders:
        return tuple(holder.pid for holder in holders)
    return (blocking.pid,) if blocking is not None and blocking.pid > 0 else ()
