"""Which process waits for which: the examined waits of a family, as a graph.

The end of a chain is the process that must move first. `answer` puts it into words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from simpsh.base import waits
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.base.targets import Actor, Outsider
from simpsh.base.waits import Situation, Wait
from simpsh.diagnosis.examination import examined
from simpsh.diagnosis.finding import Finding
from simpsh.diagnosis.signal_waits import caught_signals
from simpsh.diagnosis.unseen_events import may_have_an_alarm
from simpsh.diagnosis.verdict import Standing, standing
from simpsh.process.file_holders import hiding_places
from simpsh.process.proc import numbers, process_of, state, times_scheduled
from simpsh.process.process_snapshot import ProcessSnapshot, command
from simpsh.process.process_tree import birth_paths, one_look

_LOOKS = 8
_MOST_TASKS = 4096
"""If there are more, only some are examined, and the answer does not claim anything about all."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Verdict = Literal["running", "at rest", "stuck", "not known"]


def awaits_keyboard(pid: int) -> bool:
    """Return whether a process reads a terminal, or polls it for input. See proc_pid_syscall(5)."""
    _, finding = examined(pid)
    awaited = {waits.KEYBOARD, waits.TERMINAL_INPUT}
    return not awaited.isdisjoint((finding.situation, *finding.parts))


def graph_of(asked: int, stopped_by: Signal | None) -> WaitGraph:
    """Return the waits of a process or thread, and of those that it waits for.

    The names P0, P1 … are those of its family. Build the graph until it agrees with the family, and
    leads to an end or into a circle. Raises ProcessLookupError and PermissionError as examined().
    """
    first = process_of(asked)
    for _ in range(_LOOKS):
        names = birth_paths(first)
        graph = WaitGraph(asked, names, stopped_by)
        if graph.is_whole() and birth_paths(first) == names:
            break
    return graph


_ALARM = "an alarm(2)"
NOTHING = Finding(waits.UNKNOWN, "cannot be looked at")
"""The finding of a task that was not examined."""


class Circle(Record):
    """Processes or threads that wait for each other, in the order in which they were found."""

    members: tuple[int, ...] = ()
    ways_out: tuple[str, ...] = ()
    """Other events that may end one of the waits."""


class WaitGraph:
    """Which process waits for which, from the one asked about to those that could move first.

    Each process or thread is a node; an edge leads to a thread that may end its wait. The last node
    waits for another event: a timeout, or a key press. If no edge leads out of a set, and no other
    event ends a wait of its members, none of them can move again: a deadlock.
    """

    def __init__(self, asked: int, names: Mapping[int, str], stopped_by: Signal | None) -> None:
        self.asked = asked
        self._process_of = cache(process_of)
        self.tasks: dict[int, tuple[ProcessSnapshot, Finding]] = {}
        """The snapshot and the wait of each process and thread."""
        self.names = names
        """P0, P1 … of the family asked about."""
        self.threads: dict[int, tuple[int, ...]] = {}
        """The threads of each process that has several."""
        with one_look():
            self._examine(stopped_by)
        self.standing = self._stand()
        self.circle = self._find_circle()

    def _examine(self, stopped_by: Signal | None) -> None:
        """Examine the process asked about, and all for which it waits."""
        self.tasks[self.asked] = examined(self.asked, stopped_by)
        to_visit = [self.asked]
        while to_visit:
            for other in self._next_to(to_visit.pop(0)):
                if other not in self.tasks and len(self.tasks) < _MOST_TASKS:
                    try:
                        self.tasks[other] = examined(other)
                    except (ProcessLookupError, PermissionError):
                        continue
                    to_visit.append(other)

    def _next_to(self, task: int) -> tuple[int, ...]:
        """Return the nodes that a node waits for, and its other threads."""
        seen, finding = self.tasks[task]
        process = self._process_of(task)
        if seen.threads == 1 or process in self.threads:
            return finding.waits_for
        threads = (thread for thread in numbers(process, "task") if thread != process)
        self.threads[process] = (process, *threads)
        return (*finding.waits_for, *self.threads[process])

    def is_whole(self) -> bool:
        """Return whether the graph leads somewhere, and no process has ended meanwhile."""
        awaited = (pid for task in self.reached() for pid in self.awaited(task))
        has_lost_one = any(pid not in self.tasks and not state(pid) for pid in awaited)
        return bool(self.circle.members or self.ends() or not self.stuck()) and not has_lost_one

    def finding(self, task: int) -> Finding:
        """Return the wait of a task; NOTHING if it was not examined."""
        return self.tasks[task][1] if task in self.tasks else NOTHING

    # The edges.

    def awaited(self, task: int, *, is_to_end: bool = False) -> tuple[int, ...]:
        """Return the threads any of which may end the wait of a task; the first has the pid.

        With `is_to_end`, if threads of a process can move on their own, return only these, and
        those that wait for another process if all the others only have a timeout.
        """
        finding = self.finding(task)
        groups = [self.threads.get(pid, (pid,)) for pid in finding.waits_for]
        if finding.by_own_threads:
            threads = self.threads.get(self._process_of(task), ())
            groups.append(tuple(thread for thread in threads if thread != task) or (task,))
        if is_to_end:
            groups = [self._to_end(group) for group in groups]
        return tuple(dict.fromkeys(thread for group in groups for thread in group))

    def _to_end(self, threads: tuple[int, ...]) -> tuple[int, ...]:
        ends = tuple(filter(self._is_end, threads))
        if all(self.awaited(task) and not self.finding(task).others for task in ends):
            # Language runtimes such as Go's have threads with such timeouts.
            ends = tuple(task for task in threads if task in ends or self._leads_out(task))
        return ends or threads

    def reached(self, is_last: Callable[[int], bool] = lambda _: False) -> tuple[int, ...]:
        """Return the process asked about and, transitively, those that it waits for.

        Nodes beyond one that `is_last` accepts are left out.
        """

        def following(task: int) -> tuple[int, ...]:
            return () if is_last(task) else self.awaited(task, is_to_end=True)

        return tuple(dict.fromkeys((self.asked, *_reached(self.asked, following))))

    def ends(self) -> tuple[int, ...]:
        """Return the processes and threads that may move without another node of the graph.

        They do not wait for a node, or they also wait for another event, or with a timeout.
        """
        return tuple(filter(self._is_end, self.reached(self._is_end)))

    def _is_end(self, task: int) -> bool:
        finding = self.finding(task)
        return not self.awaited(task) or bool(finding.others) or finding.limit is not None

    def own_threads(self) -> tuple[int, ...]:
        """Return the process asked about, and its examined threads."""
        threads = self.threads.get(self._process_of(self.asked), ())
        return tuple(dict.fromkeys((self.asked, *filter(self.tasks.__contains__, threads))))

    # Who can move.

    def _stand(self) -> Standing:
        findings = {task: finding for task, (_, finding) in self.tasks.items()}
        still = {
            task
            for task, finding in findings.items()
            if finding.situation.is_held_still
            or (finding.is_left_open and not finding.is_open and not self._awaits_leftover(task))
        }
        return standing(findings, self.awaited, still)

    def _awaits_leftover(self, task: int) -> bool:
        """Return whether a task waits for left-over processes, which will end by themselves.

        An orphan that has only inherited the other end was not started to use it. If it works, or
        sleeps for a time, it may end; if it waits for others, it will hold the other end for ever.
        """
        finding = self.finding(task)
        if not finding.is_left_open or finding.is_open:
            return False
        own = self._process_of(task)
        others = (it for it in _reached(task, self.awaited) if self._process_of(it) != own)
        return all(map(self._ends_by_itself, others))

    def _ends_by_itself(self, task: int) -> bool:
        finding = self.finding(task)
        if finding.situation == waits.TIMER:
            return finding.limit is not None
        is_for_others = finding.situation in (waits.CHILD, waits.VFORK_CHILD)
        return finding.situation == waits.RUNNING or (is_for_others and bool(finding.edges))

    def left_open(self) -> tuple[int, ...]:
        """Return the tasks that wait for left-over processes, which end by themselves."""
        return tuple(filter(self._awaits_leftover, self.reached()))

    # Circles.

    def _find_circle(self) -> Circle:
        """Return the first circle that the process asked about, or its threads, wait for."""
        for task in dict.fromkeys((*self.own_threads(), *self.reached())):
            reached = _reached(task, self.awaited)
            if task in reached and all(self.finding(it).is_closed for it in reached):
                members = [it for it in (task, *reached) if task in _reached(it, self.awaited)]
                return self._confirmed(tuple(dict.fromkeys(members)))
        return Circle()

    def _confirmed(self, members: tuple[int, ...]) -> Circle:
        """Return the circle of `members` if all of them still wait; otherwise an empty one.

        The members were examined one after another, so this examines them again.
        """
        slept = [times_scheduled(member) for member in members]
        is_of_one = len(set(map(self._process_of, members))) == 1
        ways: dict[str, None] = {}
        with one_look():
            for member in members:
                try:
                    seen, finding = examined(member)
                except (ProcessLookupError, PermissionError):
                    return Circle()
                before = self.finding(member)
                if (finding.waits_for, finding.is_closed) != (before.waits_for, before.is_closed):
                    return Circle()
                if caught_signals(seen):
                    ways["a signal handler"] = None
                if finding.situation.has_holders:
                    ways |= dict.fromkeys(hiding_places())
                if may_have_an_alarm(seen) and is_of_one:
                    ways[_ALARM] = None
        # A thread that has not been scheduled meanwhile is still in the same call.
        is_same = slept == [times_scheduled(member) for member in members]
        return Circle(members, tuple(ways)) if is_same else Circle()

    def ways_out(self) -> tuple[str, ...]:
        """Return the unseen events that may end the stuck wait: of the circle, or of one task."""
        task, *others = self.reached()
        if self.circle.members or others or self.finding(task).situation.is_held_still:
            return self.circle.ways_out
        return (_ALARM,) * may_have_an_alarm(self.tasks[task][0])

    # The verdict.

    def is_circle_meant(self) -> bool:
        """Return whether the circle is the answer: the process asked about is in or behind it."""
        return bool(self.circle.members) and self.asked in self.standing.stuck

    def stuck(self) -> tuple[int, ...]:
        """Return the stuck tasks among the process asked about and its threads."""
        return tuple(task for task in self.own_threads() if task in self.standing.stuck)

    def stuck_elsewhere(self) -> tuple[int, ...]:
        """Return the other stuck tasks: the process asked about does not depend on them."""
        others = [task for task in self.reached() if task in self.standing.stuck]
        return tuple(it for it in others if self.finding(it).situation != waits.ZOMBIE)

    def verdict(self) -> Verdict:
        """Return whether the process asked about is stuck."""
        if self.stuck():
            # Without a circle or an end, something has moved between the looks.
            return "stuck" if self.circle.members or self.ends() else "not known"
        if self.asked not in self.standing.surely_movable:
            return "not known"
        moving = [self.finding(end).situation for end in self.ends()]
        return "running" if waits.RUNNING in moving else "at rest"

    def last_stuck(self) -> tuple[int, ...]:
        """Return the stuck tasks that wait for no other stuck task."""
        stuck = self.stuck()
        tasks = dict.fromkeys(
            (*stuck, *(it for one in stuck for it in _reached(one, self.awaited)))
        )
        last = [task for task in tasks if self.standing.stuck.isdisjoint(self.awaited(task))]
        still = [task for task in tasks if self.finding(task).is_left_open]
        return tuple(last or still or tasks)

    def situations(self) -> set[Situation]:
        """Return the situations of the last stuck waiters, or of the circle."""
        if self.finding(self.asked).situation == waits.ZOMBIE:
            # Whatever the parent waits for, it does not wait for its children.
            return {waits.ZOMBIE}
        last = self.last_stuck()
        if self.is_circle_meant():
            # Ignore idle threads: they are not why the process waits for another one.
            last = self.circle.members
            last = tuple(filter(self._leads_out, last)) or last
        findings = [self.finding(task) for task in last]
        situations = {word for it in findings for word in (it.situation, *it.parts)}
        if any(finding.is_left_open for finding in findings):
            # Node's outputs of children are sockets; the advice is that for pipes.
            situations.add(waits.EMPTY_PIPE)
        return situations

    def _leads_out(self, task: int) -> bool:
        """Return whether a task waits for another process."""
        others = map(self._process_of, self.finding(task).waits_for)
        return any(other != self._process_of(task) for other in others)

    def waits(self) -> dict[int, Wait]:
        """Return the wait of each task, as facts."""
        actors = {task: Outsider(seen.command, task) for task, (seen, _) in self.tasks.items()}

        def actor_of(pid: int) -> Actor:
            return actors.get(pid) or Outsider(command(pid), pid)

        return {task: finding.wait(actor_of) for task, (_, finding) in self.tasks.items()}


def _reached(task: int, following: Callable[[int], Sequence[int]]) -> tuple[int, ...]:
    """Return the nodes reached from a task, nearest first; itself only if it is on a cycle."""
    reached: dict[int, None] = {}
    to_visit = list(following(task))
    while to_visit:
        other = to_visit.pop(0)
        if other not in reached:
            reached[other] = None
            to_visit += following(other)
    return tuple(reached)
