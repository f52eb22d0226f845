"""Every process but the first has a parent: together they are a tree.

The kernel lists the children of each thread; where it was built without these lists, the tree is
drawn from every process's own word on who its parent is. A process that is born or ends meanwhile
may be missed or still be shown. People know a process by its command, and where it belongs by
whose child it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache

from simpsh.base.phrases import shortened
from simpsh.base.record import Record
from simpsh.process.proc import ProcessStat, contents, pids, process_of, stat
from simpsh.process.process_snapshot import command


class Relative(Record):
    """A process and its place in the tree; see pstree(1)."""

    depth: int
    """0 for the process that was asked about, 1 for its children, 2 for theirs …"""
    process: ProcessStat


def all_processes() -> Mapping[int, ProcessStat]:
    """Return what stat says of each process that can be seen, by pid. See proc_pid_stat(5)."""
    seen: dict[int, ProcessStat] = {}
    for pid in pids():
        try:
            seen[pid] = stat(pid)
        except (ProcessLookupError, PermissionError):
            continue  # it has ended since the list was made, or is hidden
    return seen


def children(pid: int) -> tuple[ProcessStat, ...]:
    """Return the children of a process, the dead but uncollected included, eldest first.

    See proc_pid_stat(5), proc_pid_task(5).
    """
    if not _lists_children():
        return tuple(_eldest_first(one for one in all_processes().values() if one.ppid == pid))
    found: list[ProcessStat] = []
    for child in _child_pids(pid):
        with suppress(ProcessLookupError, PermissionError):  # collected since, or hidden
            found.append(stat(child))
    return tuple(_eldest_first(found))


def children_of_thread(tid: int) -> tuple[ProcessStat, ...]:
    """Return the children of one thread, which bore or adopted them, eldest first.

    Of all threads of its process where the kernel does not tell. See proc_pid_task(5).
    """
    if not _lists_children():
        return children(process_of(tid))
    found: list[ProcessStat] = []
    for child in contents(tid, f"task/{tid}/children").split():
        with suppress(ProcessLookupError, PermissionError):
            found.append(stat(int(child)))
    return tuple(_eldest_first(found))


@cache
def _lists_children() -> bool:
    # Not in a kernel without CONFIG_PROC_CHILDREN.
    return os.path.exists("/proc/thread-self/children")


def _child_pids(pid: int) -> list[int]:
    """Return the pids of the children of all threads of a process; none if it is gone or hidden."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [int(n) for one in threads for n in contents(pid, f"task/{one}/children").split()]


def own_children() -> set[int]:
    """Return the pids of this thread's children, the uncollected included; fast.

    See proc_pid_task(5), children.
    """
    path = "/proc/thread-self/children"
    try:
        with open(path, encoding="ascii") as file:
            return {int(word) for word in file.read().split()}
    except FileNotFoundError:
        # A kernel without CONFIG_PROC_CHILDREN.
        return {one.pid for one in children(os.getpid())}


def descendants(pid: int, most: int) -> list[int]:
    """Return the pids below a process, and stop looking when there are more than `most`; fast.

    See proc_pid_task(5), children.
    """
    found: list[int] = []
    todo = [pid]
    while todo and len(found) <= most:
        one = todo.pop()
        below = _child_pids(one)
        found += below
        todo += below
    return found


def family(pid: int) -> tuple[Relative, ...]:
    """Return a process and all its living or uncollected descendants, each before its children.

    Args:
        pid: the process at the top.

    Returns:
        The tree from top to bottom; each process's depth is beside it, siblings eldest first.

    Raises:
        ProcessLookupError: ESRCH; there is no such process.
        PermissionError: EPERM; /proc hides it from us (hidepid).

    See proc_pid_stat(5), proc_pid_task(5), pstree(1).
    """
    tree: list[Relative] = []
    to_visit = [Relative(0, stat(pid))]
    seen = {pid}
    while to_visit:
        relative = to_visit.pop()
        tree.append(relative)
        # A child may have been collected since it was listed, and its number be a stranger's now;
        # and one that was given to another parent meanwhile may be listed twice.
        below = [
            one
            for one in children(relative.process.pid)
            if one.ppid in seen and one.pid not in seen
        ]
        seen.update(one.pid for one in below)
        to_visit.extend(Relative(relative.depth + 1, child) for child in reversed(below))
    return tuple(tree)


def _eldest_first(processes: Iterable[ProcessStat]) -> list[ProcessStat]:
    return sorted(processes, key=lambda one: (one.start_time, one.pid))


def name_of(pid: int) -> str:
    """Return `PID (command)`."""
    return named(pid, command(pid))


def named(pid: int, command: str) -> str:
    """Return `PID (command)`, short enough for a sentence."""
    return f"{pid} ({shortened(command, 60)})"


def origin(pid: int, seen_from: int) -> str:
    """Say whose child a process is, and whether it is an orphan; empty if nothing is known.

    The kernel forgets who bore an orphan. Two things still tell: a child is born into its
    parent's session and leaves it only to lead its own, so that a parent in another session
    is an adopter; and a zombie that the one who asks has not collected yet, of the same group.

    Args:
        pid: the process.
        seen_from: the process that waits for it.
    """
    all_of_them = all_processes()
    one = all_of_them.get(pid)
    if one is None or one.ppid == 0:
        return ""
    if one.ppid == seen_from:
        return "its child"
    bearer = _likely_bearer(one, seen_from, all_of_them)
    adopter = f"adopted by process {name_of(one.ppid)}"
    if bearer is not None:
        dead = f"process {bearer.pid} [{bearer.comm}], which is dead and not collected"
        return f"probably an orphan of {dead}, {adopter}"
    if _is_orphan(one, all_of_them):
        return f"an orphan, {adopter}"
    if one.ppid == 1:
        return f"a child of process {name_of(1)}, by birth or as an orphan"
    return f"a child of process {name_of(one.ppid)}"


def _is_orphan(one: ProcessStat, all_of_them: Mapping[int, ProcessStat]) -> bool:
    parent = all_of_them.get(one.ppid)
    return parent is not None and one.sid not in (one.pid, parent.sid)


def _likely_bearer(
    one: ProcessStat, seen_from: int, all_of_them: Mapping[int, ProcessStat]
) -> ProcessStat | None:
    dead = [
        other
        for other in all_of_them.values()
        if other.state == "Z" and other.ppid == seen_from and other.start_time <= one.start_time
        if (other.sid, other.pgid) == (one.sid, one.pgid)
    ]
    # The youngest of them is the likeliest; one that ran the same program before all.
    dead.sort(key=lambda other: (other.comm == one.comm, other.start_time, other.pid))
    return dead[-1] if dead else None
