"""A step told to the student: what it has done, and why it could or what follows; two sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simpsh.base.events import place_words
from simpsh.base.phrases import listed
from simpsh.base.process_names import FIRST, parent_of
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.explore.control.controlled_run import MadeStep
from simpsh.explore.model.file_operations import Pread, Pwrite
from simpsh.explore.model.kernel_state import INTERRUPTED
from simpsh.explore.model.pipe_operations import Close, Read, Write
from simpsh.explore.model.process_operations import (
    Dying,
    Exit,
    Exiting,
    GetParent,
    Sleep,
    VforkWait,
    Wait,
)
from simpsh.explore.model.signal_operations import Deliver, Kill
from simpsh.explore.model.symbolic_names import (
    NOTATION,
    OUTSIDE,
    errno_clause,
    is_pipe,
    process_of,
    quoted,
    shown,
    status_clause,
)
from simpsh.explore.step.panel_snapshot import BLOCKED, READY, ZOMBIE, FamilySnapshot, ProcessLine


class StepNarration(Record):
    """A step, told."""

    choice: str
    """Who was chosen; empty for the beginning."""
    sentence: str
    """What happened."""
    why: str = ""
    """Why, or what follows from it."""


def narrate_beginning(command: str, panel: FamilySnapshot) -> StepNarration:
    """Tell what stands at the beginning."""
    children = [line.name for line in panel.lines if line.name != FIRST]
    first = f"{NOTATION} {FIRST} runs {command}, and is held before its next step."
    if not children:
        return StepNarration(
            "", first, "Nothing has happened yet that another process could notice."
        )
    born = [name for name in children if parent_of(name) == FIRST]
    return StepNarration("", f"{first} It has forked {_copies(FIRST, born)}" if born else first)


def narrate_step(
    step: MadeStep, before: FamilySnapshot, now: FamilySnapshot, letters: Mapping[str, str]
) -> StepNarration:
    """Tell a step that has led from one state to the next."""
    name = process_of(step.choice)
    line = before.line(name)
    place = place_words(line.at) if line is not None else ""
    sentences = [f"{_done(step, name, letters, before)}{f' ({place})' if place else ''}."]
    families: dict[str, list[str]] = {}
    for child in step.born:
        families.setdefault(parent_of(child), []).append(child)
    for parent, children in families.items():
        maker = "it" if parent == name else parent
        sentences.append(f"Then {maker} forks {_copies(parent, children)}")
    return StepNarration(step.choice, " ".join(sentences), consequences(step, before, now))


def _copies(parent: str, children: Sequence[str]) -> str:
    if len(children) == 1:
        return f"{children[0]}: a copy of {parent} that stands at the same point."
    return f"{listed(children)}: copies of {parent}, each at the point where it was forked."


def _done(step: MadeStep, name: str, letters: Mapping[str, str], before: FamilySnapshot) -> str:
    """Return what was done, by the operation's result where that says more."""
    operation, result = step.operation, step.result
    line = before.line(name)
    is_own = line is not None and line.operation == operation
    words = f"{name} {line.next if line is not None and is_own else operation.words(letters)}"
    if isinstance(result, int) and result < 0:
        return f"{words}, and that fails: {errno_clause(-result)}"
    signals = listed([str(Signal(number)) for number in step.signals]) or "A signal"
    if result == INTERRUPTED:
        return f"{words}; {signals} breaks that off"
    if isinstance(operation, Read | Pread) and isinstance(result, bytes):
        what = quoted(result) if result else "the end"
        place = shown(operation.object, letters)
        return f"{name} reads {what} {'from' if result else 'of'} {place}"
    if isinstance(operation, Write | Pwrite) and isinstance(result, int):
        data, place = operation.data, shown(operation.object, letters)
        if result < len(data):
            return (
                f"{name} writes {quoted(data[:result])} to {place}, {result} of {len(data)} bytes"
            )
    if isinstance(operation, Wait):
        if result == 0:
            return f"{name} looks for a child that has ended, and finds none"
        if isinstance(result, tuple) and isinstance(result[1], int):
            return f"{name} collects {result[0]}, which {status_clause(result[1])}"
    if isinstance(operation, Deliver):
        return f"{signals} acts on {name}"
    if isinstance(operation, GetParent):
        return f"{words}: {'a process outside' if result == OUTSIDE else str(result)}"
    if isinstance(operation, VforkWait):
        child = operation.child
        return f"{name} returns from vfork: {child} has a program of its own, or has ended"
    return words


_SIGPIPE = -32


def consequences(step: MadeStep, before: FamilySnapshot, now: FamilySnapshot) -> str:
    """Return why a step could be made, or what follows from it; empty if nothing does."""
    mover = process_of(step.choice)
    blocked = {line.name for line in before.lines if line.is_blocked} - {mover}
    woken = [line for line in now.lines if line.state == READY and line.name in blocked]
    sentences = [
        _rule(step, mover, before, now),
        *(f"Now {line.name} is ready: {_because(line)}." for line in woken),
    ]
    own_line = now.line(mover)
    if own_line is not None and own_line.state == BLOCKED:
        why = f": {own_line.why}" if own_line.why else ""
        sentences.append(f"Next it {own_line.next}, and is blocked{why}.")
    return " ".join(filter(None, sentences))


def _rule(step: MadeStep, mover: str, before: FamilySnapshot, now: FamilySnapshot) -> str:
    operation, result = step.operation, step.result
    if isinstance(operation, Exit):
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
    if isinstance(operation, Kill | Deliver):
        return _signalled(step, mover, now)
    if isinstance(operation, Wait) and isinstance(result, tuple):
        return f"The zombie {result[0]} is gone: its status was all that was left of it."
    if isinstance(operation, Read) and result == b"" and is_pipe(operation.object):
        return "It is empty, and no process holds its write end any more."
    if isinstance(operation, Write | Pwrite) and result == _SIGPIPE:
        return "No process holds its read end any more; the kernel sends SIGPIPE as well."
    if isinstance(operation, Close):
        return _given_up(before, now) or _closed(mover, before, now)
    if isinstance(operation, Exiting | Dying):
        return _given_up(before, now)
    if isinstance(operation, Sleep):
        return "Sleeping puts no steps in order: it takes no time here."
    return ""


def _given_up(before: FamilySnapshot, now: FamilySnapshot) -> str:
    """Return what it means that one end of a pipe is held no more while the other still is.

    If no process is left at all, none can notice.
    """
    was = {pipe.name: pipe for pipe in before.pipes}
    for pipe in now.pipes:
        if was[pipe.name].writers and not pipe.writers:
            ends = "once empty, it is at its end"
            return f"No process can write to {pipe.words} any more: {ends}."
        if was[pipe.name].readers and not pipe.readers:
            means = "writing to it means SIGPIPE"
            return f"No process can read from {pipe.words} any more: {means}."
    return ""


def _closed(mover: str, before: FamilySnapshot, now: FamilySnapshot) -> str:
    """Return who still holds the end of a pipe that was given up."""
    after = {pipe.name: pipe for pipe in now.pipes}
    for pipe in before.pipes:
        left = after.get(pipe.name)
        writers, readers = (left.writers, left.readers) if left else ((), ())
        for was, is_now, verb in (
            (pipe.writers, writers, "write"),
            (pipe.readers, readers, "read"),
        ):
            if is_now and mover in was and mover not in is_now:
                ends = "holds its" if len(is_now) == 1 else "hold their"
                return f"{listed(is_now)} still {ends} {verb} end{'' if len(is_now) == 1 else 's'}."
    return ""


def _signalled(step: MadeStep, mover: str, now: FamilySnapshot) -> str:
    if isinstance(step.operation, Kill):
        target = step.operation.target
        line = now.line(target)
        if line is None or not line.pending or step.result != 0:
            return ""
        if f"{target}!" in line.choices:
            return f"It is pending: let it act first ({target}!), or {target} make its step first."
        return f"It is pending: it acts when {target} continues."
    line = now.line(mover)
    if line is None or line.next.startswith("dies"):
        return f"{mover} has no handler for it, so it acted by default: that ends a process."
    return "Its handler runs now; afterwards the work that it interrupted continues."


def _because(line: ProcessLine) -> str:
    if line.verb == "waits" and isinstance(line.operation, Wait):
        return "there is a status to collect"
    reasons = {"reads": "its read can return", "locks": "the lock is free"}
    return reasons.get(line.verb, "what it waited for has come")
