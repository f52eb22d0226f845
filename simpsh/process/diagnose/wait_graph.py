"""Who waits for whom, from the processes asked about to those that could move first.

Each process or thread is a node; an edge leads to a thread that may end its wait. Where the edges
end, something else must happen: a time comes, a person types. Where no edge leads out of a set, and
nothing else ends a wait of its members, none of them can move again: a deadlock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.process.diagnose.blocked_process import (
    Finding,
    of_handlers,
    of_hidden_holders,
    of_threads,
)
from simpsh.process.diagnose.examination import examined
from simpsh.process.proc import numbers, process_of, times_scheduled
from simpsh.process.process_snapshot import ProcessSnapshot

_MOST_TASKS = 24
_MOST_THREADS = 16
"""Of a process with more, some are looked at, and nothing is said of all."""
MOST_SHOWN = 4
"""How many other threads of a process are told of."""
# One thread holds what these wait for, and no other can give it back.
_OF_ONE_THREAD = ("futex", "thread")
_BY_HOLDERS = ("pipe", "FIFO", "lock", "socket")


class Circle(Record):
    """Processes or threads that wait for each other, in the order in which they were met."""

    members: tuple[int, ...] = ()
    ways_out: tuple[str, ...] = ()
    """What else may end one of the waits, in words."""
    unseen: tuple[int, ...] = ()
    """The processes among these that we may not look into."""
    is_proven: bool = True
    """Whether all threads of its processes wait so: else another one may end a wait."""


class WaitGraph:
    """What some processes wait for, and what those wait for in turn; they are looked at once."""

    def __init__(
        self, asked: Sequence[int], names: Mapping[int, str], stopped_by: Mapping[int, Signal]
    ) -> None:
        """Look at the processes; raise ProcessLookupError or PermissionError for one asked."""
        self.tasks: dict[int, tuple[ProcessSnapshot, Finding]] = {}
        """What was seen of each process and thread, and what it waits for."""
        self._names = names
        self._threads: dict[int, tuple[int, ...]] = {}
        """The threads of each process that was looked at."""
        self._crowds: set[int] = set()
        """The processes of which not all threads are looked at."""
        for pid in asked:
            try:
                self._look(pid, stopped_by.get(pid))
            except ProcessLookupError:
                # One of several may end meanwhile.
                if pid == asked[-1] and not self.tasks:
                    raise
        self.asked = tuple(self.tasks)
        # The threads and the processes that are waited for, as they are met.
        to_visit = list(self.tasks)
        while to_visit and len(self.tasks) < _MOST_TASKS:
            for other in self._next_to(to_visit.pop(0)):
                if other not in self.tasks and len(self.tasks) < _MOST_TASKS:
                    try:
                        self._look(other)
                    except (ProcessLookupError, PermissionError):
                        continue
                    to_visit.append(other)
        self.circle = self._circle()

    def _look(self, task: int, stopped_by: Signal | None = None) -> None:
        self.tasks[task] = examined(task, self._names, stopped_by)

    def _next_to(self, task: int) -> tuple[int, ...]:
        seen, finding = self.tasks[task]
        process = process_of(task)
        if process in self._threads or seen.threads <= 1:
            return finding.waits_for
        # Those that it waits for are looked at before all others.
        threads = sorted(
            numbers(process, "task"), key=lambda thread: thread not in finding.waits_for
        )
        if len(threads) > _MOST_THREADS:
            self._crowds.add(process)
            threads = threads[:MOST_SHOWN]
        self._threads[process] = tuple(dict.fromkeys((process, *threads)))
        return (*finding.waits_for, *self._threads[process])

    def awaited(self, task: int, *, is_to_end: bool = False) -> tuple[int, ...]:
        """Return the threads any of which may end the wait of one; the first thread has the pid.

        With `is_to_end`, of a process with threads that may move by themselves only these.
        """
        if task not in self.tasks:
            return ()
        _, finding = self.tasks[task]
        groups = [self._threads.get(pid, (pid,)) for pid in finding.waits_for]
        if finding.situation in _OF_ONE_THREAD:
            groups = [finding.waits_for]
        if finding.by_own_threads:
            own = self._threads.get(process_of(task), ())
            groups.append(tuple(thread for thread in own if thread != task) or (task,))
        if is_to_end:
            groups = [tuple(filter(self._is_end, group)) or group for group in groups]
        return tuple(dict.fromkeys(thread for group in groups for thread in group))

    def reached(self) -> tuple[int, ...]:
        """Return the processes asked about and those that they wait for, to the ends."""
        tasks = list(self.asked)
        for pid in self.asked:
            tasks += _reached(pid, lambda task: self.awaited(task, is_to_end=True))
        return tuple(dict.fromkeys(tasks))

    def ends(self) -> tuple[int, ...]:
        """Return those of the processes and threads that may move without another one of them.

        They wait for none of them, or for anything else as well, or for a limited time.
        """
        tasks = [task for task in self.reached() if not self._is_closed(task)]
        return tuple(filter(self._is_end, tasks)) or tuple(tasks)

    def _is_end(self, task: int) -> bool:
        if not self.awaited(task):
            return True
        _, finding = self.tasks[task]
        return finding.situation == "poll" and not finding.is_closed

    def _circle(self) -> Circle:
        # All threads first; then each process that waits for one, whatever its other threads do.
        for task in self.tasks:
            reached = (task, *_reached(task, self.awaited))
            if all(self._is_closed(other) for other in reached):
                back = [other for other in reached if task in _reached(other, self.awaited)]
                circle = self._seen_at_once(tuple(dict.fromkeys(back)), is_proven=True)
                if circle.members:
                    return circle
        for task in self.tasks:
            way = [task]
            while (following := self._only_one(way[-1])) is not None:
                if following in way:
                    return self._seen_at_once(tuple(way[way.index(following) :]), is_proven=False)
                way.append(following)
        return Circle()

    def _is_closed(self, task: int) -> bool:
        is_seen = task in self.tasks and process_of(task) not in self._crowds
        return is_seen and self.tasks[task][1].is_closed and bool(self.awaited(task))

    def _only_one(self, task: int) -> int | None:
        """Return the one process that a process waits for, itself if only that holds an end."""
        if task not in self.tasks or not self.tasks[task][1].is_closed:
            return None
        _, finding = self.tasks[task]
        if not finding.waits_for and finding.holders:
            return task
        return finding.waits_for[0] if len(finding.waits_for) == 1 else None

    def _seen_at_once(self, members: tuple[int, ...], *, is_proven: bool) -> Circle:
        """Return the circle, if its members wait so at the same time: they were seen one by one."""
        slept = [times_scheduled(member) for member in members]
        ways: list[str] = []
        unseen: list[int] = []
        for member in members:
            try:
                seen, finding = examined(member, self._names)
            except (ProcessLookupError, PermissionError):
                return Circle()
            _, before = self.tasks[member]
            if (finding.waits_for, finding.is_closed) != (before.waits_for, before.is_closed):
                return Circle()
            ways += of_handlers(seen)
            if not is_proven and finding.situation not in _OF_ONE_THREAD:
                following = self._only_one(member)
                if following in self.tasks:
                    ways += of_threads(self.tasks[following][0])
            if finding.situation.endswith(_BY_HOLDERS):
                ways += of_hidden_holders(finding.not_permitted)
            ways += finding.ways_out
            unseen += finding.not_permitted
        # A thread that has not run meanwhile has slept all the while in the call that was seen.
        if slept != [times_scheduled(member) for member in members]:
            return Circle()
        return Circle(members, tuple(dict.fromkeys(ways)), tuple(dict.fromkeys(unseen)), is_proven)


def _reached(task: int, following: Callable[[int], Sequence[int]]) -> tuple[int, ...]:
    """Return what is reached from a node, the nearest first; itself only if a way leads back."""
    reached: dict[int, None] = {}
    to_visit = list(following(task))
    while to_visit:
        other = to_visit.pop(0)
        if other not in reached:
            reached[other] = None
            to_visit += following(other)
    return tuple(reached)
