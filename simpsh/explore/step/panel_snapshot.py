"""The family between two steps, as data: where each process stands, what it would do next.

First the values, then how they are read off a controlled run: what is inside each pipe, what a
blocked process waits for and who could bring that, what its descriptors point to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from simpsh.base.events import CallSite
from simpsh.base.phrases import listed
from simpsh.base.process_names import birth_path
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.explore.control.controlled_run import ControlledRun, MadeStep
from simpsh.explore.control.held_process import DEAD, HeldProcess
from simpsh.explore.model.file_operations import Flock
from simpsh.explore.model.kernel_state import Operation, sent
from simpsh.explore.model.memory_operations import FutexSleep
from simpsh.explore.model.pipe_operations import Close, FifoWaits, Polls, Read, Write
from simpsh.explore.model.process_operations import (
    ANY,
    Born,
    Exit,
    Exiting,
    Forking,
    Unwatched,
    VforkWait,
    Wait,
)
from simpsh.explore.model.signal_operations import Pause, Suspend
from simpsh.explore.model.symbolic_names import (
    is_group,
    is_pipe,
    next_status_clause,
    process_of,
    shown,
    status_clause,
)
from simpsh.process.open_files import descriptors

READY, BLOCKED, ZOMBIE = "ready", "blocked", "zombie"
END, DEADLOCK = "end", "deadlock"


class ProcessLine(Record):
    """One process, held between two of its steps, or a zombie."""

    name: str
    """Its birth path: P0, P1, P1.2."""
    parent: str
    """The parent's name; empty for the first process, and for one whose parent has ended."""
    state: str
    """READY, BLOCKED or ZOMBIE."""
    operation: Operation | None
    """Its next operation; None of a zombie."""
    next: str
    """The same in words, `waits for P1`; of a zombie how it ended, `ended with status 3`."""
    why: str = ""
    """Blocked: by what, `P1 is still alive`; of a zombie: who has not collected it."""
    choices: tuple[str, ...] = ()
    """What may be chosen: `P1`, and `P1!` to let its pending signal act first."""
    pending: tuple[str, ...] = ()
    """Signals that were sent and have not acted yet, by name."""
    handling: tuple[str, ...] = ()
    """Signals it does not leave at their default: `catches SIGUSR1`, `ignores SIGINT`."""
    table: tuple[tuple[int, str], ...] = ()
    """Its descriptors: number, and what is behind it, `the write end of pipe A`."""
    at: CallSite | None = None
    """The source line that its next operation comes from; None where it is not known."""
    born_at: CallSite | None = None
    """The source line that made it."""

    @property
    def is_blocked(self) -> bool:
        """Whether its next operation cannot return now."""
        return self.state == BLOCKED

    @property
    def verb(self) -> str:
        """The first word of its next operation: reads, writes, waits …; empty for a zombie."""
        return "" if self.state == ZOMBIE else self.next.partition(" ")[0]


class PipeLine(Record):
    """One pipe: what is inside, and who holds its ends."""

    name: str
    """Maker and number: P0|1."""
    letter: str
    content: bytes
    writers: tuple[str, ...]
    """Who holds a write end, by name."""
    readers: tuple[str, ...]
    """Who holds a read end."""

    @property
    def words(self) -> str:
        """What people call it: `pipe A`, or by the FIFO's name."""
        return shown(self.name, {self.name: self.letter})


class FamilySnapshot(Record):
    """The state of the whole family between two steps."""

    number: int
    """How many steps have been made."""
    lines: tuple[ProcessLine, ...]
    """The living and the zombies, parents before children."""
    gone: tuple[tuple[str, str], ...]
    """Who is no more: the name, and how it ended."""
    pipes: tuple[PipeLine, ...]
    output: bytes
    statuses: Mapping[str, int]
    """The status words of all who have ended."""
    verdict: str = ""
    """END: every process has ended; DEADLOCK: no process can go; else empty."""

    @property
    def ready(self) -> tuple[str, ...]:
        """All the choices there are."""
        return tuple(choice for line in self.lines for choice in line.choices)

    @property
    def ended(self) -> frozenset[str]:
        """All processes that have ended: zombies, and those that are no more."""
        return frozenset(self.statuses)

    @property
    def deadlock_words(self) -> str:
        """What a deadlock means, for people."""
        blocked = [line.name for line in self.lines if line.is_blocked]
        if any(isinstance(line.operation, Unwatched) for line in self.lines):
            return "No process can be chosen: one is where it cannot be held."
        if len(blocked) == 1:
            return f"Deadlock: {blocked[0]} waits for something that can never come."
        return "Deadlock: no process can ever go, for each waits for what only another could bring."

    def line(self, name: str) -> ProcessLine | None:
        """Return the line of a process; None if it is no more, or never was."""
        return next((line for line in self.lines if line.name == name.rstrip("!~")), None)

    def tree(self) -> Iterator[tuple[str, ProcessLine]]:
        """Return the lines as a family tree: the branches before the name, and the line."""
        names = {line.name for line in self.lines}
        roots = [line for line in self.lines if line.parent not in names]
        for line in roots:
            yield "", line
            yield from self._below(line, "")

    def _below(self, parent: ProcessLine, indent: str) -> Iterator[tuple[str, ProcessLine]]:
        children = [line for line in self.lines if line.parent == parent.name]
        for child in children:
            is_last = child is children[-1]
            yield indent + ("└─" if is_last else "├─"), child
            yield from self._below(child, indent + ("  " if is_last else "│ "))


def snapshot_of(run: ControlledRun, steps: Sequence[MadeStep]) -> FamilySnapshot:
    """Return what is seen of a run between two steps, after all the `steps` that it has made."""
    choices = run.enabled()
    lines, gone = [], []
    for process in sorted(run.processes.values(), key=lambda process: birth_path(process.name)):
        if process.state == DEAD and process.is_reaped:
            gone.append((process.name, status_clause(process.status or 0)))
        else:
            lines.append(_line(process, run, choices))
    verdict = ""
    if not choices:
        verdict = DEADLOCK if run.living else END
    dead = [process for process in run.processes.values() if process.state == DEAD]
    statuses = {process.name: process.status or 0 for process in dead}
    inside, letters = _pipe_contents(steps), run.knowledge.letters
    ends = [end for process in run.living for end in process.ends]
    names = sorted({name for name, _ in ends if is_pipe(name)})
    pipes = tuple(
        PipeLine(
            name,
            letters.get(name, name),
            inside.get(name, b""),
            tuple(_holders(run, name, "w")),
            tuple(_holders(run, name, "r")),
        )
        for name in names
    )
    return FamilySnapshot(
        len(steps), tuple(lines), tuple(gone), pipes, run.output, statuses, verdict
    )


def _line(process: HeldProcess, run: ControlledRun, choices: Sequence[str]) -> ProcessLine:
    parent = process.parent or ""
    if process.state == DEAD:
        status = status_clause(process.status or 0)
        why = f"{parent} has not collected its status yet"
        return ProcessLine(process.name, parent, ZOMBIE, None, status, why)
    table = _table(run, process)
    own_choices = tuple(choice for choice in choices if process_of(choice) == process.name)
    is_ready = process.name in own_choices
    caught = [f"catches {Signal(number)}" for number in sorted(process.caught)]
    ignored = [f"ignores {Signal(number)}" for number in sorted(process.ignored)]
    return ProcessLine(
        process.name,
        parent,
        READY if is_ready else BLOCKED,
        process.operation,
        _next_words(process, table, run.knowledge.letters),
        "" if is_ready else _blocking_reason(run, process),
        own_choices,
        tuple(str(Signal(number)) for number in sent(process.pending)),
        (*caught, *ignored),
        table,
        run.call_site(process),
        process.born_at,
    )


def _next_words(
    process: HeldProcess, table: tuple[tuple[int, str], ...], letters: Mapping[str, str]
) -> str:
    """Return what a held process does next, to follow its name."""
    operation = process.operation
    if operation is None:
        return "runs"
    if isinstance(operation, Exit):
        return next_status_clause(operation.status)
    if isinstance(operation, Exiting):
        return f"calls exit({operation.code})"
    if isinstance(operation, Born):
        return "returns from fork, as the child"
    if isinstance(operation, Forking):
        return "calls fork"
    place = {"close": 0, "dup2": 1, "dup3": 1}.get(process.call)
    if isinstance(operation, Close) and place is not None:
        number = process.args[place]
        verb, _, pipe = dict(table).get(number, "").partition(" ")
        end = {"reads": "read end", "writes": "write end"}.get(verb, "")
        if end:
            purpose = "" if process.call == "close" else ", to reuse the number"
            return f"closes {number}, the {end} of {pipe}{purpose}"
    return operation.words(letters)


def _pipe_contents(steps: Iterable[MadeStep]) -> dict[str, bytes]:
    """Return the bytes left in each pipe after these steps, by name; others do not matter."""
    inside: dict[str, bytes] = {}
    for step in steps:
        operation, result = step.operation, step.result
        if isinstance(operation, Write) and isinstance(result, int) and result > 0:
            content = inside.get(operation.object, b"")
            inside[operation.object] = content + operation.data[:result]
        elif isinstance(operation, Read) and isinstance(result, bytes):
            inside[operation.object] = inside.get(operation.object, b"")[len(result) :]
    return inside


_NULL = "/dev/null"


def _table(run: ControlledRun, process: HeldProcess) -> tuple[tuple[int, str], ...]:
    """Return a process's descriptors by number: `reads pipe A`, `the output`, a file's name."""
    letters = run.knowledge.letters
    try:
        held = descriptors(process.pid)
    except OSError:
        # It is on its way out: a process killed a moment ago has none.
        return ()
    table = []
    for descriptor in held:
        name = run.name_of(descriptor.target)
        words = shown(name, letters)
        if is_pipe(name):
            words = f"{'reads' if descriptor.mode == 'r' else 'writes'} {words}"
        elif descriptor.target == _NULL:
            words = "nothing (/dev/null)" if descriptor.number == 0 else _NULL
        table.append((descriptor.number, words))
    return tuple(table)


def _blocking_reason(run: ControlledRun, process: HeldProcess) -> str:
    """Return what a held process that cannot go waits for; empty if that is not known."""
    letters = run.knowledge.letters
    operation = process.operation
    if isinstance(operation, Wait):
        if operation.target != ANY and not is_group(operation.target):
            return f"its child {operation.target} is still alive"
        alive = [name for name in process.children if run.processes[name].state != DEAD]
        if len(alive) == 1:
            return f"its child {alive[0]} is still alive"
        return f"its children {listed(alive)} are still alive"
    if isinstance(operation, Read) and is_pipe(operation.object):
        pipe = shown(operation.object, letters)
        writers = _holders(run, operation.object, "w")
        if writers == [process.name]:
            return (
                f"{pipe} is empty, and no process but {process.name} itself holds a write end: "
                "it waits for itself"
            )
        others = [writer for writer in writers if writer != process.name]
        own = f", and so does {process.name} itself" if process.name in writers else ""
        holds = "holds a write end" if len(others) == 1 else "hold write ends"
        return f"{pipe} is empty, and {listed(others)} still {holds}{own}"
    if isinstance(operation, Write) and is_pipe(operation.object):
        readers = _holders(run, operation.object, "r")
        pipe = shown(operation.object, letters)
        return f"{pipe} is full until {listed(readers, 'or')} reads from it"
    if isinstance(operation, VforkWait):
        return f"{operation.child} runs in its memory until it has executed a program, or ended"
    if isinstance(operation, Flock):
        return f"another process has {shown(operation.object, letters)} locked"
    return _SLEEPS.get(type(operation)) or dict(run.waiting()).get(process.name, "")


_SLEEPS: dict[type, str] = {
    Polls: "nothing is ready",
    FifoWaits: "no process has opened its other end",
    FutexSleep: "no process has woken it",
    Pause: "no signal has come",
    Suspend: "no signal has come",
    Unwatched: "it cannot be held there",
}


def _holders(run: ControlledRun, name: str, end: str) -> list[str]:
    return [process.name for process in run.living if (name, end) in process.ends]
