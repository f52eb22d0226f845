"""A family of processes is followed by looking at it again, no more often than it can have changed.

The kernel notifies no ordinary process of another's birth, state or pipes. So /proc is looked at
again: soon after a change, more and more seldom while nothing moves. A process that was born and
collected between two looks was not seen, but the kernel adds its page faults to those of its
parent's children.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from simpsh.base.record import Record
from simpsh.kernel.descriptors import readable
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

    A descriptor among `also` that is readable ends the pause. The caller must read from it before
    the next look. Raises as family(), and NotSupported.
    """
    with PidFd.open(pid) as first:
        before: dict[int, tuple[ProcessStat, list[str]]] = {}
        pause, is_asked = SHORTEST_SECONDS, True
        while True:
            began = time.monotonic()
            try:
                members = family(pid)
            except ProcessLookupError:
                return
            tree = [kin.process for kin in members]
            # The counts grow whenever a thread has run and sleeps again.
            now = {
                process.pid: (process, [*map(times_scheduled, numbers(process.pid, "task"))])
                for process in tree
            }
            moved = {
                process.pid
                for process in tree
                if process.state == "R" or before.get(process.pid) != now[process.pid]
            }
            # If a known child is gone, the page faults may all be that child's.
            bereft = {process.ppid for process, _ in before.values() if process.pid not in now}
            missed = {
                process.pid
                for process in tree
                if process.pid in before.keys() - bereft
                and process.children_page_faults > before[process.pid][0].children_page_faults
            }
            if moved or is_asked or len(now) != len(before):
                yield Look(members, frozenset(moved), frozenset(missed))
                pause = SHORTEST_SECONDS
            else:
                pause = min(_LONGEST_SECONDS, pause * 2)
            before = now
            seconds = max(pause, _SHARE * (time.monotonic() - began))
            ready = readable((first.fileno(), *also), seconds)
            is_asked = bool(ready)
            rest = began + SHORTEST_SECONDS - time.monotonic()
            if first.fileno() in ready or first.poll(max(0, rest)):
                return
