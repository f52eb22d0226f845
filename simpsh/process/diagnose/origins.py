"""Whose child a process is, as far as the kernel still shows it."""

from __future__ import annotations

from enum import Enum, auto

from simpsh.base.record import Record
from simpsh.process.proc import ProcessStat
from simpsh.process.process_tree import all_processes


class Birth(Enum):
    """How a process is related to its parent."""

    CHILD_OF_ASKER = auto()
    CHILD = auto()
    CHILD_OR_ORPHAN = auto()
    ORPHAN = auto()
    ORPHAN_OF_DEAD = auto()


class Origin(Record):
    """Whose child a process is."""

    birth: Birth
    parent: int
    dead: int = 0
    """The parent that has ended, if it was not collected."""
    dead_program: str = ""


def origin(pid: int, seen_from: int) -> Origin | None:
    """Return whose child a process is, for the process that waits for it; None if not known.

    The kernel forgets an orphan's parent, but two facts still show it. A child is born into its
    parent's session and leaves it only to lead its own, so a parent in another session is an
    adopter. A zombie of the same group that the asking process has not collected may have been the
    parent, if the present one is an ancestor of both.
    """
    processes = all_processes()
    process = processes.get(pid)
    if process is None or process.ppid == 0:
        return None
    parent = process.ppid
    if parent == seen_from:
        return Origin(Birth.CHILD_OF_ASKER, parent)
    dead = _dead_parents(process, seen_from)
    if dead:
        likeliest = max(dead, key=lambda other: (other.start_time, other.pid))
        return Origin(Birth.ORPHAN_OF_DEAD, parent, likeliest.pid, likeliest.comm)
    adopter = processes.get(parent)
    is_elsewhere = adopter is not None and process.sid not in (process.pid, adopter.sid)
    if is_elsewhere and parent in _ancestors(seen_from):
        return Origin(Birth.ORPHAN, parent)
    return Origin(Birth.CHILD_OR_ORPHAN if is_elsewhere or parent == 1 else Birth.CHILD, parent)


def _dead_parents(process: ProcessStat, asker: int) -> list[ProcessStat]:
    """Return the uncollected children of a process that may have been the parent of another one."""
    # Only an ancestor of a dead process adopts its children.
    if process.ppid not in _ancestors(asker):
        return []
    return [
        other
        for other in all_processes().values()
        if other.state == "Z" and other.ppid == asker and other.start_time <= process.start_time
        if (other.sid, other.pgid) == (process.sid, process.pgid)
    ]


def _ancestors(pid: int) -> set[int]:
    """Return the ancestors of a process."""
    processes, found = all_processes(), set[int]()
    while pid in processes and processes[pid].ppid not in found:
        pid = processes[pid].ppid
        found.add(pid)
    return found


def is_left_over(pid: int, reader: int) -> bool:
    """Return whether a process is an orphan that neither started `reader` nor was started with it.

    Such a process has inherited a descriptor that its parent was to use. If the facts leave doubt
    whether it is an orphan, return False.
    """
    processes = all_processes()
    process, reading = processes.get(pid), processes.get(reader)
    if process is None or reading is None or process.ppid == reader:
        return False
    if pid in _ancestors(reader):
        return False
    # In the group that the reader leads, other children of that ancestor are at most as old.
    if process.pgid == reader and _dead_parents(process, reader):
        return True
    adopter = processes.get(process.ppid)
    # A parent that is no ancestor of the reader may have begun its session after the birth.
    if adopter is None or process.ppid not in _ancestors(reader):
        return False
    is_sibling = process.ppid == reading.ppid
    if process.sid == process.pid:
        # It began a session. What process 1 starts is not younger than a reader of its output.
        return process.ppid == 1 and process.start_time > reading.start_time and not is_sibling
    # A child is born into its parent's session. If the reader is an orphan, too, both may have been
    # started together.
    is_reader_orphan = is_sibling and reading.sid not in (reading.pid, adopter.sid)
    return process.sid != adopter.sid and not is_reader_orphan
