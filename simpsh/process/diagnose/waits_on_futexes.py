"""A lock in memory: the kernel knows its address; whose it is, the C library has written there.

Of a mutex of glibc's the word that is waited on is its first, and its owner's thread id stands
eight bytes behind it; so a circle of mutexes can be seen. A semaphore has no owner, but a count of
those that wait. What lies at the address is believed only if all of it fits. See futex(2),
pthread_mutex_lock(3), sem_wait(3); the layouts are those of 64-bit glibc since 2.21.
"""

from __future__ import annotations

import struct

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.process import proc
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding
from simpsh.process.diagnose.ways_out import of_handlers
from simpsh.process.proc import numbers
from simpsh.process.process_tree import name_of

_WAITS, _LOCKS = (0, 9), (6, 13)
"""FUTEX_WAIT and FUTEX_WAIT_BITSET; FUTEX_LOCK_PI and FUTEX_LOCK_PI2."""
_PRIVATE, _COMMAND = 128, 0x7F
_TID, _WAITERS = 0x3FFFFFFF, 0x80000000

# The kind of a mutex: its type, and what else it is.
_RECURSIVE, _TYPES, _ROBUST, _PSHARED = 1, 3, 0x10, 0x80
_ALL_KINDS = 0x3F3


def find(case: BlockedProcess) -> Finding | None:
    """Find out who holds the lock in memory that a process waits for; None if it waits for none."""
    if not case.call.startswith("futex"):
        return None
    operation = (case.integer(1) or 0) & _COMMAND
    expected = (case.argument(2) or 0) & 0xFFFFFFFF
    if operation in _LOCKS:
        owner = int.from_bytes(case.memory(case.argument(0), 4), "little") & _TID
        return _held(case, "a mutex", owner) if owner else _unknown(case)
    if operation in _WAITS and case.call == "futex":
        if expected in numbers(case.pid, "task") and expected != case.pid:
            brief = f"waits until its thread {expected} ends{_limit_words(case)}"
            return Finding("thread", brief, (), (expected,), has_limit=_is_limited(case))
        found = _mutex(case, expected) or _semaphore(case, expected)
        if found is not None:
            return found
    return _unknown(case)


def _unknown(case: BlockedProcess) -> Finding:
    address = case.argument(0)
    handlers = of_handlers(case.seen)
    if len(numbers(case.pid, "task")) > 1:
        rule = (
            "Another thread of it has to give the lock back or to wake it; the kernel keeps no "
            "record of which."
        )
    elif handlers or not case.arguments or _is_limited(case):
        rule = "It has no other thread. A process that shares this memory can wake it"
        rule += f", or {handlers[0]}." if handlers else "."
    else:
        rule = (
            "It has no other thread. Only a process that shares this memory can wake it: none can "
            "if the lock belongs to a thread that fork did not copy."
        )
    where = f" at {address:#x}" if address else ""
    brief = f"waits for a lock or condition in memory (futex(2){where})"
    return Finding("futex", brief + _limit_words(case), (rule,), has_limit=_is_limited(case))


def _is_limited(case: BlockedProcess) -> bool:
    # futex_waitv(2) and futex_wait(2) have the time limit elsewhere.
    return bool(case.argument({"futex_waitv": 3, "futex_wait": 4}.get(case.call, 3)))


def _limit_words(case: BlockedProcess) -> str:
    return ", for a limited time" if _is_limited(case) else ""


class _MutexWords(Record):
    """The beginning of pthread_mutex_t."""

    lock: int
    count: int
    owner: int
    users: int
    kind: int


def _mutex(case: BlockedProcess, expected: int) -> Finding | None:
    address = case.argument(0)
    raw = case.memory(address, 20)
    if len(raw) < 20 or not address:
        return None
    words = _MutexWords(*struct.unpack("=IIIII", raw))
    is_robust = bool(words.kind & _ROBUST)
    # A waiter of a plain mutex leaves 2 there; in a robust one it is the owner with a mark.
    is_lock = (words.lock & _WAITERS) if is_robust else words.lock == expected == 2
    owner = words.lock & _TID if is_robust else words.owner
    counts = words.kind & _TYPES == _RECURSIVE or is_robust
    is_shared = not (case.integer(1) or 0) & _PRIVATE
    fits = (
        is_lock
        and (words.count > 0) == counts
        and words.users > 0
        and words.kind & ~_ALL_KINDS == 0
        and words.kind & _ROBUST == (_ROBUST if is_robust else 0)
        and (is_shared or not words.kind & _PSHARED)
        and (is_robust or is_shared == bool(words.kind & _PSHARED))
        and owner == words.owner
        and _may_own(case, owner, address, is_shared=is_shared)
    )
    return _held(case, "a mutex", owner) if fits else None


def _may_own(case: BlockedProcess, owner: int, address: int, *, is_shared: bool) -> bool:
    """Return whether a thread of this number lives and has this memory."""
    if owner in numbers(case.pid, "task"):
        return True
    mine = _backing(case.pid, address) if is_shared else ""
    return bool(mine) and mine in _backings(owner)


def _backing(pid: int, address: int) -> str:
    """Return the device and inode of what is mapped, shared, at an address; empty for nothing."""
    for line in proc.contents(pid, "maps").decode("utf-8", "replace").splitlines():
        span, permissions, _, device, inode, *_ = line.split(maxsplit=5)
        first, end = (int(word, 16) for word in span.split("-"))
        if first <= address < end and permissions.endswith("s"):
            return f"{device} {inode}"
    return ""


def _backings(pid: int) -> set[str]:
    lines = proc.contents(pid, "maps").decode("utf-8", "replace").splitlines()
    return {" ".join(line.split(maxsplit=5)[3:5]) for line in lines}


def _held(case: BlockedProcess, lock: str, owner: int) -> Finding:
    process = proc.process_of(owner)
    own = case.process
    if owner == case.pid:
        who = "it holds itself"
    elif process == own:
        who = "its own first thread holds" if owner == own else f"its own thread {owner} holds"
    else:
        thread = "" if owner == process else f"thread {owner} of "
        who = f"{thread}process {name_of(process)} holds"
    brief = f"waits for {lock} that {who} (futex(2) at {case.argument(0) or 0:#x})"
    waits_for = () if _is_limited(case) else (owner,)
    return Finding("futex", brief + _limit_words(case), (), waits_for, has_limit=not waits_for)


def _semaphore(case: BlockedProcess, expected: int) -> Finding | None:
    raw = case.memory(case.argument(0), 16)
    if len(raw) < 16 or expected != 0:
        return None
    value, waiting, shared, padding = struct.unpack("=IIII", raw)
    # What is private for the semaphore is private for the futex.
    is_private = bool((case.integer(1) or 0) & _PRIVATE)
    if value or not 0 < waiting < 1 << 16 or padding or shared != (0 if is_private else _PRIVATE):
        return None
    who = f"{counted(waiting, 'thread')} {'wait' if waiting > 1 else 'waits'} at it."
    rule = (
        "It continues when a thread adds to it (sem_post(3)). A semaphore has no owner, so which "
        "one will is not known."
    )
    if is_private and len(numbers(case.pid, "task")) == 1:
        rule = (
            "It has no other thread that could add to it (sem_post(3)): perhaps the one that "
            "would was not copied by a fork."
        )
        rule = " ".join((rule, *(f"But {one} may." for one in of_handlers(case.seen))))
    where = f"(futex(2) at {case.argument(0) or 0:#x})"
    brief = f"waits at a semaphore that stands at 0 {where}{_limit_words(case)}"
    return Finding("futex", brief, (who, rule), has_limit=_is_limited(case))
