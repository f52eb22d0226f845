"""Answer in one sentence what a process waits for, and prove it.

The answer names the end of the chain: the event that lets the processes continue. Each sentence of
the proof is marked with its evidence: seen in /proc, inferred by a rule, or not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from simpsh.base import waits
from simpsh.base.given_numbers import whole_number
from simpsh.base.phrases import counted, escaped, listed
from simpsh.base.record import Record, changed
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import Signal
from simpsh.base.waits import Wait
from simpsh.diagnosis.fact_words import (
    NOT_SEEN,
    PidNames,
    Statement,
    alternatives,
    inferred,
    shown,
    statement,
    unless_words,
    words,
)
from simpsh.diagnosis.symptoms import AWAITED, awaited_by, symptom_of
from simpsh.process.diagnose.blocked_process import Finding
from simpsh.process.diagnose.examination import viewer
from simpsh.process.diagnose.facts import Edge, Sleeps, WakerUnknown
from simpsh.process.diagnose.wait_graph import (
    NOTHING,
    WaitGraph,
    facts_of_namespace,
    facts_of_signals,
    graph_of,
)
from simpsh.process.file_holders import Holder
from simpsh.process.proc import process_number, process_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.process.diagnose.wait_graph import Verdict

_FIRST_ENDS = 2
SHORT_PROOF = 12
"""The number of sentences of a proof that are printed unless all are asked for."""
SCHEMA = "simpsh.diagnosis/1"
"""The schema of the fields of Diagnosis in JSON; docs/api.md describes it."""
_LABELS: Mapping[Verdict, str] = {"not known": "not known", "running": "continues by"}
"""By verdict: what stands before the events that end the wait."""
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
    """Whether the processes asked about are stuck because of the circle: only the events that the
    answer names, such as a signal's handler, could end it. False for a circle of other processes
    that they do not depend on."""
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
            lines.append(f"  {_LABELS.get(self.verdict, 'wakes it')}: {self.awaited}.")
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
    terminal master; stopped, stopped at terminal, frozen, traced; timer, loop; signal, signal
    that has come; futex, semaphore, shared memory, thread; poll; socket, connection; event, file
    change, message queue, semaphore set; held call, file, open, read, write; zombie, threads only,
    kernel thread; not permitted; unknown."""
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
    graph = graph_of((pid,), process_of(pid), {} if stopped_by is None else {pid: stopped_by})
    seen, finding = graph.tasks[pid]
    answer = _Sentences(graph).answer()
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
    return _Sentences(graph_of(pids, shell, stopped_by)).answer()


class _Sentences:
    """The sentences about a graph of waits."""

    def __init__(self, graph: WaitGraph) -> None:
        self._graph = graph
        commands = {task: seen.command for task, (seen, _) in graph.tasks.items()}
        self._pids = PidNames(graph.names, commands)
        self._verdict = graph.verdict()

    def answer(self) -> Answer:
        """Return the answer, and its proof: the end of the chain first."""
        graph, ends = self._graph, self._graph.ends()
        first, subject = self._judged_first(ends)
        statements = (first, *self._proof(subject))
        moving = {
            end: graph.tasks[end][1].situation.word if end in graph.tasks else "" for end in ends
        }
        is_stuck = self._verdict == "stuck"
        asked = {graph.tasks[pid][1].situation for pid in graph.asked}
        symptom, lesson, change = symptom_of(graph.situations() if is_stuck else (), asked)
        return Answer(
            statements=(*dict.fromkeys(statements),),
            circle=graph.circle.members,
            is_deadlock=is_stuck and graph.is_circle_meant(),
            ends=moving,
            verdict=self._verdict,
            symptom=symptom,
            lesson=lesson,
            change=change,
            awaited="" if is_stuck else self._events(),
        )

    # The first sentence: what waits for what, and the verdict.

    def _judged_first(self, ends: Sequence[int]) -> tuple[Statement, int]:
        """Return the first sentence, and the task that it is about; 0 if there are several."""
        graph, asked = self._graph, self._graph.asked
        if graph.is_circle_meant():
            return self._circle(), 0
        subject = asked[0]
        if len(asked) > 1 and not any(map(graph.awaited, asked)):
            clause, evidence, subject = (
                f"none of the {len(asked)} processes waits for another",
                waits.SEEN.words,
                0,
            )
        elif (
            set(asked) <= set(ends) or not ends or graph.tasks[subject][1].situation == waits.ZOMBIE
        ):
            # Prefer one whose sentence names another process.
            subject = next(filter(graph.awaited, asked), subject)
            clause, evidence = self._clause(subject), graph.tasks[subject][1].evidence.words
        else:
            clause, evidence = self._chain(ends), _CONCLUDED
            subject = ends[0] if len(ends) == 1 else 0
        before, after = self._judgement(subject)
        if before:
            evidence = _CONCLUDED
        if after in (_AT_REST, _NOT_SEEN_STUCK) and self._is_served(subject):
            name, act = self._name(subject, is_subject=True), self._act(subject)
            clause = f"{name} is at rest: it {act}"
        return Statement(_capitalized(f"{before}{clause}{after}."), evidence), subject

    def _judgement(self, subject: int) -> tuple[str, str]:
        """Return the words before and after the clause of the first sentence."""
        graph, asked = self._graph, self._graph.asked
        whom = "they are" if len(asked) > 1 else "it is"
        if self._verdict == "stuck":
            if graph.tasks[asked[0]][1].situation == waits.ZOMBIE:
                return "", ""
            if {*graph.stuck()} & {*asked}:
                return "", f"; {whom} stuck"
            last = graph.last_stuck()[0]
            return f"{self._clause(last)}, and is stuck; ", ""
        if self._verdict == "not known":
            return "", f"; whether {whom} stuck is not known"
        finding = graph.tasks[subject][1] if subject in graph.tasks else NOTHING
        if subject in asked and finding.situation == waits.RUNNING:
            return "", ""
        if elsewhere := graph.stuck_elsewhere():
            others = dict.fromkeys(map(self._name, elsewhere))
            verb = "is" if len(others) == 1 else "are"
            return "", f"; {whom} not stuck, but {listed(shown([*others]))} {verb}"
        is_doubtful = graph.waiters_for_any_thread() or graph.may_follow_another()
        return "", _NOT_SEEN_STUCK if is_doubtful else _AT_REST

    def _is_served(self, subject: int) -> bool:
        """Return whether a process asked about waits for events from outside, not for the time."""
        if subject not in self._graph.asked:
            return False
        finding = self._graph.tasks[subject][1]
        wakers = [waker for waker in finding.all_wakers if waker.is_known]
        return not finding.edges and any(waker != waits.BY_CLOCK for waker in wakers)

    def _clause(self, task: int) -> str:
        return f"{self._name(task, is_subject=True)} {self._act(task)}"

    def _act(self, task: int) -> str:
        return words(self._graph.tasks[task][1].act, self._pids)

    def _name(self, task: int, *, is_subject: bool = False) -> str:
        """Return `process 12 (P1: cat)`, or for a thread `thread 13 of process 12 (P1: cat)`."""
        process = process_of(task)
        if self._graph.asked == (process,) and process != task:
            return f"thread {task}" if is_subject else f"its thread {task}"
        name = self._pids.process(process)
        return name if process == task else f"thread {task} of {name}"

    def _chain(self, ends: Sequence[int]) -> str:
        graph = self._graph
        waiting = [pid for pid in graph.asked if pid not in ends]
        subject = f"{self._name(waiting[0])} waits"
        if len(waiting) > 1:
            subject = "all others wait" if len(waiting) < len(graph.asked) else "all wait"
        # The edges to the ends, from the tasks that lead there; an end may wait for another.
        moving = set(map(process_of, ends))
        on_the_way = (task for task in graph.reached(ends.__contains__) if task not in ends)
        findings = [graph.tasks[task][1] for task in on_the_way if task in graph.tasks]
        waiting_there = [it for it in findings if moving & set(map(process_of, it.waits_for))]
        edges = [
            (edge, finding.situation.is_of_one_thread)
            for finding in waiting_there
            for edge in finding.edges
            if process_of(edge.pid) in moving
        ]
        if len(ends) > 1 and any(
            it.situation.is_until_closed and moving <= set(map(process_of, it.waits_for))
            for it in waiting_there
        ):
            meant = dict.fromkeys(self._meant(end, ends) for end in ends)
            names = listed(shown([*map(self._name, meant)]))
            return f"{subject} for one of these to write, or for the end of all: {names}"
        named = {end: self._meant(end, ends) for end in ends}
        held = [
            changed(edge, pid=named[end])
            for end in ends
            for edge, is_of_one_thread in edges
            # An edge leads to a process, and thereby to each of its threads; or to one thread.
            if end == edge.pid or (not is_of_one_thread and process_of(end) == process_of(edge.pid))
        ]
        missing = [Edge(pid) for pid in named.values() if pid not in {edge.pid for edge in held}]
        which = alternatives(
            dict.fromkeys((*held, *missing)),
            self._name,
            are_all_needed=any(len(finding.needs_all) > 1 for finding in waiting_there),
        )
        if len(ends) > 1:
            return f"{subject} {which}"
        act = self._act(ends[0]) if ends[0] in graph.tasks else "cannot be looked at"
        joint = ", and " if held else ", which "
        return f"{subject} {which}{joint}{act}"

    def _meant(self, end: int, ends: Sequence[int]) -> int:
        """Return the process, instead of its thread, if several of its threads are ends."""
        process = process_of(end)
        is_own = process in map(process_of, self._graph.asked)
        alike = [other for other in ends if process_of(other) == process]
        return end if is_own or len(alike) == 1 else process

    def _circle(self) -> Statement:
        graph, circle, members = self._graph, self._graph.circle, self._graph.circle.members
        processes = tuple(dict.fromkeys(map(process_of, members)))
        text = f"{listed(shown([*map(self._name, processes)]))} wait for each other"
        if len(members) == 1:
            text = f"{self._name(members[0], is_subject=True)} waits for itself"
        elif len(processes) == 1:
            threads = listed([*map(str, members)])
            text = f"threads {threads} of {self._name(processes[0])} wait for each other"
        is_sure = self._verdict == "stuck" or not graph.is_circle_meant()
        is_sure = is_sure and circle.is_proven and not circle.unseen
        deadlock = "a deadlock" if is_sure else "it could be a deadlock"
        unless = unless_words(circle.ways_out, self._pids)
        comma = ", " if unless else ""
        behind = ""
        if graph.is_circle_meant() and not set(processes) & set(map(process_of, graph.asked)):
            wait = f"{self._name(graph.asked[0])} waits"
            if len(graph.asked) > 1:
                wait = "all asked about wait"
            whom = "one of these" if len(processes) > 1 else f"process {processes[0]}"
            behind = f"; {wait} for {whom}"
        words_of_circle = f"{_capitalized(text)}: {deadlock}{comma}{unless}{behind}."
        return Statement(words_of_circle, _CONCLUDED)

    # The proof.

    def _proof(self, subject: int) -> Iterator[Statement]:
        """Yield a sentence and the facts for each task.

        The sentence of `subject` is left out, because the answer has already given it.
        """
        graph, pids = self._graph, self._pids
        circle, ends, asked = graph.circle.members, graph.ends(), graph.asked
        if graph.is_circle_meant():
            yield from self._waits_in_circle()
        threads = [task for pid in asked for task in graph.threads.get(process_of(pid), ())]
        # The facts about a process asked about must not be behind those about a crowd.
        first = (*ends[:_FIRST_ENDS], *asked)
        tasks = dict.fromkeys((*first, *ends, *graph.reached(), *circle, *threads))
        for alike in self._equal_waits(tasks):
            finding = graph.tasks[alike[0]][1]
            if len(alike) > 1:
                which = listed(shown([*map(str, alike)]))
                is_timer = finding.situation == waits.TIMER
                act = words(Sleeps(None), pids) if is_timer else self._act(alike[0])
                text = f"Each of {len(alike)} threads ({which}) {act}."
                yield Statement(text, finding.evidence.words)
            elif alike[0] != subject:
                text = _capitalized(f"{self._clause(alike[0])}.")
                yield Statement(text, finding.evidence.words)
            for proof in finding.proof:
                yield statement(proof, pids)
            for task in alike:
                for proof in facts_of_signals(graph.tasks[task][0]):
                    yield statement(proof, pids)
        for pid in asked:
            count = graph.tasks[pid][0].threads
            if count > 1:
                yield Statement(f"Process {process_of(pid)} has {count} threads.")
            for law in facts_of_namespace(graph.tasks[pid][0]):
                yield statement(law, pids)
        if self._verdict in ("at rest", "running") and (unwoken := graph.waiters_for_any_thread()):
            yield statement(WakerUnknown(unwoken), pids)
        if circle and not graph.is_circle_meant():
            # Processes that the answer is not about wait for each other.
            yield from (self._circle(), *self._waits_in_circle())
        unseen = dict.fromkeys(
            pid
            for task in tasks
            for pid in (graph.tasks[task][1].not_permitted if task in graph.tasks else ())
            if pid not in graph.tasks and pid not in graph.circle.unseen
        )
        if unseen:
            first_unseen = pids.name(next(iter(unseen)))
            which = f"process {first_unseen}: it"
            if len(unseen) > 1:
                which = f"{len(unseen)} processes, such as {first_unseen}: each"
            yield Statement(f"Not permitted to look into {which} may hold the same.", NOT_SEEN)

    def _equal_waits(self, tasks: Iterable[int]) -> Iterator[list[int]]:
        """Yield tasks in groups: the threads of a process, except the first, that wait alike."""
        groups: dict[object, list[int]] = {}
        for task in tasks:
            if task in self._graph.tasks:
                process, finding = process_of(task), self._graph.tasks[task][1]
                is_alone = task in (process, *self._graph.circle.members)
                is_timer = finding.situation == waits.TIMER
                wait = finding.situation if is_timer else (finding.act, finding.proof)
                key = task if is_alone else (process, wait)
                groups.setdefault(key, []).append(task)
        yield from groups.values()

    def _waits_in_circle(self) -> Iterator[Statement]:
        """Yield the edges of a circle with several members."""
        graph, members = self._graph, self._graph.circle.members
        awaited = graph.awaited if graph.circle.is_proven else graph.awaited_alone
        if len(members) > 1:
            edges = []
            for member in members:
                others = [str(other) for other in awaited(member) if other in members]
                edges.append(f"{member} for {listed(others, 'or')}")
            rule = "two looks at each, between which none of them ran"
            yield inferred(rule, f"They wait in a circle: {', '.join(edges)}.")

    # Below the proof.

    def _events(self) -> str:
        """Return the events that end the waits, or why they are not known."""
        graph, is_known = self._graph, self._verdict != "not known"
        places: dict[str, list[str]] = {}
        reached = graph.reached()
        for task in dict.fromkeys((*reached, *graph.own_threads())):
            if task not in graph.tasks:
                continue
            finding = graph.tasks[task][1]
            where = "" if task in graph.asked else self._name(task)
            # A thread that the process does not wait for may be the one that serves requests.
            serves = is_known and any(waker in _OUTSIDERS for waker in finding.all_wakers)
            if task in reached or serves:
                for event in _events_of(finding, is_known=is_known):
                    places.setdefault(event, []).append(where)
                if not is_known and graph.awaits_any_thread(task) and finding.limit is None:
                    places.setdefault(_ANY_THREAD, []).append(where)
        texts = []
        for event, tasks in places.items():
            others = listed(shown(list(filter(None, tasks))), "or")
            texts.append(event if "" in tasks or not others else f"{event} (for {others})")
        return listed(shown(texts), "or") or AWAITED[waits.BY_UNSEEN]


_ANY_THREAD = "which other thread of its process wakes it, if any"
_OUTSIDERS = (waits.BY_CLIENT, waits.BY_PERSON, waits.BY_KERNEL)
_AT_REST = "; nothing here is stuck"
_NOT_SEEN_STUCK = "; nothing here is seen to be stuck"
_CONCLUDED = "inferred by the statements below"


def _events_of(finding: Finding, *, is_known: bool) -> Iterator[str]:
    """Yield the events that end a wait, or why they are not known."""
    for waker in finding.all_wakers:
        if waker.is_known == is_known:
            kinds = [it for it in (finding.situation, *finding.parts) if waker in it.wakers]
            yield awaited_by(kinds[0] if kinds else finding.situation, waker, viewer())
    if is_known and finding.limit is not None and waits.BY_CLOCK not in finding.all_wakers:
        yield "the end of its time limit"


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
