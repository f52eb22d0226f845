"""Every process except the first has a parent: together they are a tree.

The kernel lists the children of each thread; if it was built without these lists, use the parent of
every process. A process that is born or ends meanwhile may be missing or still listed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache

from simpsh.base.own_program import THIS_SHELL
from simpsh.base.phrases import shorten
from simpsh.base.process_names import FIRST, child_name
from simpsh.base.record import Record
from simpsh.process.proc import ProcessStat, contents, pids, stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

_LONGEST_COMMAND = 60


class Relative(Record):
    """A process and its place in the tree; see pstree(1)."""

    depth: int
    """0 for the process asked about, 1 for its children, 2 for its grandchildren …"""
    process: ProcessStat


_kept: ContextVar[dict[tuple[object, ...], object] | None] = ContextVar("kept", default=None)
"""In a block of one_look(), the results of calls."""


@contextmanager
def one_look() -> Iterator[None]:
    """In this block, what all processes have in common is read once.

    A graph of waits asks for it several times for each descriptor of each process. No errors.
    """
    before = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(before)


def seen_lately(read: Callable[[], _T], *key: object) -> _T:
    """Return what `read` returns; in a block of one_look(), what it has returned before.

    `key` identifies it, if `read` is not always the same function.
    """
    kept = _kept.get()
    if kept is None:
        return read()
    key = key or (read,)
    if key not in kept:
        kept[key] = read()
    return kept[key]  # type: ignore[return-value] # of the same function


def all_processes() -> Mapping[int, ProcessStat]:
    """Return the stat of each visible process, by pid. See proc_pid_stat(5)."""
    return seen_lately(_all_processes)


def _all_processes() -> Mapping[int, ProcessStat]:
    return {process.pid: process for process in _those_there(pids())}


def children(pid: int) -> tuple[ProcessStat, ...]:
    """Return the children of a process, zombies included, eldest first."""
    if not _lists_children():
        processes = all_processes().values()
        return _eldest_first(process for process in processes if process.ppid == pid)
    return _eldest_first(_those_there(_child_pids(pid)))


def _those_there(pids: Iterable[int]) -> Iterator[ProcessStat]:
    for pid in pids:
        # The child has been collected since the listing, or is hidden.
        with suppress(ProcessLookupError, PermissionError):
            yield stat(pid)


@cache
def _lists_children() -> bool:
    # The file does not exist in a kernel without CONFIG_PROC_CHILDREN.
    return os.path.exists("/proc/thread-self/children")


def _child_pids(pid: int) -> list[int]:
    """Return the pids of the children of all threads of a process; none if it is gone or hidden."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    lists = (contents(pid, f"task/{thread}/children") for thread in threads)
    return [int(child) for children in lists for child in children.split()]


def own_children() -> set[int]:
    """Return the pids of this thread's children, zombies included; fast."""
    if _lists_children():
        return set(map(int, contents("thread-self", "children").split()))
    return {child.pid for child in children(os.getpid())}


def descendants(pid: int, most: int) -> list[int]:
    """Return the pids of a process's descendants; stop at more than `most`; fast."""
    below: list[int] = []
    to_visit = [pid]
    while to_visit and len(below) <= most:
        children = _child_pids(to_visit.pop())
        below += children
        to_visit += children
    return below


def family(pid: int) -> tuple[Relative, ...]:
    """Return a process and all its living or uncollected descendants, each before its children.

    Siblings are in order of age. Raises ProcessLookupError: ESRCH; there is no such process.
    PermissionError: EPERM; /proc hides it from us (hidepid). See proc_pid_stat(5),
    proc_pid_task(5), pstree(1).
    """
    tree: list[Relative] = []
    to_visit = [Relative(0, stat(pid))]
    pids = {pid}
    while to_visit:
        relative = to_visit.pop()
        tree.append(relative)
        # A child may have been collected since the listing, and its pid reused; and a child that
        # was adopted by another parent meanwhile may be listed twice.
        below = [
            child
            for child in children(relative.process.pid)
            if child.ppid in pids and child.pid not in pids
        ]
        pids.update(child.pid for child in below)
        to_visit.extend(Relative(relative.depth + 1, child) for child in reversed(below))
    return tuple(tree)


def _eldest_first(processes: Iterable[ProcessStat]) -> tuple[ProcessStat, ...]:
    return tuple(sorted(processes, key=lambda process: (process.start_time, process.pid)))


def birth_paths(pid: int) -> dict[int, str]:
    """Return the names of a process and its descendants, P0, P1, P1.1 …, by pid.

    Empty for a process without children.
    """
    try:
        names = names_in(family(pid))
    except (ProcessLookupError, PermissionError):
        return {}
    return names if len(names) > 1 else {}


def names_in(tree: Iterable[Relative]) -> dict[int, str]:
    """Return the names of a family's processes by pid: P0, P1, P1.1 …, in order of birth."""
    names: dict[int, str] = {}
    births: dict[int, int] = {}
    for relative in tree:
        process = relative.process
        births[process.ppid] = births.get(process.ppid, 0) + 1
        parent = names.get(process.ppid)
        names[process.pid] = FIRST if parent is None else child_name(parent, births[process.ppid])
    return names


def named(pid: int, command: str, names: Mapping[int, str] | None = None) -> str:
    """Return `PID (command)`, shortened for a sentence; with a name, `PID (P1: command)`."""
    name = f"{names[pid]}: " if names and pid in names else ""
    if command == THIS_SHELL and pid == os.getpid():
        command = "simpsh, this shell"
    return f"{pid} ({name}{shorten(command, _LONGEST_COMMAND)})"
