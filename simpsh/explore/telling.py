"""What a step has just done, and why it could or what follows: two sentences for the student."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import operation as ops
from simpsh.explore.caged import INTERRUPTED
from simpsh.explore.consequences import consequences
from simpsh.explore.wording import errno_clause, listed, status_clause
from simpsh.record import Record
from simpsh.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.explore.cage import Step
    from simpsh.explore.panel import Panel

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
    "sleeps": "slept",
    "takes": "took",
    "unlocks": "unlocked",
    "waits": "waited",
    "writes": "wrote",
}
"""How the words of an operation begin, before and afterwards."""


class Happening(Record):
    """A step, told."""

    choice: str
    """Who was chosen; empty for the beginning."""
    sentence: str
    """What happened."""
    why: str = ""
    """Why, or what follows from it."""


def beginning(command: str, panel: Panel) -> Happening:
    """Tell what stands at the beginning."""
    children = [line.name for line in panel.lines if line.name != "P"]
    first = f"P is the first process: it runs {command}, and is held before its next step."
    if not children:
        return Happening("", first, "Nothing has happened yet that another process could notice.")
    born = [name for name in children if name.count(".") == 1]
    return Happening("", f"{first} It has forked {_copies('P', born)}" if born else first)


def happening(step: Step, before: Panel, now: Panel, letters: Mapping[str, str]) -> Happening:
    """Tell a step.

    Args:
        step: what was done, and what came of it.
        before: the state before it.
        now: the state after it.
        letters: the pipes' letters.
    """
    name = step.choice.rstrip("!")
    sentences = [f"{_done(step, name, letters, before)}."]
    for parent, children in _families(step.born).items():
        who = "Then it" if parent == name else f"Then {parent}"
        sentences.append(f"{who} forked {_copies(parent, children)}")
    return Happening(step.choice, " ".join(sentences), consequences(step, before, now))


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


def _done(step: Step, name: str, letters: Mapping[str, str], before: Panel) -> str:
    """Say what was done, by the operation's result where that says more."""
    operation, result = step.operation, step.result
    line = before.line(name)
    said = line.next if isinstance(operation, ops.Close) and line is not None else ""
    words = f"{name} {_past(said or operation.words(letters))}"
    if isinstance(result, int) and result < 0:
        return f"{words}, and that failed: {errno_clause(-result)}"
    if result == INTERRUPTED:
        return f"{words}; {_signals(step)} broke that off"
    match operation:
        case ops.Read() | ops.Pread() | ops.Write() | ops.Pwrite():
            return f"{name} {_transfer(operation, result, letters)}"
        case ops.Wait():
            return f"{name} {_wait(operation, result)}"
        case ops.Deliver():
            return f"{_signals(step)} acted on {name}"
        case ops.GetParent():
            answer = "somebody outside" if result == ops.OUTSIDE else str(result)
            return f"{name} asked who its parent is: {answer}"
        case _:
            return f"{name} {_of_its_life(operation)}" if _of_its_life(operation) else words


def _of_its_life(operation: ops.Operation) -> str:
    """Say what a process did about births and ends; empty for other operations."""
    match operation:
        case ops.Exit(status):
            return status_clause(status)
        case ops.Exiting(code):
            return f"called exit({code})"
        case ops.Born():
            return "came back from fork, as the child"
        case ops.Forking():
            return "called fork"
        case ops.VforkWait(child):
            return f"came back from vfork: {child} has a program of its own, or has ended"
        case _:
            return ""


def _past(words: str) -> str:
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
            return _past(operation.words())


def _signals(step: Step) -> str:
    return listed([str(Signal(number)) for number in step.signals]) or "A signal"
