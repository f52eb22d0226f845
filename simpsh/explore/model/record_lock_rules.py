"""Rules for record locks: fcntl with F_SETLK, F_SETLKW and F_GETLK.

A file's locks are kept in the order in which their owners came, as the kernel's list is: a request
meets the first that is in its way. A wait that would close a circle of processes, each waiting for
the next, fails with EDEADLK; whoever of the circle begins its wait last is the one.
"""

from __future__ import annotations

import errno

from simpsh.explore.model.kernel_state import (
    HistoryEdge,
    KeptKey,
    Kernel,
    Prediction,
    Rule,
)
from simpsh.explore.operations.record_locks import RecordLock, RecordLook

Range = tuple[int, int, str]
"""The first byte, the one behind the last, `read` or `write`."""
Owned = tuple[tuple[str, tuple[Range, ...]], ...]
"""By owner, in the order in which the owners came."""
FREE = "free"
"""The answer to F_GETLK where no lock is in the way."""
SEVERAL = "waits in a circle for a record lock that several processes hold"
INTERRUPTS = "waits in a circle for record locks while signals are sent"


class _LocksOf(KeptKey):
    """The record locks of one file."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return the locks of those who have not closed the file."""
        left = tuple(pair for pair in _owned(value) if self[1] in _kept_by(kernel, pair[0]))
        return left or None


def _owned(value: object) -> Owned:
    return value if isinstance(value, tuple) else ()


def _kept_by(kernel: Kernel, name: str) -> set[str]:
    """Return the files on which a process still has its record locks."""
    if name not in kernel.procs:
        return set()
    return {thing for thing, end in kernel.procs[name][0].view.ends if end == "k"}


class RecordLockRule(Rule):
    """Take or give up a lock; see fcntl(2), “Advisory record locking”."""

    def __init__(self, operation: RecordLock) -> None:
        self.wanted = operation

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether the lock can be had, is not waited for, or may never be waited for."""
        if not self.wanted.is_patient or not _blockers(kernel, name, self.wanted):
            return True
        return _closes_circle(kernel, name, self.wanted)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 0, -EAGAIN or -EDEADLK."""
        if not _blockers(kernel, name, self.wanted):
            return 0
        return -errno.EDEADLK if self.wanted.is_patient else -errno.EAGAIN

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the process have what it asked for, instead of what it had there."""
        if edge.result == 0:
            key = _LocksOf(("record locks", self.wanted.object))
            owned = dict(_owned(kernel.kept.get(key)))
            ranges = _changed(owned.get(name, ()), self.wanted)
            if ranges:
                owned[name] = ranges
            else:
                owned.pop(name, None)
            kernel.kept[key] = tuple(owned.items())
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether another process has the lock."""
        return result == -errno.EAGAIN


class RecordLookRule(Rule):
    """Ask for the first lock that is in the way."""

    def __init__(self, operation: RecordLook) -> None:
        self.wanted = operation

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the lock's kind, place and owner, or that there is none."""
        found = _blockers(kernel, name, self.wanted)
        return found[0] if found else FREE

    def finds_nothing(self, result: object) -> bool:
        """Return whether there still is a lock."""
        return result != FREE


def record_rule(operation: object) -> Rule | None:
    """Return the rule of an operation on record locks; None for any other."""
    match operation:
        case RecordLock():
            return RecordLockRule(operation)
        case RecordLook():
            return RecordLookRule(operation)
        case _:
            return None


def _changed(ranges: tuple[Range, ...], wanted: RecordLock) -> tuple[Range, ...]:
    """Return a process's locks after a request: its place is cut out, and neighbours are joined."""
    start, end = wanted.start, wanted.end
    pieces = []
    for first, behind, kind in ranges:
        pieces += [(first, min(behind, start), kind), (max(first, end), behind, kind)]
    if wanted.kind != "unlock":
        pieces.append((start, end, wanted.kind))
    joined: list[Range] = []
    for first, behind, kind in sorted(piece for piece in pieces if piece[0] < piece[1]):
        if joined and joined[-1][1:] == (first, kind):
            joined[-1] = joined[-1][0], behind, kind
        else:
            joined.append((first, behind, kind))
    return tuple(joined)


Blocker = tuple[str, int, int, str]
"""A lock that is in the way: kind, place, owner."""


def _blockers(kernel: Kernel, name: str, wanted: RecordLock | RecordLook) -> list[Blocker]:
    owned = _owned(kernel.kept.get(_LocksOf(("record locks", wanted.object))))
    return [
        (kind, first, behind, owner)
        for owner, ranges in owned
        if owner != name and wanted.kind != "unlock"
        for first, behind, kind in ranges
        if first < wanted.end and wanted.start < behind and "write" in (kind, wanted.kind)
    ]


def _closes_circle(kernel: Kernel, name: str, wanted: RecordLock) -> bool:
    """Return whether all whom a process would wait for wait already, the last one for itself."""
    asked, who = wanted, name
    is_sure = True
    for _ in kernel.procs:
        blockers = _blockers(kernel, who, asked)
        if not blockers:
            return False
        is_sure = is_sure and len({owner for *_, owner in blockers}) == 1
        who = blockers[0][3]
        if who == name:
            if not is_sure:
                kernel.learned.doubts.add(SEVERAL)
            if not kernel.learned.reachable.isdisjoint(kernel.procs):
                kernel.learned.doubts.add(INTERRUPTS)
            return True
        rule = kernel.procs[who][0].rule
        if not isinstance(rule, RecordLockRule) or not rule.wanted.is_patient:
            if not is_sure:
                _doubt_if_waiting(kernel, blockers)
            return False
        asked = rule.wanted
    return False


def _doubt_if_waiting(kernel: Kernel, blockers: list[Blocker]) -> None:
    """Note that by another of several holders there might have been a circle."""
    for *_, owner in blockers:
        rule = kernel.procs[owner][0].rule
        if isinstance(rule, RecordLockRule) and rule.wanted.is_patient:
            kernel.learned.doubts.add(SEVERAL)
