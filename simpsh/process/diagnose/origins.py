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
    adopter. A zombie of the same group that the asking process has not collected was the parent.
    """
    processes = all_processes()
    process = processes.get(pid)
    if process is None or process.ppid == 0:
        return None
    parent = process.ppid
    if parent == seen_from:
        return Origin(Birth.CHILD_OF_ASKER, parent)
    dead = [
        other
        for other in processes.values()
        if other.state == "Z" and other.ppid == seen_from and other.start_time <= process.start_time
        if (other.sid, other.pgid) == (process.sid, process.pgid)
    ]
    if dead:
        # The youngest one is the likeliest, and above all one that ran the same program.
        dead.sort(key=lambda other: (other.comm == process.comm, other.start_time, other.pid))
        return Origin(Birth.ORPHAN_OF_DEAD, parent, dead[-1].pid, dead[-1].comm)
    adopter = processes.get(parent)
    if adopter is not None and process.sid not in (process.pid, adopter.sid):
        return Origin(Birth.ORPHAN, parent)
    return Origin(Birth.CHILD_OR_ORPHAN if parent == 1 else Birth.CHILD, parent)


def is_left_over(pid: int, reader: int) -> bool:
    """Return whether a process is an orphan that neither started `reader` nor was started with it.

    Such a process has inherited a descriptor that its parent was to use. If the facts leave doubt
    whether it is an orphan, return False.
    """
    processes = all_processes()
    process, reading = processes.get(pid), processes.get(reader)
    if process is None or reading is None or process.ppid == reader:
        return False
    ancestor: ProcessStat | None = reading
    while ancestor is not None:
        if ancestor.pid == pid:
            return False
        ancestor = processes.get(ancestor.ppid)
    if any(
        other.state == "Z" and other.ppid == reader and other.start_time <= process.start_time
        for other in processes.values()
        if (other.sid, other.pgid) == (process.sid, process.pgid)
    ):
        return True
    adopter = processes.get(process.ppid)
    if adopter is None:
        return False
    is_sibling = process.ppid == reading.ppid
    if process.sid == process.pid:
        # It began a session. What process 1 starts is not younger than a reader of its output.
        return process.ppid == 1 and process.start_time > reading.start_time and not is_sibling
    # A child is born into its parent's session. If the reader is an orphan, too, both may have been
    # started together.
    is_reader_orphan = is_sibling and reading.sid not in (reading.pid, adopter.sid)
    return process.sid != adopter.sid and not is_reader_orphan
