"""A family of processes is followed by looking at it again, no more often than it can have changed.

The kernel tells no ordinary process of another one's birth, its state or its pipes. So /proc is
looked at again: soon after a change, more and more seldom while nothing moves, and never as often
that looking takes much of a processor. A process that has not run since the last look has changed
nothing: neither its children nor its descriptors nor the call that it sleeps in.

What was born and collected between two looks was not seen. That it was there shows in its parent,
which has its page faults added to its own account.
"""

from __future__ import annotations

import math
import select
import time
from collections.abc import Iterator, Sequence

from simpsh.base.record import Record
from simpsh.process.pidfd import PidFd
from simpsh.process.proc import ProcessStat, numbers, times_scheduled
from simpsh.process.process_tree import Relative, family

SHORTEST_SECONDS = 1 / 30
"""The time between two looks while something changes."""
_LONGEST_SECONDS = 0.5
"""The time between two looks at a family in which nothing has moved for some seconds."""
_SHARE = 2
"""How many times as long as a look, and what was done with it, takes, the pause after it is."""


class Look(Record):
    """A family at one moment, and what changed since the look before; see proc_pid_stat(5)."""

    tree: tuple[Relative, ...]
    """The process that was asked about and its descendants, each before its children."""
    moved: frozenset[int]
    """The pids of those that are new, have run since the look before, or are running."""
    missed: frozenset[int]
    """The pids of those that have collected a child since, and no look has seen that child."""


def looks(pid: int, also: Sequence[int] = ()) -> Iterator[Look]:
    """Yield a look at a family at once, and one after each change, until its first process ends.

    Args:
        pid: the first process.
        also: descriptors that end the pause when they are readable. A look follows in any case; who
            asks for the next one has read from them.

    Raises ProcessLookupError: ESRCH; there is no such process. PermissionError: EPERM; /proc hides
    it from us. NotSupported: the kernel is older than 5.3. See proc_pid_stat(5), pidfd_open(2).
    """
    with PidFd.open(pid) as first:
        awaited = select.poll()
        for descriptor in (first.fileno(), *also):
            awaited.register(descriptor, select.POLLIN)
        before: dict[int, tuple[ProcessStat, str]] = {}
        pause, is_asked = SHORTEST_SECONDS, True
        while True:
            began = time.monotonic()
            try:
                tree = family(pid)
            except ProcessLookupError:
                return
            now = {kin.process.pid: (kin.process, _runs(kin.process)) for kin in tree}
            moved = frozenset(
                number
                for number, (process, runs) in now.items()
                if process.state == "R" or before.get(number) != (process, runs)
            )
            if moved or is_asked or len(now) != len(before):
                yield Look(tree, moved, _missed(before, now))
                pause = SHORTEST_SECONDS
            else:
                pause = min(_LONGEST_SECONDS, pause * 2)
            before = now
            cost = time.monotonic() - began
            seconds = max(pause, _SHARE * cost)
            ready = [number for number, _ in awaited.poll(math.ceil(seconds * 1000))]
            is_asked = bool(ready)
            rest = began + SHORTEST_SECONDS - time.monotonic()
            if first.fileno() in ready or first.poll(max(0, rest)):
                return


def _runs(process: ProcessStat) -> str:
    """Return what grows whenever a thread of a process has run and sleeps again."""
    if process.threads == 1:
        return times_scheduled(process.pid)
    return " ".join(map(times_scheduled, numbers(process.pid, "task")))


def _missed(
    before: dict[int, tuple[ProcessStat, str]], now: dict[int, tuple[ProcessStat, str]]
) -> frozenset[int]:
    # Where a known child is gone, the page faults may all be that child's.
    parents = {process.ppid for pid, (process, _) in before.items() if pid not in now}
    return frozenset(
        pid
        for pid, (process, _) in now.items()
        if pid in before
        and pid not in parents
        and process.children_page_faults > before[pid][0].children_page_faults
    )
