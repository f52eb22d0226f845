"""Which process waits for which: the examined waits of a family, as a graph.

The end of a chain is the process that must move first. `answer` puts it into words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache

from simpsh.base import waits
from simpsh.base.record import Record
from simpsh.base.signal_names import IGNORED_BY_DEFAULT, SIGCHLD, SIGTERM, Signal
from simpsh.base.targets import Actor, Outsider
from simpsh.base.waits import Situation, Wait
from simpsh.diagnosis.blocked_process import caught_signals
from simpsh.diagnosis.examination import examined
from simpsh.diagnosis.finding import Finding, Statement, inferred
from simpsh.diagnosis.objects import any_of, dead_words
from simpsh.diagnosis.unseen_events import may_have_an_alarm
from simpsh.diagnosis.verdict import Groups, Standing, is_unnamed, standing
from simpsh.process.file_holders import hiding_places
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
        if graph.is_whole() and birth_paths(first) == names:
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
NOTHING = Finding(waits.UNKNOWN, "cannot be looked at")
"""The finding of a task that was not examined."""


class Circle(Record):
    """Processes or threads that wait for each other, in the order in which they were found."""

    members: tuple[int, ...] = ()
    ways_out: tuple[str, ...] = ()
    """Other events that may end one of the waits."""


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

    def is_whole(self) -> bool:
        """Return whether the graph leads somewhere, and nothing has changed meanwhile."""
        awaited = (pid for task in self.reached() for pid in self.awaited(task))
        has_lost_one = any(pid not in self.tasks and not state(pid) for pid in awaited)
        is_led = bool(self.circle.members or self.ends() or not self.stuck())
        return is_led and not has_lost_one and not self._has_left_vfork()

    def _has_left_vfork(self) -> bool:
        """Return whether a process has continued from vfork(2) meanwhile.

        It was examined before its child, which was then seen with another program.
        """
        for task in self.reached():
            finding = self.finding(task)
            if finding.situation == waits.VFORK_CHILD:
                try:
                    _, now = examined(task)
                except (ProcessLookupError, PermissionError):
                    return True
                if now.situation != finding.situation or now.waits_for != finding.waits_for:
                    return True
        return False

    def finding(self, task: int) -> Finding:
        """Return the wait of a task; NOTHING if it was not examined."""
        return self.tasks[task][1] if task in self.tasks else NOTHING

    def _stand(self) -> Standing:
        findings = {task: finding for task, (_, finding) in self.tasks.items()}
        still = {
            task
            for task, finding in findings.items()
            if finding.situation.is_held_still
            or (finding.is_left_open and not finding.is_open and not self.waits_for_leftover(task))
        }
        return standing(findings, self._groups, still)

    def waits_for_leftover(self, task: int) -> bool:
        """Return whether a task waits for left-over processes, which will end by themselves.

        An orphan that has only inherited the other end was not started to use it. If it works, or
        sleeps for a time, it may end; if it waits for others, it will hold the other end for ever.
        """
        finding = self.finding(task)
        if not finding.is_left_open or finding.is_open:
            return False
        reached = _reached(task, self.awaited)
        return all(self._ends_by_itself(it) for it in reached if it != task)

    def _ends_by_itself(self, task: int) -> bool:
        finding = self.finding(task)
        if finding.situation == waits.TIMER:
            return finding.limit is not None
        is_for_others = finding.situation in (waits.CHILD, waits.VFORK_CHILD, waits.THREAD)
        return finding.situation == waits.RUNNING or (is_for_others and bool(finding.edges))

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
        finding = self.finding(task)
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
        own, finding = self._process_of(task), self.finding(task)
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
        finding = self.finding(task)
        return not self.awaited(task) or bool(finding.others) or finding.limit is not None

    def _to_end(self, threads: tuple[int, ...]) -> tuple[int, ...]:
        ends = tuple(filter(self._is_end, threads))
        if all(self.awaited(task) and not self.finding(task).others for task in ends):
            # Language runtimes such as Go's have threads with such timeouts.
            ends = tuple(task for task in threads if task in ends or self.leads_out(task))
        return ends or threads

    def leads_out(self, task: int) -> bool:
        """Return whether a task waits for another process."""
        awaited = self.finding(task).waits_for
        return any(self._process_of(other) != self._process_of(task) for other in awaited)

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
        return tuple(filter(self._is_end, self.reached(self._is_end)))

    # Circles.

    def _find_circle(self) -> Circle:
        """Return the first circle that the processes asked about, or their threads, wait for."""
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
        ways: list[str] = []
        handlers: dict[int, str] = {}
        with one_look():
            for member in members:
                try:
                    seen, finding = examined(member)
                except (ProcessLookupError, PermissionError):
                    return Circle()
                before = self.finding(member)
                if (finding.waits_for, finding.is_closed) != (before.waits_for, before.is_closed):
                    return Circle()
                if caught := caught_signals(seen):
                    handlers[process_of(member)] = any_of(caught)
                if finding.situation.has_holders:
                    ways += [f"{place} ends it" for place in hiding_places()]
                ways += finding.ways_out
                if may_have_an_alarm(seen) and self._is_of_one_process(members):
                    ways.append("an alarm(2) is set")
        # A thread that has not been scheduled meanwhile is still in the same call.
        if slept != [times_scheduled(member) for member in members]:
            return Circle()
        if handlers:
            [(pid, signals), *others] = handlers.items()
            whose = "one of them" if others else f"process {pid} ({signals})"
            ways.insert(0, f"a handler of {whose} ends it")
        return Circle(members, (*dict.fromkeys(ways),))

    def _is_of_one_process(self, members: Sequence[int]) -> bool:
        return len(set(map(self._process_of, members))) == 1

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
                self._set_loop(sleeper, "sleeps")
            for task, (_, finding) in tuple(self.tasks.items()):
                was_awaited = command_line in map(gone.get, earlier.finding(task).waits_for)
                is_awaited = finding.situation == waits.CHILD and sleeper in finding.waits_for
                if was_awaited and is_awaited:
                    self._set_loop(task, f"runs {command_line}")

    def _set_loop(self, task: int, does: str) -> None:
        """Note that a task loops, and what it does in between."""
        seen, _ = self.tasks[task]
        text = f"/proc does not show what it looks for; its calls do: strace -p {process_of(task)}"
        finding = Finding(
            situation=waits.LOOP,
            act=f"looks for something again and again, and {does} in between",
            proof=(
                inferred("two looks", "Between the two it went through its loop once."),
                Statement(text, "not seen"),
            ),
            others=("what it looks for",),
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
        """Return whether the circle is the answer: those asked about are in it, or behind it."""
        members = {*self.circle.members}
        return bool(members) and not self.standing.stuck.isdisjoint(self.asked)

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
            and (task in self.asked or self.finding(task).situation != waits.ZOMBIE)
        )

    def _followed(self, task: int) -> tuple[int, ...]:
        """Return the tasks that a task waits for; none if another event may let it move.

        If one of the events that end a wait may come, it does not matter that the others cannot. A
        candidate is not blamed: it may be stuck, and another process act.
        """
        finding = self.finding(task)
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
        return tuple(
            task for task in filter(self.awaits_any_thread, tasks) if not self.finding(task).is_open
        )

    def awaits_any_thread(self, task: int) -> bool:
        """Return whether another thread of the process must wake a task, and none is named."""
        return (
            task in self.tasks
            and self.tasks[task][0].threads > 1
            and is_unnamed(self.finding(task))
        )

    def verdict(self) -> Verdict:
        """Return whether the processes asked about are stuck."""
        if self.stuck():
            # Without a circle or an end, something has moved between the looks.
            return "stuck" if self.circle.members or self.ends() else "not known"
        if not self.standing.surely_movable.issuperset(self.asked):
            return "not known"
        moving = [self.finding(end).situation for end in self.ends()]
        return "running" if waits.RUNNING in moving else "at rest"

    def last_stuck(self) -> tuple[int, ...]:
        """Return the stuck tasks that wait for no other stuck task."""
        stuck = self.stuck()
        last = [task for task in stuck if not self.standing.stuck & {*self.awaited(task)}]
        still = [task for task in stuck if self.finding(task).is_left_open]
        return tuple(last or still or stuck)

    def left_open(self) -> tuple[int, ...]:
        """Return the tasks that wait for left-over processes, which end by themselves."""
        return tuple(task for task in self.reached() if self.waits_for_leftover(task))

    def situations(self) -> set[Situation]:
        """Return the situations of the last stuck waiters, or of the circle."""
        if all(self.finding(task).situation == waits.ZOMBIE for task in self.asked):
            # Whatever the parent waits for, it does not wait for its children.
            return {waits.ZOMBIE}
        last = self.last_stuck()
        if self.is_circle_meant():
            last = self.circle.members
            if not self._is_of_one_process(last):
                # Ignore idle threads: they are not why the process waits for another one.
                last = tuple(filter(self.leads_out, last)) or last
        findings = [self.finding(task) for task in last]
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


def statements_of_signals(seen: ProcessSnapshot) -> Iterator[Statement]:
    """Yield what is known about pending signals of a process."""
    pid = seen.pid
    if seen.state in "ZX":
        return
    for signal in seen.pending:
        if signal in seen.blocked:
            # A process that blocks SIGCHLD, or another signal that ends nothing, wants it later.
            is_harmless = signal in IGNORED_BY_DEFAULT and signal not in seen.caught
            if is_harmless or signal in seen.ignored:
                continue
            yield Statement(f"{signal.name} is pending for process {pid}, which blocks it.")
            dead = [child.pid for child in children(pid) if child.state == "Z"]
            if signal == SIGCHLD and dead:
                yield Statement(f"Its {dead_words(dead)}.")
            text = "A blocked signal has its effect when it is unblocked."
            if signal not in seen.caught:
                text += f" SIGKILL cannot be blocked: kill -KILL {pid} ends the process."
            yield inferred("signal(7)", text)
        elif seen.state == "T":
            yield Statement(f"{signal.name} is pending for process {pid}, which is stopped.")
            text = "A stopped process takes a signal when SIGCONT continues it."
            yield inferred("signal(7)", text)


def statements_of_namespace(
    seen: ProcessSnapshot, threads: Iterable[ProcessSnapshot]
) -> Iterator[Statement]:
    """Yield what the kernel does with signals that a PID 1 does not handle."""
    if status_field(seen.pid, "NSpid").split()[-1:] != ["1"] or SIGTERM in seen.caught:
        return
    # While a thread waits in sigtimedwait(2), the signals that it accepts do not show as blocked.
    if any(not it.wchan or "sigtimedwait" in it.wchan for it in threads):
        return
    text = (
        "It is PID 1 of its PID namespace and has no handler for SIGTERM: the kernel drops "
        "SIGTERM, and each other signal without a handler that it does not block. Only SIGKILL "
        "from outside ends it."
    )
    if SIGTERM in seen.blocked:
        text = (
            "It is PID 1 of its PID namespace and blocks SIGTERM: the kernel keeps that signal "
            "until the process takes it, by sigwait(3) or signalfd(2), or unblocks it."
        )
    yield inferred("pid_namespaces(7)", text)
