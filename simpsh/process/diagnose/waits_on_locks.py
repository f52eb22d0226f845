"""A lock makes all others that ask for it wait; who holds it is in /proc."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.phrases import listed
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding, numbered, unseen_words
from simpsh.process.file_holders import FileLock, Holder, all_locks, holders_of, holds_lock
from simpsh.process.open_files import Descriptor
from simpsh.process.process_tree import name_of

# <fcntl.h>: the commands of fcntl(2) that wait.
_F_SETLKW, _F_OFD_SETLKW = 7, 38
_KINDS = {
    "FLOCK": "flock(2)",
    "POSIX": "fcntl(2), a record lock",
    "OFDLCK": "fcntl(2), F_OFD_SETLKW",
}


def find(case: BlockedProcess) -> Finding | None:
    """Find out who holds the lock that a process waits for; None if it waits for none."""
    if case.call == "flock":
        kinds: tuple[str, ...] = ("FLOCK",)
    elif case.call == "fcntl" and case.integer(1) in (_F_SETLKW, _F_OFD_SETLKW):
        kinds = ("POSIX", "OFDLCK")
    else:
        return None
    one = case.descriptor(case.integer(0))
    if one is None:
        return Finding("lock", "waits for a lock on a file that cannot be seen")
    return _with_holders(case, one, kinds)


def _with_holders(case: BlockedProcess, one: Descriptor, kinds: tuple[str, ...]) -> Finding:
    blocking = _blocking(case.pid, one.inode)
    if blocking is not None:
        kinds = (blocking.kind,)
    found = holders_of(one.device, one.inode)

    def is_it(lock: FileLock) -> bool:
        is_same = blocking is None or (lock.first, lock.last) == (blocking.first, blocking.last)
        return is_same and lock.kind in kinds

    others = [holder for holder in found.seen if holder.pid != case.pid]
    holders = [one for one in others if holds_lock(one.pid, one.numbers, is_it)]
    details = [f"It asks by {_KINDS[kinds[0]]}, on descriptor {one.number}."]
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


def _blocking(pid: int, inode: int) -> FileLock | None:
    """Return the lock that /proc/locks lists above the one that `pid` waits for."""
    locks = all_locks()
    waiting = next((one for one in locks if one.is_waiting and one.pid == pid), None)
    if waiting is None or waiting.inode != inode:
        return None
    return next((one for one in locks if one.number == waiting.number and not one.is_waiting), None)


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
