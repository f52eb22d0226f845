"""The family between two steps, as data: where each process stands, what it would do next.

First the values, then how they are read off a controlled run: what is inside each pipe, what a
blocked process waits for and who could bring that, what its descriptors point to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from simpsh.base.events import CallSite
from simpsh.base.phrases import listed
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.explore.control.controlled_run import ControlledRun, MadeStep
from simpsh.explore.control.held_process import DEAD, HeldProcess
from simpsh.explore.model.signal_fates import sent
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.epolls import EpollSleeps
from simpsh.explore.operations.fifo_operations import FifoWaits
from simpsh.explore.operations.group_targets import is_group
from simpsh.explore.operations.memory_steps import FutexSleep
from simpsh.explore.operations.readiness import PollSleeps
from simpsh.explore.operations.record_locks import RecordLock
from simpsh.explore.operations.step_phrases import next_status_clause, status_clause
from simpsh.explore.operations.visible_operations import process_of
from simpsh.process.open_files import descriptors

READY, BLOCKED, ZOMBIE = "ready", "blocked", "zombie"
END, DEADLOCK = "end", "deadlock"


class ProcessLine(Record):
    """One process, held between two of its steps, or a zombie."""

    name: str
    """Its birth path: P, P.1, P.1.2."""
    parent: str
    """The parent's name; empty for the first process, and for one whose parent has ended."""
    state: str
    """READY, BLOCKED or ZOMBIE."""
    operation: ops.Operation | None
    """Its next operation; None of a zombie."""
    next: str
    """The same in words, `waits for P.1`; of a zombie how it ended, `ended with status 3`."""
    why: str = ""
    """Blocked: by what, `P.1 is still alive`; of a zombie: who has not collected it."""
    choices: tuple[str, ...] = ()
    """What may be chosen: `P.1`, and `P.1!` to let its pending signal act first."""
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
    """Maker and number: P|1."""
    letter: str
    content: bytes
    writers: tuple[str, ...]
    """Who holds a write end, by name."""
    readers: tuple[str, ...]
    """Who holds a read end."""

    @property
    def words(self) -> str:
        """What people call it: `pipe A`, or by the FIFO's name."""
        return ops.shown(self.name, {self.name: self.letter})


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
        if any(isinstance(line.operation, ops.Unwatched) for line in self.lines):
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
    for one in sorted(run.processes.values(), key=lambda one: _birth(one.name)):
        if one.state == DEAD and one.is_reaped:
            gone.append((one.name, status_clause(one.status or 0)))
        else:
            lines.append(_line(one, run, choices))
    verdict = ""
    if not choices:
        verdict = DEADLOCK if run.living else END
    statuses = {one.name: one.status or 0 for one in run.processes.values() if one.state == DEAD}
    pipes = _pipes(run, steps)
    return FamilySnapshot(
        len(steps), tuple(lines), tuple(gone), pipes, run.output, statuses, verdict
    )


def _birth(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".")[1:])


def _line(process: HeldProcess, run: ControlledRun, choices: Sequence[str]) -> ProcessLine:
    parent = process.parent or ""
    if process.state == DEAD:
        status = status_clause(process.status or 0)
        why = f"{parent} has not collected its status yet"
        return ProcessLine(process.name, parent, ZOMBIE, None, status, why)
    held = _table(run, process)
    mine = tuple(choice for choice in choices if process_of(choice) == process.name)
    is_ready = process.name in mine
    return ProcessLine(
        process.name,
        parent,
        READY if is_ready else BLOCKED,
        process.operation,
        _next_words(process, held, run.knowledge.letters),
        "" if is_ready else _blocking_reason(run, process),
        mine,
        tuple(str(Signal(number)) for number in sent(process.pending)),
        _handling(process),
        held,
        run.call_site(process),
        process.born_at,
    )


def _next_words(
    process: HeldProcess, held: tuple[tuple[int, str], ...], letters: Mapping[str, str]
) -> str:
    """Return what a held process does next, to follow its name."""
    match process.operation:
        case ops.Close() as operation:
            return _closing(process, held) or operation.words(letters)
        case ops.Exit(status):
            return next_status_clause(status)
        case ops.Exiting(code):
            return f"calls exit({code})"
        case ops.Born():
            return "returns from fork, as the child"
        case ops.Forking():
            return "calls fork"
        case None:
            return "runs"
        case operation:
            return operation.words(letters)


def _closing(process: HeldProcess, held: tuple[tuple[int, str], ...]) -> str:
    """Return which descriptor it gives up; empty if that is not one alone."""
    place = {"close": 0, "dup2": 1, "dup3": 1}.get(process.call)
    what = dict(held).get(process.args[place], "") if place is not None else ""
    if not what.startswith(("reads ", "writes ")):
        return ""
    verb, _, pipe = what.partition(" ")
    end = f"{'read' if verb == 'reads' else 'write'} end of {pipe}"
    if process.call == "close":
        return f"closes {process.args[0]}, the {end}"
    return f"closes {process.args[1]}, the {end}, to reuse the number"


def _handling(process: HeldProcess) -> tuple[str, ...]:
    caught = tuple(f"catches {Signal(number)}" for number in sorted(process.caught))
    return (*caught, *(f"ignores {Signal(number)}" for number in sorted(process.ignored)))


def _pipes(run: ControlledRun, steps: Sequence[MadeStep]) -> tuple[PipeLine, ...]:
    inside, letters = _pipe_contents(steps), run.knowledge.letters
    names = sorted({name for one in run.living for name, end in one.ends if ops.is_pipe(name)})
    return tuple(
        PipeLine(
            name,
            letters.get(name, name),
            inside.get(name, b""),
            tuple(_holders(run, name, "w")),
            tuple(_holders(run, name, "r")),
        )
        for name in names
    )


def _pipe_contents(steps: Iterable[MadeStep]) -> dict[str, bytes]:
    """Return the bytes in each pipe that was used, by the pipe's name, after these steps."""
    inside: dict[str, bytes] = {}
    for step in steps:
        match step.operation, step.result:
            case ops.Write(name, data), int(count) if count > 0 and ops.is_pipe(name):
                inside[name] = inside.get(name, b"") + data[:count]
            case ops.Read(name, _), bytes(taken) if ops.is_pipe(name):
                inside[name] = inside.get(name, b"")[len(taken) :]
            case _:
                pass
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
    found = []
    for one in held:
        name = run.name_of(one.target)
        if ops.is_pipe(name):
            verb = "reads" if one.mode == "r" else "writes"
            found.append((one.number, f"{verb} {ops.shown(name, letters)}"))
        elif one.target == _NULL:
            found.append((one.number, "nothing (/dev/null)" if one.number == 0 else _NULL))
        else:
            found.append((one.number, ops.shown(name, letters)))
    return tuple(found)


def _blocking_reason(run: ControlledRun, process: HeldProcess) -> str:
    """Return what a held process that cannot go waits for; empty if that is not known."""
    letters = run.knowledge.letters
    match process.operation:
        case ops.Wait(target, _):
            return _waited_children(run, process, target)
        case ops.Read(name, _) if ops.is_pipe(name):
            return _empty_pipe(run, process, name)
        case ops.Write(name, _) if ops.is_pipe(name):
            readers = _holders(run, name, "r")
            return f"{ops.shown(name, letters)} is full until {listed(readers, 'or')} reads from it"
        case ops.VforkWait(child):
            return f"{child} runs in its memory until it has executed a program, or ended"
        case ops.Flock(name, _, _) | RecordLock(name):
            return f"another process has {ops.shown(name, letters)} locked"
        case _:
            known = _SLEEPS.get(type(process.operation))
            return known or dict(run.waiting()).get(process.name, "")


_SLEEPS: dict[type, str] = {
    PollSleeps: "nothing is ready",
    EpollSleeps: "nothing is ready",
    FifoWaits: "no process has opened its other end",
    FutexSleep: "no process has woken it",
    ops.Pause: "no signal has come",
    ops.Suspend: "no signal has come",
    ops.Unwatched: "it cannot be held there",
}


def _waited_children(run: ControlledRun, process: HeldProcess, target: str) -> str:
    if target == ops.ANY or is_group(target):
        alive = [name for name in process.children if run.processes[name].state != DEAD]
        is_one = len(alive) == 1
        children = "its child" if is_one else "its children"
        return f"{children} {listed(alive)} {'is' if is_one else 'are'} still alive"
    return f"its child {target} is still alive"


def _empty_pipe(run: ControlledRun, process: HeldProcess, name: str) -> str:
    pipe = ops.shown(name, run.knowledge.letters)
    writers = _holders(run, name, "w")
    if writers == [process.name]:
        return (
            f"{pipe} is empty, and no process but {process.name} itself holds a write end: "
            "it waits for itself"
        )
    others = [writer for writer in writers if writer != process.name]
    own = f", and so does {process.name} itself" if process.name in writers else ""
    holds = "holds a write end" if len(others) == 1 else "hold write ends"
    return f"{pipe} is empty, and {listed(others)} still {holds}{own}"


def _holders(run: ControlledRun, name: str, end: str) -> list[str]:
    return [one.name for one in run.living if (name, end) in one.ends]
