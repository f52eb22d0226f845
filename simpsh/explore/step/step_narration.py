"""A step told to the student: what it has done, and why it could or what follows; two sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simpsh.base.phrases import listed, place_words
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.explore.control.controlled_run import MadeStep
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.step_phrases import errno_clause, status_clause
from simpsh.explore.operations.visible_operations import NOTATION, process_of
from simpsh.explore.step.panel_snapshot import BLOCKED, READY, ZOMBIE, FamilySnapshot, ProcessLine

_PAST = {
    "asks": "asked",
    "begins": "began",
    "blocks": "blocked",
    "calls": "called",
    "closes": "closed",
    "dies": "died",
    "ends": "ended",
    "executes": "executed",
    "forks": "forked",
    "ignores": "set itself to ignore",
    "lets": "let",
    "links": "linked",
    "loads": "loaded",
    "locks": "locked",
    "locks,": "locked,",
    "looks": "looked",
    "makes": "made",
    "moves": "moved",
    "opens": "opened",
    "pauses": "paused",
    "reads": "read",
    "removes": "removed",
    "renames": "renamed",
    "sends": "sent",
    "sets": "set",
    "shares": "shared",
    "sleeps": "slept",
    "stores": "stored",
    "takes": "took",
    "unlocks": "unlocked",
    "updates": "updated",
    "waits": "waited",
    "wakes": "woke",
    "writes": "wrote",
}
"""How the words of an operation begin, before and afterwards."""


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
    children = [line.name for line in panel.lines if line.name != "P"]
    first = f"{NOTATION} P runs {command}, and is held before its next step."
    if not children:
        return StepNarration(
            "", first, "Nothing has happened yet that another process could notice."
        )
    born = [name for name in children if name.count(".") == 1]
    return StepNarration("", f"{first} It has forked {_copies('P', born)}" if born else first)


def narrate_step(
    step: MadeStep, before: FamilySnapshot, now: FamilySnapshot, letters: Mapping[str, str]
) -> StepNarration:
    """Tell a step that has led from one state to the next."""
    name = process_of(step.choice)
    line = before.line(name)
    place = place_words(line.at) if line is not None else ""
    sentences = [f"{_done(step, name, letters, before)}{f' ({place})' if place else ''}."]
    for parent, children in _families(step.born).items():
        who = "Then it" if parent == name else f"Then {parent}"
        sentences.append(f"{who} forked {_copies(parent, children)}")
    return StepNarration(step.choice, " ".join(sentences), consequences(step, before, now))


def _copies(parent: str, children: Sequence[str]) -> str:
    if len(children) == 1:
        return f"{children[0]}: a copy of {parent} that stands at the same point."
    return f"{listed(children)}: copies of {parent}, each at the point where it was forked."


def _families(children: Sequence[str]) -> dict[str, list[str]]:
    """Group children by their parents' names."""
    found: dict[str, list[str]] = {}
    for child in children:
        found.setdefault(child.rpartition(".")[0], []).append(child)
    return found


def _done(step: MadeStep, name: str, letters: Mapping[str, str], before: FamilySnapshot) -> str:
    """Return what was done, by the operation's result where that says more."""
    operation, result = step.operation, step.result
    line = before.line(name)
    said = line.next if isinstance(operation, ops.Close) and line is not None else ""
    words = f"{name} {_past_tense(said or operation.words(letters))}"
    if isinstance(result, int) and result < 0:
        return f"{words}, and that failed: {errno_clause(-result)}"
    if result == ops.INTERRUPTED:
        return f"{words}; {_signals(step)} broke that off"
    match operation:
        case ops.Read() | ops.Pread() | ops.Write() | ops.Pwrite():
            return f"{name} {_transfer(operation, result, letters)}"
        case ops.Wait():
            return f"{name} {_wait(operation, result)}"
        case ops.Deliver():
            return f"{_signals(step)} acted on {name}"
        case ops.GetParent():
            answer = "a process outside" if result == ops.OUTSIDE else str(result)
            return f"{name} asked who its parent is: {answer}"
        case _:
            return f"{name} {_of_its_life(operation)}" if _of_its_life(operation) else words


def _of_its_life(operation: ops.Operation) -> str:
    """Return what a process did about births and ends; empty for other operations."""
    match operation:
        case ops.Exit(status):
            return status_clause(status)
        case ops.Exiting(code):
            return f"called exit({code})"
        case ops.Born():
            return "returned from fork, as the child"
        case ops.Forking():
            return "called fork"
        case ops.VforkWait(child):
            return f"returned from vfork: {child} has a program of its own, or has ended"
        case _:
            return ""


def _past_tense(words: str) -> str:
    verb, _, rest = words.partition(" ")
    return f"{_PAST.get(verb, verb)} {rest}".rstrip()


def _transfer(
    operation: ops.Read | ops.Pread | ops.Write | ops.Pwrite,
    result: object,
    letters: Mapping[str, str],
) -> str:
    where = ops.shown(operation.object, letters)
    if isinstance(operation, ops.Read | ops.Pread):
        if not isinstance(result, bytes):
            return f"read from {where}"
        return f"read {ops.quoted(result)} from {where}" if result else f"read the end of {where}"
    data, count = operation.data, result if isinstance(result, int) else len(operation.data)
    if count < len(data):
        return f"wrote {ops.quoted(data[:count])} to {where}, {count} of {len(data)} bytes"
    return f"wrote {ops.quoted(data)} to {where}"


def _wait(operation: ops.Wait, result: object) -> str:
    match result:
        case (str(child), int(status)):
            return f"collected {child}, which {status_clause(status)}"
        case 0:
            return "looked for a child that has ended, and found none"
        case _:
            return _past_tense(operation.words())


def _signals(step: MadeStep) -> str:
    return listed([str(Signal(number)) for number in step.signals]) or "A signal"


_SIGPIPE = -32


def consequences(step: MadeStep, before: FamilySnapshot, now: FamilySnapshot) -> str:
    """Return why a step could be made, or what follows from it; empty if nothing does."""
    mover = process_of(step.choice)
    found = [_rule(step, mover, before, now), _awake(mover, before, now), _asleep(mover, now)]
    return " ".join(words for words in found if words)


def _rule(step: MadeStep, mover: str, before: FamilySnapshot, now: FamilySnapshot) -> str:
    match step.operation, step.result:
        case ops.Exit(), _:
            return _ended(mover, before, now)
        case ((ops.Kill() | ops.Deliver()), _):
            return _signalled(step, mover, now)
        case ops.Wait(), (str(child), int()):
            return f"The zombie {child} is gone: its status was all that was left of it."
        case ops.Read(name), b"" if ops.is_pipe(name):
            return "It is empty, and no process holds its write end any more."
        case ((ops.Write() | ops.Pwrite()), int(count)) if count == _SIGPIPE:
            return "No process holds its read end any more; the kernel sends SIGPIPE as well."
        case ((ops.Close() | ops.Exiting() | ops.Dying()) as operation, _):
            is_end = not isinstance(operation, ops.Close)
            return _given_up(before, now) or ("" if is_end else _closed(mover, before, now))
        case ops.Sleep(), _:
            return "Sleeping puts no steps in order: it takes no time here."
        case _:
            return ""


def _ended(mover: str, before: FamilySnapshot, now: FamilySnapshot) -> str:
    line = now.line(mover)
    children = {one.name for one in before.lines if one.parent == mover}
    orphans = [one.name for one in now.lines if one.name in children]
    words = []
    if line is not None and line.state == ZOMBIE:
        words.append(f"It is a zombie until {line.parent} collects its status with wait.")
    elif mover != "P" and now.line(mover) is None:
        words.append("No process has to wait for it: it is gone at once.")
    if orphans:
        is_one = len(orphans) == 1
        words.append(f"{listed(orphans)} {'is an orphan' if is_one else 'are orphans'} now.")
    return " ".join(words)


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
    if isinstance(step.operation, ops.Kill):
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


def _awake(mover: str, before: FamilySnapshot, now: FamilySnapshot) -> str:
    """Return who is ready that was not."""
    blocked = {line.name for line in before.lines if line.is_blocked} - {mover}
    woken = [line for line in now.lines if line.state == READY and line.name in blocked]
    return " ".join(f"Now {line.name} is ready: {_because(line)}." for line in woken)


def _because(line: ProcessLine) -> str:
    match line.verb:
        case "waits" if isinstance(line.operation, ops.Wait):
            return "there is a status to collect"
        case "reads":
            return "its read can return"
        case "locks":
            return "the lock is free"
        case _:
            return "what it waited for has come"


def _asleep(mover: str, now: FamilySnapshot) -> str:
    """Return why the one that has just gone cannot continue."""
    line = now.line(mover)
    if line is None or line.state != BLOCKED:
        return ""
    why = f": {line.why}" if line.why else ""
    return f"Next it {line.next}, and is blocked{why}."
