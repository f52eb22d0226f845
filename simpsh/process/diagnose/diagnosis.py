"""Answer in one sentence what a process waits for, and prove it.

The answer names the end of the chain: the event that lets the processes continue. Each sentence of
the proof is marked with its evidence: seen in /proc, inferred by a rule, or not seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from simpsh.base import waits
from simpsh.base.given_numbers import whole_number
from simpsh.base.phrases import counted, escaped, listed
from simpsh.base.record import Record, changed
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import IGNORED_BY_DEFAULT, SIGTERM, Signal
from simpsh.base.targets import Actor, Outsider
from simpsh.base.waits import Situation, Wait
from simpsh.process.diagnose.blocked_process import (
    NOT_SEEN,
    Edge,
    Finding,
    Statement,
    alternatives,
    edges_to,
    inferred,
    of_handlers,
    of_hidden_holders,
    of_threads,
    shown,
    unless_words,
)
from simpsh.process.diagnose.examination import examined
from simpsh.process.diagnose.symptoms import AWAITED, awaited_by, symptom_of
from simpsh.process.diagnose.verdict import Standing, standing
from simpsh.process.diagnose.waits_on_locks import locked_by_others
from simpsh.process.file_holders import Holder
from simpsh.process.pidfd import PidFd
from simpsh.process.proc import (
    numbers,
    process_number,
    process_of,
    state,
    status_field,
    times_scheduled,
)
from simpsh.process.process_snapshot import ProcessSnapshot, command
from simpsh.process.process_tree import birth_paths, children, named

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

_FIRST_ENDS = 2
SHORT_PROOF = 12
"""The number of sentences of a proof that are printed unless all are asked for."""
SCHEMA = "simpsh.diagnosis/1"
"""The schema of the fields of Diagnosis in JSON; docs/api.md describes it."""
_STATUSES: Mapping[Verdict, int] = {"running": 0, "at rest": 0, "stuck": 1, "not known": 3}


class Answer(Record):
    """The answer to what some processes wait for, and its proof; see proc(5)."""

    statements: tuple[Statement, ...]
    """The first is the answer, the others are its proof. Processes of one family are called P0 and,
    below that, P1, P2 …, in order of birth."""
    circle: tuple[int, ...]
    """Processes, or threads, that wait for each other; empty if no such circle was seen. It is a
    deadlock unless another event, which the answer names, ends one of the waits. The process asked
    about may be outside: it waits for a member, or the members are its threads."""
    is_deadlock: bool
    """Whether all threads of the circle's processes wait: only the events that the answer names,
    such as a signal's handler, could end the circle."""
    ends: Mapping[int, str]
    """The processes, or threads, that can move first, each with its situation."""
    verdict: Verdict
    """`running`, `at rest`, `stuck`, or `not known`."""
    symptom: str
    """A stable name such as `E-PIPE-HANG`; empty unless the verdict is `stuck`."""
    lesson: str
    """The id of the lesson that explains it."""
    change: str
    """A change of the program that avoids the wait; empty unless the verdict is `stuck`."""
    awaited: str
    """The event that ends the wait if nothing is stuck, or why that is not known."""

    @property
    def status(self) -> int:
        """The exit status of `simpsh diagnose`: 0 if nothing is stuck, 1 if it is, or 3."""
        return _STATUSES[self.verdict]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The statements without their evidence."""
        return tuple(statement.text for statement in self.statements)

    def lines(self, columns: int = 0, most: int = 0) -> tuple[str, ...]:
        """Return the answer and, indented, its proof, each sentence with its evidence.

        Each is on one line, or wrapped to this number of columns. If `most` is not 0, a longer
        proof is cut to so many sentences, and the rest is counted.

        Raises TypeError: `columns` is not a whole number. A command with unprintable characters has
        been made printable. See proc(5).
        """
        columns = whole_number(columns, "the columns are a number")
        most = whole_number(most, "the number of sentences is a number")
        first, *further = self.statements
        more = len(further) - most if most else 0
        further = further[:most] if more > 0 else further
        # A name in a sentence may have any characters.
        proof = [f"  {statement.evidence}: {escaped(statement.text)}" for statement in further]
        lines = [escaped(first.text), *proof]
        if more > 0:
            lines.append(f"  more: {counted(more, 'further sentence')}, with --all.")
        if self.awaited:
            begin = "not known" if self.verdict == "not known" else "wakes it"
            lines.append(f"  {begin}: {self.awaited}.")
        if self.change:
            lines.append(f"  to change: {self.change}.")
        if self.symptom:
            lines.append(f"  {self.symptom}: simpsh lesson run {self.lesson}")
        if columns:
            lines = [
                piece
                for line in lines
                for piece in between_words(
                    line, columns, further="    " if line[0] == " " else "  "
                )
            ]
        return tuple(lines)


class Diagnosis(Answer):
    """The answer for one process: as a word, as sentences, and as pids; see proc(5)."""

    pid: int
    command: str
    state: str
    """The state letter of proc_pid_stat(5)."""
    situation: str
    """running; empty pipe, full pipe, empty FIFO, full FIFO, FIFO without a writer, FIFO without a
    reader; child, vfork child, namespace; lock; keyboard, terminal input, terminal output,
    terminal master; stopped, frozen, traced; timer, loop; signal, signal that has come; futex,
    semaphore, shared memory, thread; poll; socket, connection; event, file change, message
    queue, semaphore set; file, open, read, write; zombie, threads only, kernel thread; not
    permitted; unknown."""
    waits_for: tuple[int, ...]
    """The processes any of which may end the wait."""
    holders: tuple[Holder, ...]
    """The processes that hold the other end of the pipe, or the lock, and their descriptors for
    it."""
    not_permitted: tuple[int, ...]
    """Processes that we may not inspect and that could change the answer."""
    waits: Mapping[int, Wait]
    """The wait of each examined process and thread, by its pid."""


def diagnose(pid: int, stopped_by: Signal | None = None) -> Diagnosis:
    """Find out what a process waits for, and for which processes.

    Only root may inspect processes of other users. Without permission, the situation is `not
    permitted`, not `unknown`; `not_permitted` lists other processes that could
    change the answer. `stopped_by` is the signal that stopped it, if wait(2) has reported it: /proc
    does not show it afterwards. If the process sleeps briefly, look again after the sleep.

    Raises ProcessLookupError: ESRCH; there is no such process, or it was collected meanwhile.
    PermissionError: EPERM; /proc hides it from us altogether (hidepid). See proc_pid_syscall(5),
    proc_pid_fd(5), proc_locks(5).
    """
    pid = process_number(pid)
    stopped_by = None if stopped_by is None else Signal(stopped_by)
    graph = _graph_of((pid,), process_of(pid), {} if stopped_by is None else {pid: stopped_by})
    seen, finding = graph.tasks[pid]
    answer = graph.answer()
    return Diagnosis(
        **{field: getattr(answer, field) for field in Answer._fields},
        pid=pid,
        command=seen.command,
        state=seen.state,
        situation=finding.situation.word,
        waits_for=finding.waits_for,
        holders=finding.holders,
        not_permitted=tuple(dict.fromkeys((*finding.not_permitted, *graph.circle.unseen))),
        waits=graph.waits(),
    )


def diagnose_job(pids: Sequence[int], shell: int, stopped_by: Mapping[int, Signal]) -> Answer:
    """Find out what the processes of a job wait for; errors as for diagnose().

    The names P1, P2 … are those of descendants of `shell`.
    """
    return _graph_of(pids, shell, stopped_by).answer()


def awaits_keyboard(pid: int) -> bool:
    """Return whether a process reads a terminal, or polls it for input. See proc_pid_syscall(5)."""
    _, finding = examined(pid, {})
    awaited = {waits.KEYBOARD, waits.TERMINAL_INPUT}
    return not awaited.isdisjoint((finding.situation, *finding.parts))


def _graph_of(asked: Sequence[int], first: int, stopped_by: Mapping[int, Signal]) -> _WaitGraph:
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


def _consistent(asked: Sequence[int], first: int, stopped_by: Mapping[int, Signal]) -> _WaitGraph:
    """Build the graph until it agrees with the family, and leads to an end or into a circle."""
    for _ in range(_LOOKS):
        names = birth_paths(first)
        graph = _WaitGraph(asked, names, stopped_by)
        is_whole = (graph.circle.members or graph.ends()) and not graph.has_lost_one()
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


_NOTHING = Finding(waits.UNKNOWN, "")


class _Circle(Record):
    """Processes or threads that wait for each other, in the order in which they were found."""

    members: tuple[int, ...] = ()
    is_proven: bool = True
    """Whether all threads of the processes wait; otherwise a further thread may end a wait."""
    ways_out: tuple[str, ...] = ()
    """Other events that may end one of the waits, in words."""
    unseen: tuple[int, ...] = ()
    """Members that we may not inspect."""


class _WaitGraph:
    """Which process waits for which, from those asked about to those that could move first.

    Each process or thread is a node; an edge leads to a thread that may end its wait. The last node
    waits for another event: a timeout, or a key press. If no edge leads out of a set, and no other
    event ends a wait of its members, none of them can move again: a deadlock.
    """

    def __init__(
        self, asked: Sequence[int], names: Mapping[int, str], stopped_by: Mapping[int, Signal]
    ) -> None:
        self.tasks: dict[int, tuple[ProcessSnapshot, Finding]] = {}
        """The snapshot and the wait of each process and thread."""
        self._names = names
        self._threads: dict[int, tuple[int, ...]] = {}
        """The threads of each process that has several."""
        for pid in asked:
            try:
                self.tasks[pid] = examined(pid, names, stopped_by.get(pid))
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
                        self.tasks[other] = examined(other, names)
                    except (ProcessLookupError, PermissionError):
                        continue
                    to_visit.append(other)
        self.circle = self._circle()
        self._standing = self._stand()

    def has_lost_one(self) -> bool:
        """Return whether a process for which another one waits has gone meanwhile."""
        awaited = (pid for task in self._reached() for pid in self._awaited(task))
        return any(pid not in self.tasks and not state(pid) for pid in awaited)

    def _stand(self) -> Standing:
        findings = {task: finding for task, (_, finding) in self.tasks.items()}
        return standing(findings, self._awaited)

    def _next_to(self, task: int) -> tuple[int, ...]:
        """Return the nodes that a node waits for, and its other threads."""
        seen, finding = self.tasks[task]
        process = process_of(task)
        if seen.threads == 1 or process in self._threads:
            return finding.waits_for
        # Examine first the threads that it waits for.
        threads = [thread for thread in numbers(process, "task") if thread != process]
        threads.sort(key=lambda thread: thread not in finding.waits_for)
        self._threads[process] = (process, *threads)
        return (*finding.waits_for, *self._threads[process])

    def _awaited(self, task: int, *, is_to_end: bool = False) -> tuple[int, ...]:
        """Return the threads any of which may end the wait of a task; the first thread has the pid.

        With `is_to_end`, if some threads of a process can move on their own, return only these. If
        they merely wait for each other with timeouts, also return threads that wait for another
        process.
        """
        if task not in self.tasks:
            return ()
        _, finding = self.tasks[task]
        groups = [self._threads.get(pid, (pid,)) for pid in finding.waits_for]
        if finding.situation.is_of_one_thread:
            groups = [finding.waits_for]
        if finding.by_own_threads:
            threads = self._threads.get(process_of(task), ())
            groups.append(tuple(thread for thread in threads if thread != task) or (task,))
        if is_to_end:
            groups = [self._to_end(group) for group in groups]
        return tuple(dict.fromkeys(thread for group in groups for thread in group))

    def _is_end(self, task: int) -> bool:
        """Return whether an event from outside these processes lets this task move."""
        _, finding = self.tasks.get(task, (None, _NOTHING))
        return not self._awaited(task) or bool(finding.others) or finding.limit is not None

    def _to_end(self, threads: tuple[int, ...]) -> tuple[int, ...]:
        ends = tuple(filter(self._is_end, threads))
        findings = [self.tasks[task][1] for task in ends if task in self.tasks]
        if all(self._awaited(task) for task in ends) and not any(it.others for it in findings):
            # Language runtimes such as Go's have threads with such timeouts.
            ends = tuple(task for task in threads if task in ends or self._leads_out(task))
        return ends or threads

    def _leads_out(self, task: int) -> bool:
        _, finding = self.tasks.get(task, (None, _NOTHING))
        return any(process_of(other) != process_of(task) for other in finding.waits_for)

    def _is_closed(self, task: int) -> bool:
        return task in self.tasks and self.tasks[task][1].is_closed and bool(self._awaited(task))

    def _reached(self, is_last: Callable[[int], bool] = lambda _: False) -> tuple[int, ...]:
        """Return the processes asked about and, transitively, those that they wait for.

        Nodes beyond one that `is_last` accepts are left out.
        """

        def following(task: int) -> tuple[int, ...]:
            return () if is_last(task) else self._awaited(task, is_to_end=True)

        to_end = (_reached(pid, following) for pid in self.asked)
        return tuple(dict.fromkeys((*self.asked, *(task for tasks in to_end for task in tasks))))

    def ends(self) -> tuple[int, ...]:
        """Return the processes and threads that may move without another node of the graph.

        They do not wait for a node, or they also wait for another event, or with a timeout.
        """
        return tuple(filter(self._is_end, self._reached(self._is_end))) or tuple(
            task for task in self._reached() if not self._is_closed(task)
        )

    # Circles.

    def _circle(self) -> _Circle:
        # First with all threads; then each waiting process, regardless of its other threads.
        for awaited, is_proven in ((self._awaited, True), (self._awaited_alone, False)):
            for task in self.tasks:
                reached = (task, *_reached(task, awaited))
                if all(map(self._is_closed, reached)):
                    back = (other for other in reached if task in _reached(other, awaited))
                    circle = self._confirmed(tuple(dict.fromkeys(back)), is_proven=is_proven)
                    # A single thread that other threads of its process may wake is not a circle.
                    is_circle = is_proven or task in self.asked or len(circle.members) > 1
                    if circle.members and is_circle:
                        return circle
        return _Circle()

    def _awaited_alone(self, task: int) -> tuple[int, ...]:
        """Return the processes that a process waits for, ignoring its other threads."""
        _, finding = self.tasks.get(task, (None, _NOTHING))
        # A process may poll a private pipe that its other threads or its handlers write to.
        is_own = finding.by_own_threads and finding.holders and finding.situation != waits.POLL
        return finding.waits_for or ((task,) if is_own else ())

    def _confirmed(self, members: tuple[int, ...], *, is_proven: bool) -> _Circle:
        """Return the circle of `members` if all of them still wait; otherwise an empty one.

        The members were examined one after another, so this examines them again.
        """
        slept = [times_scheduled(member) for member in members]
        ways: list[str] = []
        unseen: list[int] = []
        for member in members:
            try:
                seen, finding = examined(member, self._names)
            except (ProcessLookupError, PermissionError):
                return _Circle()
            _, before = self.tasks[member]
            if (finding.waits_for, finding.is_closed) != (before.waits_for, before.is_closed):
                return _Circle()
            ways += of_handlers(seen)
            if not is_proven and not finding.situation.is_of_one_thread:
                for other in self._awaited_alone(member):
                    ways += of_threads(self.tasks[other][0])
            if finding.situation.has_holders or finding.not_permitted:
                ways += of_hidden_holders(finding.not_permitted)
            ways += finding.ways_out
            unseen += finding.not_permitted
        # A thread that has not been scheduled meanwhile is still in the same call.
        if slept != [times_scheduled(member) for member in members]:
            return _Circle()
        return _Circle(members, is_proven, (*dict.fromkeys(ways),), (*dict.fromkeys(unseen),))

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

    def find_loops(self, earlier: _WaitGraph) -> None:
        """Find the tasks that sleep again, or wait for a program that sleeps again."""
        before, now = earlier.short_sleepers(), self.short_sleepers()
        gone = {pid: words for pid, words in before.items() if pid not in now}
        for sleeper, command_line in now.items():
            if sleeper in before:
                self._set_loop(sleeper, "sleeps", sleeper)
            for task, (_, finding) in tuple(self.tasks.items()):
                _, formerly = earlier.tasks.get(task, (None, _NOTHING))
                was_awaited = command_line in map(gone.get, formerly.waits_for)
                if (
                    was_awaited
                    and finding.situation == waits.CHILD
                    and sleeper in finding.waits_for
                ):
                    self._set_loop(task, f"runs {command_line}", sleeper)

    def _set_loop(self, task: int, act: str, sleeper: int) -> None:
        seen, _ = self.tasks[task]
        others = [child.pid for child in children(process_of(task)) if child.state not in "ZX"]
        edges = edges_to(
            (pid for pid in others if pid != sleeper), "may have to end first", is_by_end=True
        )
        brief = f"looks for something again and again, and {act} in between"
        file, holding = locked_by_others(process_of(task))
        if holding:
            # The process may be retrying to lock the file, as sqlite3 does.
            edges = edges_to(holding, "holds", f"a lock on {file}")
        if edges:
            names = listed(shown([self._name(edge.pid) for edge in edges]), "or")
            about = f"for the lock on {file}, which {names} holds" if holding else ""
            brief += f": perhaps it asks {about or f'whether {names} has ended'}"
        unseen = "/proc does not show what it looks for; its calls do: "
        details = (
            inferred("two looks", "Between the two it went through its loop once."),
            Statement(f"{unseen}strace -p {process_of(task)}", NOT_SEEN),
        )
        finding = Finding(waits.LOOP, brief, details, edges, others=("what it looks for",))
        self.tasks[task] = seen, finding
        self._standing = self._stand()

    # Sentences.

    def answer(self) -> Answer:
        """Return the answer, and its proof: the end of the chain first."""
        circle, ends, asked = self.circle.members, self.ends(), self.asked
        subject = asked[0]  # the answer is the sentence about this one
        if self._is_circle_meant():
            first, subject = self._of_circle(), 0
        elif len(asked) > 1 and not any(map(self._awaited, asked)):
            first, subject = Statement(f"None of the {len(asked)} processes waits for another."), 0
        elif (
            set(asked) <= set(ends) or not ends or self.tasks[subject][1].situation == waits.ZOMBIE
        ):
            # Prefer one whose sentence names another process.
            subject = next(filter(self._awaited, asked), subject)
            first = self._brief(subject)
        else:
            first, subject = self._of_chain(ends), ends[0] if len(ends) == 1 else 0
        verdict = self._verdict()
        first = self._judged(first, subject, verdict)
        statements = (first, *self._proof(subject))
        moving = {
            end: self.tasks[end][1].situation.word if end in self.tasks else "" for end in ends
        }
        is_stuck = verdict == "stuck"
        symptom, lesson, change = symptom_of(self._situations() if is_stuck else ())
        return Answer(
            statements=(*dict.fromkeys(statements),),
            circle=circle,
            is_deadlock=bool(circle) and self.circle.is_proven,
            ends=moving,
            verdict=verdict,
            symptom=symptom,
            lesson=lesson,
            change=change,
            awaited="" if is_stuck else self._awaited_events(verdict),
        )

    def waits(self) -> dict[int, Wait]:
        """Return the wait of each task, as facts."""
        actors = {task: Outsider(seen.command, task) for task, (seen, _) in self.tasks.items()}

        def actor_of(pid: int) -> Actor:
            return actors.get(pid) or Outsider(command(pid), pid)

        return {task: finding.wait(actor_of) for task, (_, finding) in self.tasks.items()}

    # The verdict.

    def _own_threads(self) -> tuple[int, ...]:
        """Return the examined threads of the processes asked about."""
        threads = (self._threads.get(process_of(pid), (pid,)) for pid in self.asked)
        return tuple(task for tasks in threads for task in tasks if task in self.tasks)

    def _is_circle_meant(self) -> bool:
        """Return whether the circle is the answer: a process asked about is in it, or behind it."""
        circle = set(self.circle.members)
        return bool(circle & {*self._own_threads()} or (circle and not self.ends()))

    def _stuck(self) -> tuple[int, ...]:
        """Return the stuck tasks among those asked about and those that they wait for."""
        tasks = dict.fromkeys((*self._reached(), *self._own_threads()))
        return tuple(
            task
            for task in tasks
            if task in self._standing.stuck
            # A dead child that a process has not collected does not hold that process up.
            and (task in self.asked or self.tasks[task][1].situation != waits.ZOMBIE)
        )

    def _verdict(self) -> Verdict:
        if self._is_circle_meant():
            members = [self.tasks[member][1] for member in self.circle.members]
            is_known = self.circle.is_proven and not self.circle.unseen
            return "stuck" if is_known and not any(it.wakers for it in members) else "not known"
        if self._stuck():
            return "stuck"
        if not self._standing.movable.issuperset(self.asked):
            return "not known"
        moving = [self.tasks[end][1].situation for end in self.ends() if end in self.tasks]
        return "running" if waits.RUNNING in moving else "at rest"

    def _judged(self, first: Statement, subject: int, verdict: Verdict) -> Statement:
        """Return the first sentence with the verdict."""
        text = first.text.removesuffix(".")
        several = len(self.asked) > 1
        if verdict == "stuck":
            stuck = self._stuck()
            if self._is_circle_meant() or self.tasks[self.asked[0]][1].situation == waits.ZOMBIE:
                return first
            if not set(stuck) & set(self.asked):
                last = self._last_stuck()[0]
                brief = self.tasks[last][1].brief
                name = _capitalized(self._name(last, is_subject=True))
                text = f"{name} {brief}, and is stuck; {text[:1].lower()}{text[1:]}"
                return _concluded(f"{text}.")
            return changed(first, text=f"{text}; {'they are' if several else 'it is'} stuck.")
        if verdict == "not known":
            if self._is_circle_meant():
                return first
            whom = "they are" if several else "it is"
            return changed(first, text=f"{text}; whether {whom} stuck is not known.")
        finding = self.tasks[subject][1] if subject in self.tasks else _NOTHING
        if subject in self.asked and finding.situation == waits.RUNNING:
            return first
        if subject in self.asked and not finding.edges and _is_served(finding):
            name = self._name(subject, is_subject=True)
            text = _capitalized(f"{name} is at rest: it {finding.brief}")
        return changed(first, text=f"{text}; nothing here is stuck.")

    def _last_stuck(self) -> tuple[int, ...]:
        """Return the stuck tasks that wait for no other stuck task."""
        stuck = self._stuck()
        last = [task for task in stuck if not self._standing.stuck & {*self._awaited(task)}]
        still = [task for task in stuck if self.tasks[task][1].is_left_open]
        return tuple(last or still or stuck)

    def _awaited_events(self, verdict: Verdict) -> str:
        """Return the events that end the waits, or why they are not known."""
        is_known = verdict != "not known"
        places: dict[str, list[str]] = {}
        for task in self._reached():
            if task not in self.tasks:
                continue
            finding = self.tasks[task][1]
            where = "" if task in self.asked else self._name(task)
            for waker in finding.all_wakers:
                if waker.is_known == is_known:
                    kinds = [it for it in (finding.situation, *finding.parts) if waker in it.wakers]
                    event = awaited_by(kinds[0] if kinds else finding.situation, waker)
                    places.setdefault(event, []).append(where)
            if is_known and finding.limit is not None and waits.BY_CLOCK not in finding.all_wakers:
                places.setdefault("the end of its time limit", []).append(where)
        texts = []
        for event, tasks in places.items():
            others = listed(shown(list(filter(None, tasks))), "or")
            texts.append(event if "" in tasks or not others else f"{event} ({others})")
        return listed(shown(texts), "or") or AWAITED[waits.BY_UNSEEN]

    def _proof(self, subject: int) -> Iterator[Statement]:
        """Yield a sentence and the facts for each task.

        The sentence of `subject` is left out, because the answer has already given it.
        """
        circle, ends, asked = self.circle.members, self.ends(), self.asked
        if self._is_circle_meant():
            yield from self._of_waits()
        threads = [task for pid in asked for task in self._threads.get(process_of(pid), ())]
        # The facts about a process asked about must not be behind those about a crowd.
        first = (*ends[:_FIRST_ENDS], *asked)
        tasks = dict.fromkeys((*first, *ends, *self._reached(), *circle, *threads))
        for alike in self._equal_waits(tasks):
            finding = self.tasks[alike[0]][1]
            if len(alike) > 1:
                which = listed(shown([*map(str, alike)]))
                brief = finding.brief
                if finding.situation == waits.TIMER:
                    brief = "sleeps until a time that it has set"
                words = f"Each of {len(alike)} threads ({which}) {brief}."
                yield Statement(words, finding.evidence.words)
            elif alike[0] != subject:
                yield self._brief(alike[0])
            yield from finding.details
            for task in alike:
                yield from _of_signals(self.tasks[task][0])
        for pid in asked:
            count = self.tasks[pid][0].threads
            if count > 1:
                yield Statement(f"Process {process_of(pid)} has {count} threads.")
            yield from _of_namespace(self.tasks[pid][0])
        if circle and not self._is_circle_meant():
            # Processes that the answer is not about wait for each other.
            yield from (self._of_circle(), *self._of_waits())
        unseen = dict.fromkeys(
            pid
            for task in tasks
            for pid in (self.tasks[task][1].not_permitted if task in self.tasks else ())
            if pid not in self.tasks and pid not in self.circle.unseen
        )
        if unseen:
            names = [named(pid, command(pid), self._names) for pid in unseen]
            which = f"process {names[0]}: it"
            if len(names) > 1:
                which = f"{len(names)} processes, such as {names[0]}: each"
            yield Statement(f"Not permitted to look into {which} may hold the same.", NOT_SEEN)

    def _equal_waits(self, tasks: Iterable[int]) -> Iterator[list[int]]:
        """Yield tasks in groups: the threads of a process, except the first, that wait alike."""
        groups: dict[object, list[int]] = {}
        for task in tasks:
            if task in self.tasks:
                process, finding = process_of(task), self.tasks[task][1]
                is_alone = task in (process, *self.circle.members)
                is_timer = finding.situation == waits.TIMER
                wait = finding.situation if is_timer else (finding.brief, finding.details)
                key = task if is_alone else (process, wait)
                groups.setdefault(key, []).append(task)
        yield from groups.values()

    def _situations(self) -> set[Situation]:
        """Return the situations of the last stuck waiters, or of the circle."""
        if all(self.tasks[task][1].situation == waits.ZOMBIE for task in self.asked):
            # Whatever the parent waits for, it does not wait for its children.
            return {waits.ZOMBIE}
        last = self._last_stuck()
        if self._is_circle_meant():
            last = self.circle.members
            if len(set(map(process_of, last))) > 1:
                # Ignore idle threads: they are not why the process waits for another one.
                last = tuple(filter(self._leads_out, last)) or last
        findings = [self.tasks[task][1] for task in last]
        situations = {word for it in findings for word in (it.situation, *it.parts)}
        if any(finding.is_left_open for finding in findings):
            # Node's outputs of children are sockets; the advice is that for pipes.
            situations.add(waits.EMPTY_PIPE)
        if not any(finding.situation == waits.EVENT for finding in findings):
            # An event loop of a healthy program polls such descriptors, too.
            situations.discard(waits.EVENT)
        return situations

    def _name(self, task: int, *, is_subject: bool = False) -> str:
        """Return `process 12 (P1: cat)`, or for a thread `thread 13 of process 12 (P1: cat)`."""
        process = process_of(task)
        if self.asked == (process,) and process != task:
            return f"thread {task}" if is_subject else f"its thread {task}"
        seen = self.tasks.get(process)
        name = named(process, command(process) if seen is None else seen[0].command, self._names)
        return f"process {name}" if process == task else f"thread {task} of process {name}"

    def _brief(self, task: int) -> Statement:
        _, finding = self.tasks[task]
        name = self._name(task, is_subject=True)
        return Statement(_capitalized(f"{name} {finding.brief}."), finding.evidence.words)

    def _of_chain(self, ends: Sequence[int]) -> Statement:
        waiting = [pid for pid in self.asked if pid not in ends]
        subject = _capitalized(self._name(waiting[0])) + " waits"
        if len(waiting) > 1:
            subject = "All others wait" if len(waiting) < len(self.asked) else "All wait"
        # The edges to the ends, from the tasks that lead there; an end may wait for another.
        moving = set(map(process_of, ends))
        on_the_way = (task for task in self._reached(ends.__contains__) if task not in ends)
        findings = [self.tasks[task][1] for task in on_the_way if task in self.tasks]
        waiting_there = [it for it in findings if moving & set(map(process_of, it.waits_for))]
        names = shown([*map(self._name, ends)])
        edges = [
            edge
            for finding in waiting_there
            for edge in finding.edges
            if process_of(edge.pid) in moving
        ]
        if len(ends) > 1 and any(
            it.situation.is_until_closed and moving <= set(map(process_of, it.waits_for))
            for it in waiting_there
        ):
            return _concluded(
                f"{subject} for one of these to write, or for the end of all: {listed(names)}."
            )
        held = [
            changed(edge, pid=end)
            for end in ends
            for edge in edges
            if process_of(end) == process_of(edge.pid)
        ]
        missing = [Edge(end) for end in ends if end not in {edge.pid for edge in held}]
        which = alternatives((*held, *missing), self._name)
        if len(ends) > 1:
            return _concluded(f"{subject} {which}.")
        brief = self.tasks[ends[0]][1].brief if ends[0] in self.tasks else "cannot be looked at"
        has_clause = any(edge.act for edge in held)
        joint = ", and " if has_clause else ", which "
        return _concluded(f"{subject} {which}{joint}{brief}.")

    def _of_circle(self) -> Statement:
        circle, members = self.circle, self.circle.members
        processes = tuple(dict.fromkeys(map(process_of, members)))
        text = f"{listed(shown([*map(self._name, processes)]))} wait for each other"
        if len(members) == 1:
            text = f"{self._name(members[0], is_subject=True)} waits for itself"
        elif len(processes) == 1:
            threads = listed([*map(str, members)])
            text = f"threads {threads} of {self._name(processes[0])} wait for each other"
        is_sure = self._verdict() == "stuck" or not self._is_circle_meant()
        is_sure = is_sure and circle.is_proven and not circle.unseen
        verdict = "a deadlock" if is_sure else "it could be a deadlock"
        unless = unless_words(circle.ways_out)
        return _concluded(f"{_capitalized(text)}: {verdict}{unless and ', '}{unless}.")

    def _of_waits(self) -> Iterator[Statement]:
        """Yield the edges of a circle with several members."""
        members = self.circle.members
        awaited = self._awaited if self.circle.is_proven else self._awaited_alone
        if len(members) > 1:
            edges = []
            for member in members:
                others = [str(other) for other in awaited(member) if other in members]
                edges.append(f"{member} for {listed(others, 'or')}")
            rule = "two looks at each, between which none of them ran"
            yield inferred(rule, f"They wait in a circle: {', '.join(edges)}.")


def _is_served(finding: Finding) -> bool:
    """Return whether a wait is for events from outside, and not only for the time."""
    return any(waker.is_known and waker != waits.BY_CLOCK for waker in finding.all_wakers)


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


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _concluded(text: str) -> Statement:
    return inferred("the statements below", text)


def _of_signals(seen: ProcessSnapshot) -> Iterator[Statement]:
    """Yield statements about pending signals of a process."""
    pid = seen.pid
    if seen.state in "ZX":
        return
    for signal in seen.pending:
        if signal in seen.blocked:
            # A process that blocks SIGCHLD, or another signal that ends nothing, wants it later.
            if signal in IGNORED_BY_DEFAULT or signal in seen.ignored:
                continue
            yield Statement(f"{signal.name} is pending for process {pid}, which blocks it.")
            rule = "A blocked signal has its effect when it is unblocked."
            if signal not in seen.caught:
                rule += f" SIGKILL cannot be blocked: kill -KILL {pid} ends the process."
            yield inferred("signal(7)", rule)
        elif seen.state == "T":
            yield Statement(f"{signal.name} is pending for process {pid}, which is stopped.")
            rule = "A stopped process takes a signal when SIGCONT continues it."
            yield inferred("signal(7)", rule)


def _of_namespace(seen: ProcessSnapshot) -> Iterator[Statement]:
    """Yield the statement that the kernel drops signals that a PID 1 does not handle."""
    if status_field(seen.pid, "NSpid").split()[-1:] != ["1"] or SIGTERM in seen.caught:
        return
    if SIGTERM in seen.blocked:
        rule = (
            "It is PID 1 of its PID namespace and blocks SIGTERM: the kernel keeps that signal "
            "until the process takes it, by sigwait(3) or signalfd(2), or unblocks it."
        )
        yield inferred("pid_namespaces(7)", rule)
    else:
        rule = (
            "It is PID 1 of its PID namespace and has no handler for SIGTERM: the kernel drops "
            "SIGTERM, and each other signal without a handler that it does not block. Only SIGKILL "
            "from outside ends it."
        )
        yield inferred("pid_namespaces(7)", rule)
