"""Every process but the first has a parent: together they are a tree.

There is no list of children to ask for; the tree is drawn from every process's own word on who
its parent is. A process that is born or ends meanwhile may be missed or still be shown.
"""

from __future__ import annotations

from simpsh.process.proc_files import pids
from simpsh.process.process_stat import ProcessStat, stat
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Relative(Record):
    """A process and its place in the tree; see pstree(1)."""

    depth: int
    """0 for the process that was asked about, 1 for its children, 2 for theirs …"""
    process: ProcessStat


def everybody() -> Mapping[int, ProcessStat]:
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

    See proc_pid_stat(5).
    """
    return tuple(_eldest_first(one for one in everybody().values() if one.ppid == pid))


def family(pid: int) -> tuple[Relative, ...]:
    """Return a process and all its living or uncollected descendants, each before its children.

    Args:
        pid: the process at the top.

    Returns:
        The tree from top to bottom; each process's depth is beside it, siblings eldest first.

    Raises:
        ProcessLookupError: ESRCH; there is no such process.
        PermissionError: EPERM; /proc hides it from us (hidepid).

    See proc_pid_stat(5), pstree(1).
    """
    top = stat(pid)
    offspring: dict[int, list[ProcessStat]] = {}
    for one in everybody().values():
        offspring.setdefault(one.ppid, []).append(one)
    tree: list[Relative] = []
    to_visit = [Relative(0, top)]
    while to_visit:
        relative = to_visit.pop()
        tree.append(relative)
        # Taken out, so that a number reused during the look cannot lead round in a circle.
        below = _eldest_first(offspring.pop(relative.process.pid, ()))
        to_visit.extend(Relative(relative.depth + 1, child) for child in reversed(below))
    return tuple(tree)


def _eldest_first(processes: Iterable[ProcessStat]) -> list[ProcessStat]:
    return sorted(processes, key=lambda one: (one.start_time, one.pid))
