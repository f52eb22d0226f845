"""Answer in one sentence what a process waits for, and prove it.

The answer names the end of the chain: the event that lets the processes continue. Each sentence of
the proof is marked with its evidence: seen in /proc, inferred by a rule, or not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from simpsh.base import waits
from simpsh.base.given_numbers import whole_number
from simpsh.base.phrases import counted, escaped, listed
from simpsh.base.record import Record, changed
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import Signal
from simpsh.base.waits import Wait
from simpsh.diagnosis.finding import NOT_SEEN, Edge, Finding, Statement, limit_words
from simpsh.diagnosis.objects import file_words
from simpsh.diagnosis.signal_waits import shown, statements_of_signals
from simpsh.diagnosis.symptoms import AWAITED, symptom_of
from simpsh.diagnosis.wait_graph import WaitGraph, graph_of
from simpsh.process.file_holders import Holder
from simpsh.process.proc import process_number, process_of
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.diagnosis.wait_graph import Verdict

_FIRST_ENDS = 2
_MOST_NAMED, _MOST_CLAUSES, _MOST_WORDS = 2, 2, 3
"""The most processes and events in a sentence, and words of a command line; others are counted."""
SHORT_PROOF = 12
"""The number of sentences of a proof that are printed unless all are asked for."""
SCHEMA = "simpsh.diagnosis/2"
"""The schema of the fields of Diagnosis in JSON; docs/api.md describes it."""
_LABELS: Mapping[Verdict, str] = {"not known": "not known", "running": "continues by"}
"""By verdict: the words before the events that end the wait."""
_STATUSES: Mapping[Verdict, int] = {"running": 0, "at rest": 0, "stuck": 1, "not known": 3}


class Diagnosis(Record):
    """What a process waits for: as a word, as sentences, and as pids; see proc(5)."""

    statements: tuple[Statement, ...]
    """The first is the answer, the others are its proof. Processes of one family are called P0 and,
    below that, P1, P2 …, in order of birth."""
    circle: tuple[int, ...]
    """Processes, or threads, that wait for each other, or one that waits for itself; empty if no
    such circle was seen. The process asked about may be outside: it waits for a member, or the
    members are its threads."""
    is_deadlock: bool
    """Whether the process is stuck because of a circle of several processes or threads: only the
    events that the answer names, such as a signal's handler, could end it."""
    ends: Mapping[int, str]
    """The processes, or threads, that can move first, each with its situation."""
    verdict: Verdict
    """`running`, `at rest`, `stuck`, or `not known`."""
    symptom: str
    """A stable name such as `E-PIPE-HANG`; empty unless the verdict is `stuck`, or a left-over
    process holds the pipe or socket that is read."""
    lesson: str
    """The id of the lesson that explains it."""
    change: str
    """A change of the program that avoids the wait; empty without a symptom."""
    awaited: str
    """The event that ends the wait if nothing is stuck, or why that is not known."""
    pid: int
    command: str
    state: str
    """The state letter of proc_pid_stat(5)."""
    situation: str
    """running; empty pipe, full pipe, empty FIFO, full FIFO, FIFO without a writer, FIFO without a
    reader; child, vfork child; lock; keyboard, terminal input, terminal output, terminal master;
    stopped, stopped at terminal, traced; timer; signal; memory, shared memory; poll; socket, full
    socket, connection; event, file change, message queue, semaphore set; held call, file, open,
    read, write; zombie, threads only, kernel thread; not permitted; unknown."""
    waits_for: tuple[int, ...]
    """The processes any of which may end the wait."""
    holders: tuple[Holder, ...]
    """The processes that hold the other end of the pipe, or the lock, and their descriptors for
    it."""
    not_permitted: tuple[int, ...]
    """Processes that we may not inspect and that could change the answer."""
    waits: Mapping[int, Wait]
    """The wait of each examined process and thread, by its pid."""

    @property
    def status(self) -> int:
        """The exit status of `simpsh diagnose`: 1 with a symptom or if stuck, 0 if not, or 3."""
        return 1 if self.symptom else _STATUSES[self.verdict]

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


def diagnose(pid: int, stopped_by: Signal | None = None) -> Diagnosis:
    """Find out what a process waits for, and for which processes.

    Only root may inspect processes of other users. Without permission, the situation is `not
    permitted`, not `unknown`; `not_permitted` lists other processes that could
    change the answer. `stopped_by` is the signal that stopped it, if wait(2) has reported it: /proc
    does not show it afterwards.

    Raises ProcessLookupError: ESRCH; there is no such process, or it was collected meanwhile.
    PermissionError: EPERM; /proc hides it from us altogether (hidepid). See proc_pid_syscall(5),
    proc_pid_fd(5), proc_locks(5).
    """
    pid = process_number(pid)
    stopped_by = None if stopped_by is None else Signal(stopped_by)
    return _Sentences(graph_of(pid, stopped_by)).diagnosis()


class _Sentences:
    """The sentences about a graph of waits."""

    def __init__(self, graph: WaitGraph) -> None:
        self._graph = graph
        self._commands = {task: seen.command for task, (seen, _) in graph.tasks.items()}
        self._verdict = graph.verdict()

    def diagnosis(self) -> Diagnosis:
        """Return the answer, and its proof: the end of the chain first."""
        graph, ends = self._graph, self._graph.ends()
        seen, finding = graph.tasks[graph.asked]
        first, subject = self._first(ends)
        statements = (first, *self._proof(subject))
        is_stuck = self._verdict == "stuck"
        situations = graph.situations() if is_stuck else set()
        if not is_stuck and graph.left_open():
            situations = {waits.EMPTY_PIPE}
        symptom, lesson, change = symptom_of(situations)
        return Diagnosis(
            statements=(*dict.fromkeys(statements),),
            circle=graph.circle.members,
            is_deadlock=is_stuck and graph.is_circle_meant() and len(graph.circle.members) > 1,
            ends={end: graph.finding(end).situation.word for end in ends},
            verdict=self._verdict,
            symptom=symptom,
            lesson=lesson,
            change=change,
            awaited="" if is_stuck else self._events(),
            pid=graph.asked,
            command=seen.command,
            state=seen.state,
            situation=finding.situation.word,
            waits_for=finding.waits_for,
            holders=finding.holders,
            not_permitted=finding.not_permitted,
            waits=graph.waits(),
        )

    # Names.

    def _named(self, pid: int) -> str:
        """Return `PID (command)`, in the family asked about `PID (P1: command)`."""
        program, *words = (self._commands.get(pid) or command(pid)).split(" ")
        brief = [program.rpartition("/")[2], *words][:_MOST_WORDS]
        brief += ["…"] * (len(words) >= _MOST_WORDS)
        return named(pid, " ".join(brief), self._graph.names)

    def _name(self, task: int, *, is_subject: bool = False) -> str:
        """Return `process 12 (P1: cat)`, or for a thread `thread 13 of process 12 (P1: cat)`."""
        process = process_of(task)
        if self._graph.asked == process and process != task:
            return f"thread {task}" if is_subject else f"its thread {task}"
        name = f"process {self._named(process)}"
        return name if process == task else f"thread {task} of {name}"

    def _names(self, tasks: Iterable[int], last: str = "and") -> str:
        return listed(shown([*map(self._name, tasks)], _MOST_NAMED), last)

    # The first sentence: what waits for what, and the verdict.

    def _first(self, ends: Sequence[int]) -> tuple[Statement, int]:
        """Return the first sentence, and the task that it is about; 0 if there are several."""
        graph, subject = self._graph, self._graph.asked
        if graph.is_circle_meant():
            return self._circle(), 0
        if subject in ends or not ends or graph.finding(subject).situation == waits.ZOMBIE:
            clause, evidence = self._clause(subject), graph.finding(subject).evidence
        else:
            subject = ends[0] if len(ends) == 1 else 0
            clause, evidence = self._chain(ends), _CONCLUDED
        after = self._judgement(subject)
        finding = graph.finding(subject)
        # It waits for an event from outside, not for the time.
        is_served = (
            subject == graph.asked and not finding.edges and finding.situation != waits.TIMER
        )
        if is_served and finding.all_wakers and after == _AT_REST:
            clause = f"{self._name(subject, is_subject=True)} is at rest: it {self._act(subject)}"
        return Statement(_capitalized(f"{clause}{after}."), evidence), subject

    def _unless(self) -> str:
        ways_out = self._graph.ways_out()
        return f", unless {listed(ways_out, 'or')} ends it" * bool(ways_out)

    def _judgement(self, subject: int) -> str:
        """Return the words after the clause of the first sentence."""
        graph = self._graph
        if self._verdict == "stuck":
            if graph.finding(graph.asked).situation == waits.ZOMBIE:
                return ""
            stuck = graph.stuck()
            who = "it" if graph.asked in stuck else self._name(stuck[0])
            return f"; {who} is stuck{self._unless()}"
        if self._verdict == "not known":
            return "; whether it is stuck is not known"
        if subject == graph.asked and graph.finding(subject).situation == waits.RUNNING:
            return ""
        if graph.left_open():
            return "; the output stays open until then"
        if elsewhere := graph.stuck_elsewhere():
            verb = "is" if len(elsewhere) == 1 else "are"
            return f"; it is not stuck, but {self._names(elsewhere)} {verb}"
        return _AT_REST

    def _clause(self, task: int) -> str:
        return f"{self._name(task, is_subject=True)} {self._act(task)}"

    def _act(self, task: int, *, is_end: bool = False) -> str:
        """Return what a task waits for, in words that follow its name.

        With `is_end`, leave out the processes if another event may end the wait.
        """
        finding = self._graph.finding(task)
        if not finding.edges and not finding.others:
            if finding.limit is None or finding.situation == waits.TIMER:
                return finding.act
            return f"{finding.act}, or for {limit_words(finding.limit)}"
        is_other = is_end and (finding.others or finding.limit is not None)
        edges = () if is_other else finding.edges
        words = alternatives(edges, self._name, finding.others, finding.limit)
        return f"{finding.act}, and waits {words}" if _is_state(finding) else f"waits {words}"

    def _chain(self, ends: Sequence[int]) -> str:
        graph = self._graph
        subject = f"{self._name(graph.asked)} waits"
        # An edge leads to a process, and thereby to each of its threads; or to one thread.
        on_the_way = [graph.finding(it) for it in graph.reached(ends.__contains__)]
        held: dict[Edge, None] = {}
        for end in ends:
            process = process_of(end)
            # If several threads of a process are ends, the process is named.
            is_alone = [process_of(other) for other in ends].count(process) == 1
            is_own = process == process_of(graph.asked)
            name = end if is_own or is_alone else process
            edges = [
                Edge(name, edge.why, edge.is_by_end)
                for it in on_the_way
                for edge in it.edges
                if edge.pid in (end, process)
            ]
            held |= dict.fromkeys(edges or [Edge(name)])
        which = alternatives(held, self._name)
        if len(ends) > 1:
            return f"{subject} {which}"
        joint = "and" if any(edge.why for edge in held) else "which"
        return f"{subject} {which}, {joint} {self._act(ends[0], is_end=True)}"

    def _circle(self) -> Statement:
        graph, members = self._graph, self._graph.circle.members
        processes = tuple(dict.fromkeys(map(process_of, members)))
        unless = self._unless()
        text = f"{self._names(processes)} wait for each other: a deadlock{unless}"
        if len(members) == 1:
            name, act = self._name(members[0], is_subject=True), graph.finding(members[0]).act
            text = f"{name} waits for itself: it {act}; it is stuck{unless}"
        elif len(processes) == 1:
            threads = listed(shown([*map(str, members)]))
            whose = self._name(processes[0])
            text = f"threads {threads} of {whose} wait for each other: a deadlock{unless}"
        if graph.is_circle_meant() and process_of(graph.asked) not in processes:
            whom = "one of these" if len(processes) > 1 else f"process {processes[0]}"
            text += f"; {self._name(graph.asked)} waits for {whom}"
        return Statement(_capitalized(f"{text}."), _CONCLUDED)

    # The proof.

    def _proof(self, subject: int) -> Iterator[Statement]:
        """Yield a sentence and the facts for each task.

        The sentence of `subject` is left out, because the answer has already given it.
        """
        graph, asked = self._graph, self._graph.asked
        circle, ends = graph.circle.members, graph.ends()
        # The facts about a process asked about must not be behind those about a crowd.
        first = (*ends[:_FIRST_ENDS], asked)
        tasks = (*first, *ends, *graph.reached(), *circle, *graph.own_threads())
        for task in filter(graph.tasks.__contains__, dict.fromkeys(tasks)):
            seen, finding = graph.tasks[task]
            evidence = finding.evidence
            if task != subject:
                # The processes of its edges follow, with their descriptors.
                act = finding.act if finding.holders else self._act(task)
                name = self._name(task, is_subject=True)
                yield Statement(_capitalized(f"{name} {act}."), evidence)
            elif (finding.edges or finding.others) and not _is_state(finding):
                yield Statement(f"It {finding.act}.", evidence)
            yield from finding.proof
            yield from self._holders(task, finding)
            yield from statements_of_signals(seen)
        threads = graph.tasks[asked][0].threads
        if threads > 1:
            yield Statement(f"Process {process_of(asked)} has {threads} threads.")
        if circle and not graph.is_circle_meant():
            # Processes that the answer is not about wait for each other.
            yield self._circle()
        hidden = (pid for task in tasks for pid in graph.finding(task).not_permitted)
        unseen = [*dict.fromkeys(pid for pid in hidden if pid not in graph.tasks)]
        if unseen:
            which = self._names(unseen, "or")
            yield Statement(f"Not permitted to look into {which}, which may hold it.", NOT_SEEN)

    def _holders(self, task: int, finding: Finding) -> Iterator[Statement]:
        """Yield the descriptors by which processes hold the other end."""
        for holder in finding.holders:
            is_own = holder.pid == process_of(task)
            who = "It" if is_own else f"Process {self._named(holder.pid)}"
            numbers: dict[str, list[str]] = {}
            for file in holder.descriptors:
                end = f"the {file.end} of " if file.end else ""
                numbers.setdefault(f"{end}{file_words(file)}", []).append(str(file.number))
            for words, those in numbers.items():
                by = f"as descriptor{'s' if len(those) > 1 else ''} {listed(those)}"
                yield Statement(f"{who} has {words} open{' itself' * is_own}, {by}.")

    # Below the proof.

    def _events(self) -> str:
        """Return the events that end the waits, or why they are not known."""
        is_known = self._verdict != "not known"
        findings = [*map(self._graph.finding, self._graph.reached())]
        wakers = [waker for it in findings for waker in it.all_wakers if waker.is_known == is_known]
        texts = [AWAITED[waker] for waker in dict.fromkeys(wakers)]
        if is_known and waits.BY_CLOCK not in wakers and any(it.limit for it in findings):
            texts.append("the end of its time limit")
        return listed(shown(texts), "or") or AWAITED[waits.BY_UNSEEN]


_AT_REST = "; nothing here is seen to be stuck"
_CONCLUDED = "inferred by the statements below"


def _is_state(finding: Finding) -> bool:
    """Return whether the act says how a process is, and its edges who has to change that."""
    return finding.situation in (waits.ZOMBIE, waits.TRACED)


def alternatives(
    edges: Iterable[Edge],
    name_of: Callable[[int], str],
    others: Iterable[str] = (),
    limit: float | None = None,
) -> str:
    """Return the words after “waits” for all that a process waits for; a crowd is counted.

    >>> a, b = "holds the lock on a", "holds the lock on b"
    >>> alternatives([Edge(7, a), Edge(7, b)], str, limit=3.0)
    'for 7, which holds the lock on a, or for 3 s'
    >>> alternatives([Edge(7, "ends", is_by_end=True), Edge(8, "ends", is_by_end=True)], str)
    'for 7 or 8, whichever ends first'
    >>> alternatives([Edge(7, a), Edge(8, a), Edge(9, a)], str)
    'for 7, 8 or 1 more, each of which holds the lock on a'
    >>> alternatives([Edge(7, a), Edge(8, b)], str, ["x", "y"], 3.0)
    'for 7 or 8, or for 3 more events'
    """
    first: dict[int, Edge] = {}
    for edge in sorted(edges, key=lambda edge: edge.is_by_end):
        first.setdefault(edge.pid, edge)
    clauses = [f"for {other}" for other in others]
    clauses += [] if limit is None else [f"for {limit_words(limit)}"]
    if first:
        who = f"for {listed(shown([*map(name_of, first)], _MOST_NAMED), 'or')}"
        [reason, *different] = {changed(edge, pid=0) for edge in first.values()}
        which = f"which {reason.why}"
        if len(first) > 1:
            which = "whichever ends first" if reason.is_by_end else f"each of which {reason.why}"
        # The proof names the reasons, if each process has its own.
        clauses.insert(0, f"{who}, {which}" if reason.why and not different else who)
    if len(clauses) > _MOST_CLAUSES:
        clauses[1:] = [f"for {len(clauses) - 1} more events"]
    return ", or ".join(clauses)


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
