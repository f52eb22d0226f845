"""Which process waits for which: the examined waits of a family, as a graph.

The end of a chain is the process that must move first. `diagnosis/answer.py` puts it into words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache

from simpsh.base import waits
from simpsh.base.record import Record
from simpsh.base.signal_names import IGNORED_BY_DEFAULT, SIGTERM, Signal
from simpsh.base.targets import Actor, Outsider
from simpsh.base.waits import Situation, Wait
from simpsh.process.diagnose.blocked_process import (
    Finding,
    edges_to,
    of_handlers,
    of_hidden_holders,
    of_threads,
)
from simpsh.process.diagnose.examination import examined
from simpsh.process.diagnose.facts import (
    Deed,
    Elsewhere,
    ElsewhereKind,
    Law,
    Loops,
    LoopUnseen,
    OpensFifo,
    Pending,
    Proof,
    Runs,
    SomeLockOn,
    Unblocked,
    WayOut,
)
from simpsh.process.diagnose.verdict import Groups, Standing, is_open, is_unnamed, standing
from simpsh.process.diagnose.waits_on_locks import locked_by_others
from simpsh.process.pidfd import PidFd
from simpsh.process.proc import numbers, process_of, state, status_field, times_scheduled
from simpsh.process.process_snapshot import ProcessSnapshot, command
from simpsh.process.process_tree import birth_paths, children, one_look

_LOOKS = 8
_MOST_TASKS = 4096
"""If there are more, only some are examined, and the answer does not claim anything about all."""
_SHORT_SECONDS, _SPARE_SECONDS = 1.5, 0.5
"""A process that sleeps this briefly may be polling in a loop; how late it may wake up."""
_PAUSE_SECONDS = 0.01


TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Verdict = Literal["running", "at rest", "stuck", "not known"]


def awaits_keyboard(pid: int) -> bool:
    """Return whether a process reads a terminal, or polls it for input. See proc_pid_syscall(5)."""
    _, finding = examined(pid)
    awaited = {waits.KEYBOARD, waits.TERMINAL_INPUT}
    return not awaited.isdisjoint((finding.situation, *finding.parts))


def graph_of(asked: Sequence[int], first: int, stopped_by: Mapping[int, Signal]) -> WaitGraph:
    """Return the waits of these processes, and of those that they wait for.

    The names P0, P1 … are those of the family of `first`. If a process sleeps briefly, look again
    after the sleep. Raises ProcessLookupError and PermissionError as examined().
    """
    graph = _consistent(asked, first, stopped_by)
    sleeper = next(iter(graph.short_sleepers()), 0)
    if sleeper and _has_run(sleeper):
        for _ in range(_LOOKS):
            later = _consistent(asked, first, stopped_by)
            later.find_loops(graph)
            if later.short_sleepers() or not later.is_running():
                break
            # Between two sleeps it runs.
            time.sleep(_PAUSE_SECONDS)
        graph = later
    return graph


def _consistent(asked: Sequence[int], first: int, stopped_by: Mapping[int, Signal]) -> WaitGraph:
    """Build the graph until it agrees with the family, and leads to an end or into a circle."""
    for _ in range(_LOOKS):
        names = birth_paths(first)
        graph = WaitGraph(asked, names, stopped_by)
        is_whole = (graph.circle.members or graph.ends()) and not graph.has_lost_one()
        is_whole = is_whole and not graph.has_left_vfork()
        if is_whole and birth_paths(first) == names:
            break
    return graph


def _has_run(task: int) -> bool:
    """Wait until a thread that sleeps briefly has run or ended; return whether it has."""
    before, deadline = times_scheduled(task), time.monotonic() + _SHORT_SECONDS + _SPARE_SECONDS
    with suppress(OSError), PidFd.open(process_of(task)) as process:
        while time.monotonic() < deadline:
            if process.poll(_PAUSE_SECONDS) or times_scheduled(task) != before:
                return True
        return False
    return True


_INNER = {waits.BY_HANDLER, waits.BY_OPERATION}
"""What the process itself may do, however stuck the others are for which it waits."""
NOTHING = Finding(waits.UNKNOWN, Runs())
"""The finding of a task that was not examined."""


class Circle(Record):
    """Processes or threads that wait for each other, in the order in which they were found."""

    members: tuple[int, ...] = ()
    is_proven: bool = True
    """Whether all threads of the processes wait; otherwise a further thread may end a wait."""
    ways_out: tuple[WayOut, ...] = ()
    """Other events that may end one of the waits."""
    unseen: tuple[int, ...] = ()
    """Members that we may not inspect."""


class WaitGraph:
    """Which process waits for which, from those asked about to those that could move first.

    Each process or thread is a node; an edge leads to a thread that may end its wait. The last node
    waits for another event: a timeout, or a key press. If no edge leads out of a set, and no other
    event ends a wait of its members, none of them can move again: a deadlock.
    """

    def __init__(
        self, asked: Sequence[int], names: Mapping[int, str], stopped_by: Mapping[int, Signal]
    ) -> None:
        self._process_of = cache(process_of)
        self.tasks: dict[int, tuple[ProcessSnapshot, Finding]] = {}
        """The snapshot and the wait of each process and thread."""
        self.names = names
        """P0, P1 … of the family asked about."""
        self.threads: dict[int, tuple[int, ...]] = {}
        """The threads of each process that has several."""
        with one_look():
            self._examine(asked, stopped_by)
        self.standing = self._stand()
        self.circle = self._find_circle()

    def _examine(self, asked: Sequence[int], stopped_by: Mapping[int, Signal]) -> None:
        """Examine the processes asked about, and all for which they wait."""
        for pid in asked:
            try:
                self.tasks[pid] = examined(pid, stopped_by.get(pid))
            except ProcessLookupError:
                # If several are asked about, one may end meanwhile.
                if pid == asked[-1] and not self.tasks:
                    raise
        self.asked = tuple(self.tasks)
        to_visit = list(self.asked)
        while to_visit:
            for other in self._next_to(to_visit.pop(0)):
                if other not in self.tasks and len(self.tasks) < _MOST_TASKS:
                    try:
                        self.tasks[other] = examined(other)
                    except (ProcessLookupError, PermissionError):
                        continue
                    to_visit.append(other)

    def has_lost_one(self) -> bool:
        """Return whether a process for which another one waits has gone meanwhile."""
        awaited = (pid for task in self.reached() for pid in self.awaited(task))
        return any(pid not in self.tasks and not state(pid) for pid in awaited)

    def has_left_vfork(self) -> bool:
        """Return whether a process has continued from vfork(2) meanwhile.

        It was examined before its child, which was then seen with another program.
        """
        for task in self.reached():
            _, finding = self.tasks.get(task, (None, NOTHING))
            if finding.situation == waits.VFORK_CHILD:
                try:
                    _, now = examined(task)
                except (ProcessLookupError, PermissionError):
                    return True
                if now.situation != finding.situation or now.waits_for != finding.waits_for:
                    return True
        return False

    def _stand(self) -> Standing:
        findings = {task: finding for task, (_, finding) in self.tasks.items()}
        return standing(findings, self._groups)

    def _next_to(self, task: int) -> tuple[int, ...]:
        """Return the nodes that a node waits for, and its other threads."""
        seen, finding = self.tasks[task]
        process = self._process_of(task)
        if seen.threads == 1 or process in self.threads:
            return finding.waits_for
        # Examine first the threads that it waits for.
        threads = [thread for thread in numbers(process, "task") if thread != process]
        threads.sort(key=lambda thread: thread not in finding.waits_for)
        self.threads[process] = (process, *threads)
        return (*finding.waits_for, *self.threads[process])

    def awaited(self, task: int, *, is_to_end: bool = False) -> tuple[int, ...]:
        """Return the threads any of which may end the wait of a task; the first thread has the pid.

        With `is_to_end`, if some threads of a process can move on their own, return only these. If
        they merely wait for each other with timeouts, also return threads that wait for another
        process.
        """
        if task not in self.tasks:
            return ()
        _, finding = self.tasks[task]
        groups = [self.threads.get(pid, (pid,)) for pid in finding.waits_for]
        if finding.situation.is_of_one_thread:
            groups = [finding.waits_for]
        if finding.by_own_threads:
            groups.append(self._own_threads(task))
        if is_to_end:
            groups = [self._to_end(group) for group in groups]
        return tuple(dict.fromkeys(thread for group in groups for thread in group))

    def _own_threads(self, task: int) -> tuple[int, ...]:
        """Return the other threads of its process, or the task if it is alone."""
        threads = self.threads.get(self._process_of(task), ())
        return tuple(thread for thread in threads if thread != task) or (task,)

    def _groups(self, task: int) -> Groups:
        """Return the groups of tasks of which one each must act to end the wait of a task."""
        own, (_, finding) = self._process_of(task), self.tasks[task]
        if not finding.needs_all:
            awaited = self.awaited(task)
            return [awaited] if awaited else []
        return [
            [
                thread
                for pid in pids
                for thread in (
                    self._own_threads(task) if pid == own else self.threads.get(pid, (pid,))
                )
            ]
            for pids in finding.needs_all
        ]

    def _is_end(self, task: int) -> bool:
        """Return whether an event from outside these processes lets this task move."""
        _, finding = self.tasks.get(task, (None, NOTHING))
        return not self.awaited(task) or bool(finding.others) or finding.limit is not None

    def _to_end(self, threads: tuple[int, ...]) -> tuple[int, ...]:
        ends = tuple(filter(self._is_end, threads))
        findings = [self.tasks[task][1] for task in ends if task in self.tasks]
        if all(self.awaited(task) for task in ends) and not any(it.others for it in findings):
            # Language runtimes such as Go's have threads with such timeouts.
            ends = tuple(task for task in threads if task in ends or self.leads_out(task))
        return ends or threads

    def leads_out(self, task: int) -> bool:
        """Return whether a task waits for another process."""
        _, finding = self.tasks.get(task, (None, NOTHING))
        return any(self._process_of(other) != self._process_of(task) for other in finding.waits_for)

    def _is_closed(self, task: int) -> bool:
        return task in self.tasks and self.tasks[task][1].is_closed and bool(self.awaited(task))

    def reached(self, is_last: Callable[[int], bool] = lambda _: False) -> tuple[int, ...]:
        """Return the processes asked about and, transitively, those that they wait for.

        Nodes beyond one that `is_last` accepts are left out.
        """

        def following(task: int) -> tuple[int, ...]:
            return () if is_last(task) else self.awaited(task, is_to_end=True)

        to_end = (_reached(pid, following) for pid in self.asked)
        return tuple(dict.fromkeys((*self.asked, *(task for tasks in to_end for task in tasks))))

    def ends(self) -> tuple[int, ...]:
        """Return the processes and threads that may move without another node of the graph.

        They do not wait for a node, or they also wait for another event, or with a timeout.
        """
        return tuple(filter(self._is_end, self.reached(self._is_end))) or tuple(
            task for task in self.reached() if not self._is_closed(task)
        )

    # Circles.

    def _find_circle(self) -> Circle:
        # First with all threads; then each waiting process, regardless of its other threads.
        for awaited, is_proven in ((self.awaited, True), (self.awaited_alone, False)):
            for task in self.tasks:
                reached = (task, *_reached(task, awaited))
                if all(map(self._is_closed, reached)):
                    back = (other for other in reached if task in _reached(other, awaited))
                    circle = self._confirmed(tuple(dict.fromkeys(back)), is_proven=is_proven)
                    # A single thread that other threads of its process may wake is not a circle.
                    is_circle = is_proven or task in self.asked or len(circle.members) > 1
                    # If another thread serves requests, it may wake the others.
                    is_circle &= is_proven or self.standing.served.isdisjoint(circle.members)
                    if circle.members and is_circle:
                        return circle
        return Circle()

    def awaited_alone(self, task: int) -> tuple[int, ...]:
        """Return the processes that a process waits for, ignoring its other threads."""
        _, finding = self.tasks.get(task, (None, NOTHING))
        # A process may poll a private pipe that its other threads or its handlers write to.
        is_own = finding.by_own_threads and finding.holders and finding.situation != waits.POLL
        return finding.waits_for or ((task,) if is_own else ())

    def _confirmed(self, members: tuple[int, ...], *, is_proven: bool) -> Circle:
        """Return the circle of `members` if all of them still wait; otherwise an empty one.

        The members were examined one after another, so this examines them again.
        """
        slept = [times_scheduled(member) for member in members]
        ways: list[WayOut] = []
        unseen: list[int] = []
        for member in members:
            try:
                seen, finding = examined(member)
            except (ProcessLookupError, PermissionError):
                return Circle()
            _, before = self.tasks[member]
            if (finding.waits_for, finding.is_closed) != (before.waits_for, before.is_closed):
                return Circle()
            ways += of_handlers(seen)
            if not is_proven and not finding.situation.is_of_one_thread:
                for other in self.awaited_alone(member):
                    ways += of_threads(self.tasks[other][0])
            if finding.situation.has_holders or finding.not_permitted:
                ways += of_hidden_holders(finding.not_permitted)
            ways += finding.ways_out
            unseen += finding.not_permitted
        # A thread that has not been scheduled meanwhile is still in the same call.
        if slept != [times_scheduled(member) for member in members]:
            return Circle()
        return Circle(members, is_proven, (*dict.fromkeys(ways),), (*dict.fromkeys(unseen),))

    # Loops: two snapshots, between which a short sleep has ended.

    def short_sleepers(self) -> dict[int, str]:
        """Return the commands of tasks at the ends of chains that only sleep briefly, by task."""
        ends = ((end, *self.tasks[end]) for end in self.ends() if end in self.tasks)
        return {
            end: seen.command
            for end, seen, finding in ends
            if finding.limit is not None and finding.limit <= _SHORT_SECONDS
            if not finding.edges and not finding.others
        }

    def is_running(self) -> bool:
        """Return whether one of the ends runs."""
        return any(end in self.tasks and self.tasks[end][0].state == "R" for end in self.ends())

    def find_loops(self, earlier: WaitGraph) -> None:
        """Find the tasks that sleep again, or wait for a program that sleeps again."""
        before, now = earlier.short_sleepers(), self.short_sleepers()
        gone = {pid: words for pid, words in before.items() if pid not in now}
        for sleeper, command_line in now.items():
            if sleeper in before:
                self._set_loop(sleeper, "", sleeper)
            for task, (_, finding) in tuple(self.tasks.items()):
                _, formerly = earlier.tasks.get(task, (None, NOTHING))
                was_awaited = command_line in map(gone.get, formerly.waits_for)
                if (
                    was_awaited
                    and finding.situation == waits.CHILD
                    and sleeper in finding.waits_for
                ):
                    self._set_loop(task, command_line, sleeper)

    def _set_loop(self, task: int, program: str, sleeper: int) -> None:
        """Note that a task loops: it sleeps, or runs `program`, which is the sleeper."""
        seen, _ = self.tasks[task]
        others = (child for child in children(process_of(task)) if child.state not in "ZX")
        if program:
            # By now the sleeper may have ended, and the loop may run the program again.
            born = self.tasks[sleeper][0].start_time
            others = (child for child in others if child.start_time < born)
        edges = edges_to((child.pid for child in others), Deed.MAY_END)
        file, holding = locked_by_others(process_of(task))
        if holding:
            # The process may be retrying to lock the file, as sqlite3 does.
            edges = edges_to(holding, Deed.HOLDS, SomeLockOn(file))
        finding = Finding(
            situation=waits.LOOP,
            act=Loops(program, file, tuple(edge.pid for edge in edges)),
            proof=(Law.LOOPED_ONCE, LoopUnseen(process_of(task))),
            edges=edges,
            others=(Elsewhere(ElsewhereKind.LOOKED_FOR),),
        )
        self.tasks[task] = seen, finding
        self.standing = self._stand()

    def waits(self) -> dict[int, Wait]:
        """Return the wait of each task, as facts."""
        actors = {task: Outsider(seen.command, task) for task, (seen, _) in self.tasks.items()}

        def actor_of(pid: int) -> Actor:
            return actors.get(pid) or Outsider(command(pid), pid)

        return {task: finding.wait(actor_of) for task, (_, finding) in self.tasks.items()}

    # The verdict.

    def own_threads(self) -> tuple[int, ...]:
        """Return the examined threads of the processes asked about."""
        threads = (self.threads.get(self._process_of(pid), (pid,)) for pid in self.asked)
        return tuple(task for tasks in threads for task in tasks if task in self.tasks)

    def is_circle_meant(self) -> bool:
        """Return whether the circle is the answer: a process asked about is in it, or behind it."""
        circle = set(self.circle.members)
        return bool(circle & {*self.own_threads()} or (circle and not self.ends()))

    def stuck(self) -> tuple[int, ...]:
        """Return the stuck tasks among those asked about and those that they wait for."""
        to_end = (_reached(pid, self._followed) for pid in self.asked)
        return self._stuck_of(task for tasks in to_end for task in tasks)

    def stuck_elsewhere(self) -> tuple[int, ...]:
        """Return the other stuck tasks: those asked about do not depend on them."""
        concerned = self.stuck()
        return tuple(task for task in self._stuck_of(self.reached()) if task not in concerned)

    def _stuck_of(self, reached: Iterable[int]) -> tuple[int, ...]:
        return tuple(
            task
            for task in dict.fromkeys((*self.asked, *reached, *self.own_threads()))
            if task in self.standing.stuck
            # A dead child that a process has not collected does not hold that process up.
            and (task in self.asked or self.tasks[task][1].situation != waits.ZOMBIE)
        )

    def _followed(self, task: int) -> tuple[int, ...]:
        """Return the tasks that a task waits for; none if another event may let it move.

        If one of the events that end a wait may come, it does not matter that the others cannot. A
        candidate is not blamed: it may be stuck, and another process act.
        """
        _, finding = self.tasks.get(task, (None, NOTHING))
        is_movable = task in self.standing.surely_movable or not _INNER.isdisjoint(finding.wakers)
        if finding.names_candidates or is_movable:
            return ()
        awaited = self.awaited(task, is_to_end=True)
        if task in self.standing.stuck or is_unnamed(finding):
            return awaited
        return tuple(other for other in awaited if other not in self.standing.stuck) or awaited

    def waiters_for_any_thread(self) -> tuple[int, ...]:
        """Return the threads that wait in memory; which thread wakes them, if any, is not known."""
        tasks = dict.fromkeys((*self.reached(), *self.own_threads()))
        waiting = filter(self.awaits_any_thread, tasks)
        return tuple(task for task in waiting if not is_open(self.tasks[task][1]))

    def awaits_any_thread(self, task: int) -> bool:
        """Return whether another thread of the process must wake a task, and none is named."""
        seen, finding = self.tasks.get(task, (None, NOTHING))
        return seen is not None and seen.threads > 1 and is_unnamed(finding)

    def may_follow_another(self) -> bool:
        """Return whether the process that has to act is only a candidate."""
        found = [self.tasks[task][1] for task in self.reached() if task in self.tasks]
        return any(
            it.names_candidates
            # It may be meant to open this FIFO next.
            or (isinstance(it.act, OpensFifo) and it.act.openers)
            for it in found
        )

    def verdict(self) -> Verdict:
        """Return whether the processes asked about are stuck."""
        if self.is_circle_meant():
            members = [self.tasks[member][1] for member in self.circle.members]
            is_known = self.circle.is_proven and not self.circle.unseen
            return "stuck" if is_known and not any(it.wakers for it in members) else "not known"
        if self.stuck():
            return "stuck"
        if not self.standing.surely_movable.issuperset(self.asked):
            return "not known"
        moving = [self.tasks[end][1].situation for end in self.ends() if end in self.tasks]
        return "running" if waits.RUNNING in moving else "at rest"

    def last_stuck(self) -> tuple[int, ...]:
        """Return the stuck tasks that wait for no other stuck task."""
        stuck = self.stuck()
        last = [task for task in stuck if not self.standing.stuck & {*self.awaited(task)}]
        still = [task for task in stuck if self.tasks[task][1].is_left_open]
        return tuple(last or still or stuck)

    def situations(self) -> set[Situation]:
        """Return the situations of the last stuck waiters, or of the circle."""
        if all(self.tasks[task][1].situation == waits.ZOMBIE for task in self.asked):
            # Whatever the parent waits for, it does not wait for its children.
            return {waits.ZOMBIE}
        last = self.last_stuck()
        if self.is_circle_meant():
            last = self.circle.members
            if len(set(map(process_of, last))) > 1:
                # Ignore idle threads: they are not why the process waits for another one.
                last = tuple(filter(self.leads_out, last)) or last
        findings = [self.tasks[task][1] for task in last]
        situations = {word for it in findings for word in (it.situation, *it.parts)}
        if any(finding.is_left_open for finding in findings):
            # Node's outputs of children are sockets; the advice is that for pipes.
            situations.add(waits.EMPTY_PIPE)
        return situations


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


def facts_of_signals(seen: ProcessSnapshot) -> Iterator[Proof]:
    """Yield what is known about pending signals of a process."""
    pid = seen.pid
    if seen.state in "ZX":
        return
    for signal in seen.pending:
        if signal in seen.blocked:
            # A process that blocks SIGCHLD, or another signal that ends nothing, wants it later.
            if signal in IGNORED_BY_DEFAULT or signal in seen.ignored:
                continue
            yield Pending(signal, pid, is_blocked=True)
            yield Unblocked(0 if signal in seen.caught else pid)
        elif seen.state == "T":
            yield Pending(signal, pid, is_blocked=False)
            yield Law.CONTINUED_LATER


def facts_of_namespace(seen: ProcessSnapshot) -> Iterator[Law]:
    """Yield what the kernel does with signals that a PID 1 does not handle."""
    if status_field(seen.pid, "NSpid").split()[-1:] != ["1"] or SIGTERM in seen.caught:
        return
    yield Law.FIRST_PROCESS_BLOCKS if SIGTERM in seen.blocked else Law.FIRST_PROCESS_DROPS
