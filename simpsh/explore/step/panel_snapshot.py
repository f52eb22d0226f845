"""The state of all processes between two steps, as data and in words.

First the values, then the functions that read them from a controlled run, then the description of a
step in two sentences: its action, and its cause or consequence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.events import CallSite, place_words
from simpsh.base.phrases import listed
from simpsh.base.process_names import FIRST, birth_path, parent_of
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.explore.control.controlled_run import ControlledRun, MadeStep
from simpsh.explore.control.held_process import DEAD, HeldProcess
from simpsh.explore.objects.kernel_state import INTERRUPTED, Operation, sent
from simpsh.explore.objects.name_words import (
    NOTATION,
    Naming,
    errno_clause,
    next_status_clause,
    quoted,
    status_clause,
)
from simpsh.explore.objects.pipe_operations import Close, Read, Write
from simpsh.explore.objects.process_operations import Dying, Exit, Exiting, GetParent, Wait
from simpsh.explore.objects.signal_operations import Deliver, Kill
from simpsh.explore.objects.symbolic_names import SIGNALS_FIRST, Channel, Holding, process_of
from simpsh.explore.objects.virtual_clock import Sleep

READY, BLOCKED, ZOMBIE = "ready", "blocked", "zombie"
END, DEADLOCK = "end", "deadlock"


class ProcessLine(Record):
    """One process, held between two of its steps, or a zombie."""

    name: str
    """The birth path: P0, P1, P1.2."""
    parent: str
    """The parent's name; empty for the first process, and if the parent has ended."""
    state: str
    """READY, BLOCKED or ZOMBIE."""
    operation: Operation | None
    """The process's next operation; None for a zombie."""
    next: str
    """The operation in words, `waits for P1`; for a zombie its end, `ended with status 3`."""
    why: str = ""
    """The reason why the process is blocked, `P1 is still alive`, or is still a zombie."""
    choices: tuple[str, ...] = ()
    """The process's choices: `P1`, and `P1!` to let its pending signal act first."""
    pending: tuple[str, ...] = ()
    """The names of the pending signals."""
    at: CallSite | None = None
    """The source line of the next operation; None if not known."""


class PipeLine(Record):
    """One pipe, with its contents and the processes that have its ends open."""

    name: Channel
    words: str
    """The phrase for the pipe: `pipe A`, or the FIFO's name."""
    letter: str
    """The pipe's letter; empty for a FIFO."""
    content: bytes
    writers: tuple[str, ...]
    readers: tuple[str, ...]


class FamilySnapshot(Record):
    """The state of all processes between two steps."""

    number: int
    """The number of steps made so far."""
    lines: tuple[ProcessLine, ...]
    """The living processes and the zombies, parents before children."""
    gone: tuple[tuple[str, str], ...]
    """The names of the reaped processes, with their ends in words."""
    pipes: tuple[PipeLine, ...]
    output: bytes
    verdict: str = ""
    """END: every process has ended; DEADLOCK: no process can continue; else empty."""

    @property
    def ready(self) -> tuple[str, ...]:
        """All choices."""
        return tuple(choice for line in self.lines for choice in line.choices)

    @property
    def deadlock_words(self) -> str:
        """A sentence about the deadlock."""
        blocked = [line.name for line in self.lines if line.state == BLOCKED]
        wait = "waits" if len(blocked) == 1 else "wait"
        return f"Deadlock: {listed(blocked)} {wait} for something that can never come."

    def line(self, name: str) -> ProcessLine | None:
        """Return the line of a process; None if it does not exist."""
        return next((line for line in self.lines if line.name == process_of(name)), None)

    def check(self, choice: str) -> None:
        """Raise SimpshError, with the reason and the choices, if a choice is impossible."""
        if choice not in self.ready:
            could = f"ready: {' '.join(self.ready)}" if self.ready else "no process was ready"
            raise SimpshError(
                f"the schedule does not fit at step {self.number + 1}: {choice} – "
                f"{self.why_not(choice)}; {could}"
            )

    def why_not(self, choice: str) -> str:
        """Return the reason why a choice is impossible now, as a clause."""
        line = self.line(choice)
        if line is None:
            gone = dict(self.gone).get(process_of(choice))
            return f"it no longer exists: it {gone}" if gone else "there is no such process"
        if line.choices and choice != line.name:
            return "no signal is pending for it"
        return f"it {line.next}; {line.why}" if line.why else f"it {line.next}"

    def tree(self, parent: str = "", indent: str = "") -> Iterator[tuple[str, ProcessLine]]:
        """Yield the lines as a tree: the branches before the name, and the line."""
        names = {line.name for line in self.lines}
        below = [line for line in self.lines if line.parent == parent]
        if not parent:
            below = [line for line in self.lines if line.parent not in names]
        for line in below:
            is_last = line is below[-1]
            branch = indent + ("└─" if is_last else "├─") if parent else ""
            yield branch, line
            yield from self.tree(line.name, indent + ("  " if is_last else "│ ") if parent else "")


def snapshot_of(run: ControlledRun) -> FamilySnapshot:
    """Return the state of a run between two steps."""
    choices, kernel = run.list_choices(), run.kernel
    every = sorted(run.processes.values(), key=lambda process: birth_path(process.name))
    gone = [each for each in every if each.state == DEAD and each.name not in kernel.zombies]
    naming = run.knowledge.naming
    ends = (end for process in run.living for end in process.files.ends)
    pipes = tuple(
        PipeLine(
            name,
            naming.object(name),
            naming.letters.get(name, ""),
            kernel.pipes.get(name, b""),
            tuple(kernel.holders(name, "w")),
            tuple(kernel.holders(name, "r")),
        )
        for name in sorted({name for name, _ in ends if isinstance(name, Channel)})
    )
    return FamilySnapshot(
        len(run.schedule),
        tuple(_line(each, run, choices) for each in every if each not in gone),
        tuple((each.name, status_clause(each.status or 0)) for each in gone),
        pipes,
        run.output,
        "" if choices else DEADLOCK if run.living else END,
    )


def _line(process: HeldProcess, run: ControlledRun, choices: Sequence[str]) -> ProcessLine:
    parent = parent_of(process.name)
    parent = parent if parent in run.processes and run.processes[parent].state != DEAD else ""
    if process.state == DEAD:
        status = status_clause(process.status or 0)
        why = f"{parent} has not collected its status yet"
        return ProcessLine(process.name, parent, ZOMBIE, None, status, why)
    own_choices = tuple(choice for choice in choices if process_of(choice) == process.name)
    is_ready = process.name in own_choices
    return ProcessLine(
        process.name,
        parent,
        READY if is_ready else BLOCKED,
        process.operation,
        _next_words(process, run),
        "" if is_ready else run.blocking_reason(process),
        own_choices,
        tuple(str(Signal(number)) for number in sent(process.signals.pending)),
        next(iter(run.place(process).sites), None),
    )


def _next_words(process: HeldProcess, run: ControlledRun) -> str:
    """Return a held process's next operation, as words that follow its name."""
    naming = run.knowledge.naming
    match process.operation:
        case None:
            return "runs"
        case Exit(status=status):
            return next_status_clause(status)
        case Close() as operation:
            number = process.args[0 if process.call == "close" else 1]
            end = run.end_at(process, number)
            if end is None or process.call not in _CLOSE_ONE:
                return operation.words(naming)
            purpose = "" if process.call == "close" else ", to reuse the number"
            return f"closes {number}, the {_END[end[1]]} end of {naming.object(end[0])}{purpose}"
        case operation:
            return operation.words(naming)


_CLOSE_ONE = ("close", "dup2", "dup3")
_END: dict[Holding, str] = {"r": "read", "w": "write"}


class StepNarration(Record):
    """A step in words."""

    choice: str
    """The choice; empty for the beginning."""
    sentence: str
    why: str = ""
    """The cause or consequence of the step."""


def narrate_beginning(command: str, panel: FamilySnapshot) -> StepNarration:
    """Describe the state at the beginning."""
    children = [line.name for line in panel.lines if line.name != FIRST]
    first = f"{NOTATION} {FIRST} runs {command}, and is held before its next step."
    if not children:
        return StepNarration(
            "", first, "Nothing has happened yet that another process could notice."
        )
    born = [name for name in children if parent_of(name) == FIRST]
    return StepNarration("", f"{first} It has forked {_copies(FIRST, born)}" if born else first)


def narrate_step(
    step: MadeStep, before: FamilySnapshot, now: FamilySnapshot, naming: Naming
) -> StepNarration:
    """Describe a step, from the states before and after it."""
    name = process_of(step.choice)
    line = before.line(name)
    place = place_words(line.at) if line is not None else ""
    sentences = [f"{_describe_step(step, name, naming, before)}{f' ({place})' if place else ''}."]
    families: dict[str, list[str]] = {}
    for child in step.born:
        families.setdefault(parent_of(child), []).append(child)
    for parent, children in families.items():
        maker = "it" if parent == name else parent
        sentences.append(f"Then {maker} forks {_copies(parent, children)}")
    return StepNarration(step.choice, " ".join(sentences), _rule(step, name, before, now))


def _copies(parent: str, children: Sequence[str]) -> str:
    if len(children) == 1:
        return f"{children[0]}: a copy of {parent} that is at the same point."
    return f"{listed(children)}: copies of {parent}, each at the point where it was forked."


def _describe_step(step: MadeStep, name: str, naming: Naming, before: FamilySnapshot) -> str:
    """Return a clause about the operation and its result."""
    operation, result = step.operation, step.result
    line = before.line(name)
    is_own = line is not None and line.operation == operation
    words = f"{name} {line.next if line is not None and is_own else operation.words(naming)}"
    if isinstance(result, int) and result < 0:
        return f"{words}, and that fails: {errno_clause(-result)}"
    arrived = [str(Signal(each)) for each in step.signals if each and isinstance(each, int)]
    signals = listed(arrived) or "A signal"
    if result == INTERRUPTED:
        return f"{words}; {signals} breaks that off"
    match operation, result:
        case Read(object=source), bytes() as data:
            content = f"{quoted(data)} from" if data else "the end of"
            return f"{name} reads {content} {naming.object(source)}"
        case Wait(), 0:
            return f"{name} looks for a child that has ended, and finds none"
        case Wait(), (child, int(status)):
            return f"{name} collects {child}, which {status_clause(status)}"
        case Deliver(), _:
            return f"{signals} acts on {name}"
        case GetParent(), str(parent):
            return f"{words}: {parent}"
        case Operation(), _:
            return words


def _rule(step: MadeStep, mover: str, before: FamilySnapshot, now: FamilySnapshot) -> str:
    """Return a sentence about the rule of the kernel that a step shows; empty if there is none."""
    match step.operation, step.result:
        case Exit(), _:
            return _describe_end(mover, before, now)
        case ((Kill() | Deliver()), _):
            return _describe_signal(step, mover, now)
        case Wait(), (child, *_):
            return f"The zombie {child} is gone: its status was all that was left of it."
        case Read(object=Channel()), b"":
            return "It is empty, and no process holds its write end any more."
        case Write(), -32:
            return "No process holds its read end any more; the kernel sends SIGPIPE as well."
        case ((Close() | Exiting() | Dying()), _):
            return _describe_loss(before, now)
        case Sleep(), _:
            return "Sleeping puts no steps in order: another process may be delayed for longer."
        case Operation(), _:
            return ""


def _describe_end(mover: str, before: FamilySnapshot, now: FamilySnapshot) -> str:
    line = now.line(mover)
    children = {line.name for line in before.lines if line.parent == mover}
    orphans = [line.name for line in now.lines if line.name in children]
    words = []
    if line is not None and line.state == ZOMBIE:
        words.append(f"It is a zombie until {line.parent} collects its status with wait.")
    elif mover != FIRST and line is None:
        words.append("No process has to wait for it: it is gone at once.")
    if orphans:
        are = "is an orphan" if len(orphans) == 1 else "are orphans"
        words.append(f"{listed(orphans)} {are} now.")
    return " ".join(words)


def _describe_loss(before: FamilySnapshot, now: FamilySnapshot) -> str:
    """Return a sentence about a pipe that has lost its last write or read end."""
    earlier = {pipe.name: pipe for pipe in before.pipes}
    for pipe in now.pipes:
        was = earlier.get(pipe.name, pipe)  # the same step may have made it
        if was.writers and not pipe.writers:
            ends = "once empty, it is at its end"
            return f"No process can write to {pipe.words} any more: {ends}."
        if was.readers and not pipe.readers:
            return f"No process can read from {pipe.words} any more: writing to it means SIGPIPE."
    return ""


def _describe_signal(step: MadeStep, mover: str, now: FamilySnapshot) -> str:
    if isinstance(step.operation, Kill):
        target = step.operation.target
        if not isinstance(target, str):
            return ""
        line = now.line(target)
        if line is None or not line.pending or step.result != 0:
            return ""
        if target + SIGNALS_FIRST in line.choices:
            return f"It is pending: let it act first ({target}!), or {target} make its step first."
        return f"It is pending: it acts when {target} continues."
    line = now.line(mover)
    if line is None or _is_killed(line.operation):
        return f"{mover} has no handler for it, so it acted by default: that ends a process."
    return "Its handler runs now; afterwards the work that it interrupted continues."


def _is_killed(operation: Operation | None) -> bool:
    """Return whether a signal ends the process."""
    is_end = isinstance(operation, Exit) and os.WIFSIGNALED(operation.status)
    return is_end or isinstance(operation, Dying)
