"""What is it waiting for? The answer in one sentence, and the proof of it.

The answer is about the end of the chain: what must happen before the processes go on. Each sentence
of the proof says how it is known: seen in /proc, inferred by a rule, or not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.phrases import counted, listed
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.process.diagnose.blocked_process import Statement, inferred, unless_words
from simpsh.process.diagnose.examination import examined
from simpsh.process.diagnose.wait_graph import MOST_SHOWN, Circle, WaitGraph
from simpsh.process.diagnose.waits_on_files import KEYBOARD
from simpsh.process.file_holders import Holder
from simpsh.process.proc import numbers, process_number, process_of
from simpsh.process.process_snapshot import ProcessSnapshot, command
from simpsh.process.process_tree import birth_paths, named

_LOOKS = 5
_MOST_PROCESSES = 12

SYMPTOMS = {
    "stopped": ("E-STOPPED", "stop-and-continue"),
    "empty pipe": ("E-PIPE-HANG", "pipe-hang"),
    "full pipe": ("E-PIPE-FULL", "full-pipe"),
    "empty FIFO": ("E-FIFO-HANG", "fifo"),
    "FIFO without a writer": ("E-FIFO-OPEN", "fifo"),
    "FIFO without a reader": ("E-FIFO-OPEN", "fifo"),
    "lock": ("E-LOCK-HELD", "locks-and-fork"),
    "futex": ("E-LOCK-MEMORY", "threads-and-fork"),
    "signal": ("E-WAIT-SIGNAL", "signals-blocked"),
    "zombie": ("E-ZOMBIE", "zombie"),
    "child": ("E-WAIT-CHILD", "wait-scenarios"),
}
"""By situation: a name of the symptom that does not change, and the lesson that explains it. Where
several fit, the first counts."""


class Answer(Record):
    """What some processes wait for: the answer and its proof; see proc(5)."""

    statements: tuple[Statement, ...]
    """The first is the answer, the others are its proof. Processes of one family are called P0 and,
    below that, P1, P2 …, in order of birth."""
    circle: tuple[int, ...]
    """Processes, or threads, that wait for each other; empty if no such circle was seen. It is a
    deadlock unless something else can end one of the waits: the answer names what may. A process
    asked about may wait for a member of it, or have the members as its threads."""
    symptom: str
    """A name such as `E-PIPE-HANG`, that does not change; empty for what is no trouble."""
    lesson: str
    """The id of the lesson that explains it."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The statements without their evidence."""
        return tuple(statement.text for statement in self.statements)

    def lines(self) -> tuple[str, ...]:
        """Return the answer and, indented, its proof, each sentence with its evidence.

        No errors: a command with unprintable characters has been made printable. See proc(5).
        """
        first, *further = self.statements
        proof = [f"  {statement.evidence}: {statement.text}" for statement in further]
        lesson = f"  {self.symptom}: simpsh lesson run {self.lesson}"
        return (first.text, *proof, *([lesson] if self.symptom else []))


class Diagnosis(Answer):
    """What a process waits for, in a word, in sentences, and by number; see proc(5)."""

    pid: int
    command: str
    state: str
    """The state letter of proc_pid_stat(5)."""
    situation: str
    """running; empty pipe, full pipe, empty FIFO, full FIFO, FIFO without a writer, FIFO without
    a reader; child, vfork child; lock; keyboard, terminal output; stopped, traced, frozen; timer;
    signal; futex, thread; poll, moving; socket, connection; event, message queue, file, open;
    zombie, threads only, kernel thread; not permitted; unknown."""
    waits_for: tuple[int, ...]
    """The processes any of which may end the waiting."""
    holders: tuple[Holder, ...]
    """The processes that hold the other end of the pipe, or the lock, as which descriptors."""
    not_permitted: tuple[int, ...]
    """Processes that we may not look into, where that leaves the answer incomplete."""


def diagnose(pid: int, stopped_by: Signal | None = None) -> Diagnosis:
    """Find out what a process waits for, and for which processes.

    What belongs to other users can be looked into by root only. Where we may not look, the
    situation is `not permitted`, which is not the same as finding nothing; `not_permitted` lists
    others that would have had to be seen. `stopped_by` is the signal that stopped it, if wait(2)
    has told us: it is not shown afterwards.

    Raises ProcessLookupError: ESRCH; there is no such process, or it was collected during the look.
    PermissionError: EPERM; /proc hides it from us altogether (hidepid). See proc_pid_syscall(5),
    proc_pid_fd(5), proc_locks(5).
    """
    pid = process_number(pid)
    graph, names = _looked_at(
        (pid,), process_of(pid), {} if stopped_by is None else {pid: stopped_by}
    )
    seen, finding = graph.tasks[pid]
    answer = _answer(graph, names)
    return Diagnosis(
        **{field: getattr(answer, field) for field in Answer._fields},
        pid=pid,
        command=seen.command,
        state=seen.state,
        situation=finding.situation,
        waits_for=finding.waits_for,
        holders=finding.holders,
        not_permitted=tuple(dict.fromkeys((*finding.not_permitted, *graph.circle.unseen))),
    )


def diagnose_job(pids: Sequence[int], shell: int, stopped_by: Mapping[int, Signal]) -> Answer:
    """Find out what the processes of a job wait for; errors as for diagnose().

    They are named as the descendants of `shell`.
    """
    return _answer(*_looked_at(pids, shell, stopped_by))


def awaits_keyboard(pid: int) -> bool:
    """Return whether a process waits for what is typed at a terminal: it reads, or polls.

    See proc_pid_syscall(5).
    """
    _, finding = examined(pid, {})
    return any(
        KEYBOARD in words for words in (finding.brief, *(part.text for part in finding.details))
    )


def _looked_at(
    asked: Sequence[int], first: int, stopped_by: Mapping[int, Signal]
) -> tuple[WaitGraph, Mapping[int, str]]:
    # What is seen must fit the family, and lead to an end or into a circle.
    for _ in range(_LOOKS):
        names = birth_paths(first)
        graph = WaitGraph(asked, names, stopped_by)
        if (graph.circle.members or graph.ends()) and birth_paths(first) == names:
            break
    return graph, names


def _answer(graph: WaitGraph, names: Mapping[int, str]) -> Answer:
    words = _Words(graph, names)
    circle, ends, asked = graph.circle, graph.ends(), graph.asked
    _, finding = graph.tasks[asked[0]]
    answered: int | None = None
    """The process whose own sentence is in the answer."""
    statements: list[Statement] = []
    if set(circle.members) & set(asked) or (circle.members and not ends):
        statements.append(words.of_circle(circle))
    elif len(asked) == 1 and (ends in (asked, ()) or finding.situation == "zombie"):
        answered = asked[0]
        statements.append(words.brief(answered))
    elif set(asked) <= set(ends):
        statements.append(Statement(f"None of the {len(asked)} processes waits for another."))
    else:
        statements.append(words.of_chain(ends))
        answered = ends[0] if len(ends) == 1 else None
    statements += words.proof(ends, answered)
    if circle.members:
        # Some threads of a process may wait in a circle, and the one asked about for a time.
        statements += [words.of_circle(circle), *words.ways(circle)]
    # The situation of what waits at the end of the chain, of the circle, or of what was asked.
    last = [task for task in graph.tasks if set(graph.awaited(task)) & set(ends)]
    shown = circle.members or (*last, *(end for end in ends if end in graph.tasks), asked[0])
    situations = {graph.tasks[task][1].situation for task in shown}
    symptom = next((SYMPTOMS[word] for word in SYMPTOMS if word in situations), ("", ""))
    return Answer(tuple(dict.fromkeys(statements)), circle.members, *symptom)


class _Words:
    """The sentences about a graph of waits."""

    def __init__(self, graph: WaitGraph, names: Mapping[int, str]) -> None:
        self._graph = graph
        self._names = names

    def name(self, task: int) -> str:
        """Return `process 12 (P1: cat)`, of a thread `thread 13 of process 12 (P1: cat)`."""
        process = process_of(task)
        if self._graph.asked == (process,) and process != task:
            return f"its thread {task}"
        seen = self._graph.tasks.get(process)
        name = named(process, command(process) if seen is None else seen[0].command, self._names)
        return f"process {name}" if process == task else f"thread {task} of process {name}"

    def brief(self, task: int) -> Statement:
        """Return the sentence that says what one process or thread waits for."""
        _, finding = self._graph.tasks[task]
        name = self.name(task).removeprefix("its ")
        return Statement(_begun(f"{name} {finding.brief}."), finding.evidence)

    def of_chain(self, ends: Sequence[int]) -> Statement:
        """Return the answer for processes that wait, by others perhaps, for what could move."""
        graph = self._graph
        waiting = [pid for pid in graph.asked if pid not in ends]
        subject = _begun(self.name(waiting[0])) + " waits"
        if len(waiting) > 1:
            subject = "All others wait" if len(waiting) < len(graph.asked) else "All wait"
        # What the ends do to those that wait for them.
        moving = set(map(process_of, ends))
        parts = [
            finding.their_part
            for _, finding in (graph.tasks[task] for task in graph.reached() if task in graph.tasks)
            if moving & set(map(process_of, finding.waits_for)) and finding.their_part
        ]
        if len(ends) > 1:
            them = [self.name(end) for end in ends[:MOST_SHOWN]]
            more = len(ends) - len(them)
            them += [f"{more} more"] if more else []
            part = f", each of which {parts[0]}" if len(set(parts)) == 1 else ""
            return _concluded(f"{subject} for one of these{part}: {listed(them, 'or')}.")
        [end] = ends
        # That it must end says less than what it holds.
        part = min(parts, key=lambda words: words.startswith(("must", "may")), default="")
        brief = graph.tasks[end][1].brief if end in graph.tasks else "cannot be looked at"
        which = f"{part}, and {brief}" if part else brief
        return _concluded(f"{subject} for {self.name(end)}, which {which}.")

    def of_circle(self, circle: Circle) -> Statement:
        """Return the answer for processes that wait for each other."""
        members = circle.members
        processes = tuple(dict.fromkeys(map(process_of, members)))
        them = [self.name(pid) for pid in processes[:MOST_SHOWN]]
        if len(processes) > MOST_SHOWN:
            them.append(f"{len(processes) - MOST_SHOWN} more")
        text = f"{listed(them)} wait for each other"
        if len(members) == 1:
            text = f"{self.name(members[0])} waits for itself".removeprefix("its ")
        elif len(processes) == 1:
            text = f"threads {listed([*map(str, members)])} of {them[0]} wait for each other"
        is_sure = circle.is_proven and not circle.unseen
        verdict = "a deadlock" if is_sure or not circle.ways_out else "it could be a deadlock"
        unless = unless_words(circle.ways_out)
        return _concluded(f"{_begun(text)}: {verdict}{unless and ', '}{unless}.")

    def ways(self, circle: Circle) -> Iterator[Statement]:
        """Yield for whom each member of a circle waits, if there are several."""
        graph, members = self._graph, circle.members
        others = [[task for task in graph.awaited(one) if task in members] for one in members]
        pairs = zip(members, others, strict=True)
        way = "; ".join(f"{one} waits for {listed([*map(str, them)], 'or')}" for one, them in pairs)
        if all(len(tasks) == 1 for tasks in others):
            way = " waits for ".join(map(str, (*members, members[0])))
        if len(members) > 1:
            rule = "two looks at each, between which none of them ran"
            yield inferred(rule, f"They wait in a circle ({way}).")

    def proof(self, ends: Sequence[int], answered: int | None) -> Iterator[Statement]:
        """Yield what was seen of each process, the end of the chain first."""
        graph = self._graph
        # In the order of the graph: the processes next to those that were asked about come first.
        tasks = [task for task in (*ends, *graph.reached()) if task in graph.tasks]
        processes = [
            task for task in dict.fromkeys(tasks) if process_of(task) == task or task in graph.asked
        ]
        for pid in processes[:_MOST_PROCESSES]:
            seen, finding = graph.tasks[pid]
            if pid != answered:
                yield self.brief(pid)
            yield from finding.details
            yield from _of_signals(seen)
            if pid in graph.asked and seen.threads > 1:
                yield from self._of_threads(pid, seen, tasks)
        more = len(processes) - _MOST_PROCESSES
        if more > 0:
            yield Statement(f"{counted(more, 'more process', 'more processes')} can be diagnosed.")
        for member in graph.circle.members:
            if member not in processes:
                yield self.brief(member)
                yield from graph.tasks[member][1].details

    def _of_threads(
        self, pid: int, seen: ProcessSnapshot, tasks: Sequence[int]
    ) -> Iterator[Statement]:
        whose = "It" if process_of(pid) == pid else "Its process"
        yield Statement(f"{whose} has {seen.threads} threads; the above is of the one asked about.")
        own = set(numbers(pid, "task")) - {pid}
        shown = [task for task in dict.fromkeys((*tasks, *self._graph.tasks)) if task in own]
        shown = shown[:MOST_SHOWN]
        for task in shown:
            _, finding = self._graph.tasks[task]
            yield Statement(f"Thread {task} {finding.brief}.", finding.evidence)
        more = seen.threads - 1 - len(shown)
        if more > 0:
            verb = "is" if more == 1 else "are"
            yield Statement(f"{counted(more, 'more thread')} {verb} not listed.")


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _concluded(text: str) -> Statement:
    return inferred("the statements below", text)


def _of_signals(seen: ProcessSnapshot) -> Iterator[Statement]:
    """Tell of signals that were sent to a process and have no effect yet."""
    blocked = [signal.name for signal in seen.pending if signal in seen.blocked]
    if blocked:
        verb, them = ("is", "it") if len(blocked) == 1 else ("are", "them")
        yield Statement(
            f"{listed(blocked)} {verb} pending for process {seen.pid}, which blocks {them}."
        )
        rule = "A blocked signal has its effect when it is unblocked. SIGKILL cannot be blocked"
        yield inferred("signal(7)", f"{rule}: kill -KILL {seen.pid} ends the process.")
    held = [signal.name for signal in seen.pending if signal not in seen.blocked]
    if held and seen.state == "T":
        verb = "is" if len(held) == 1 else "are"
        yield Statement(f"{listed(held)} {verb} pending for process {seen.pid}, which is stopped.")
        yield inferred("signal(7)", "A stopped process takes a signal when SIGCONT continues it.")
