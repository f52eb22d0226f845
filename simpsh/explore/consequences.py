"""What a step has made possible or impossible, and the rule behind it: the student's why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import operation as ops
from simpsh.explore.panel import BLOCKED, READY, ZOMBIE
from simpsh.explore.wording import listed

if TYPE_CHECKING:
    from simpsh.explore.cage import Step
    from simpsh.explore.panel import Panel, ProcessLine

_SIGPIPE = -32


def consequences(step: Step, before: Panel, now: Panel) -> str:
    """Say why a step could be made, or what follows from it; empty if there is nothing to say."""
    mover = step.choice.rstrip("!")
    found = [_rule(step, mover, before, now), _awake(mover, before, now), _asleep(mover, now)]
    return " ".join(words for words in found if words)


def _rule(step: Step, mover: str, before: Panel, now: Panel) -> str:
    match step.operation, step.result:
        case ops.Exit(), _:
            return _ended(mover, before, now)
        case ((ops.Kill() | ops.Deliver()), _):
            return _signalled(step, mover, now)
        case ops.Wait(), (str(child), int()):
            return f"The zombie {child} is no more: its status was all that was left of it."
        case ops.Read(name), b"" if ops.is_pipe(name):
            return "It is empty, and nobody holds its write end any more."
        case ((ops.Write() | ops.Pwrite()), int(count)) if count == _SIGPIPE:
            return "Nobody holds its read end any more; the kernel sends SIGPIPE as well."
        case ((ops.Close() | ops.Exiting() | ops.Dying()) as operation, _):
            is_end = not isinstance(operation, ops.Close)
            return _given_up(before, now) or ("" if is_end else _closed(mover, before, now))
        case ops.Sleep(), _:
            return "Sleeping puts nobody in order: it takes no time here."
        case _:
            return ""


def _ended(mover: str, before: Panel, now: Panel) -> str:
    line = now.line(mover)
    orphans = [one.name for one in now.lines if _was_child(one.name, mover, before)]
    words = []
    if line is not None and line.state == ZOMBIE:
        words.append(f"It is a zombie until {line.parent} collects its status with wait.")
    elif mover != "P" and now.line(mover) is None:
        words.append("Nobody has to wait for it: it is gone at once.")
    if orphans:
        is_one = len(orphans) == 1
        words.append(f"{listed(orphans)} {'is an orphan' if is_one else 'are orphans'} now.")
    return " ".join(words)


def _given_up(before: Panel, now: Panel) -> str:
    """Say what it means that nobody holds one end of a pipe any more, while others hold the other.

    If nobody is left at all, nobody can notice.
    """
    was = {pipe.name: pipe for pipe in before.pipes}
    for pipe in now.pipes:
        if was[pipe.name].writers and not pipe.writers:
            return f"Nobody can write to pipe {pipe.letter} any more: once empty, it is at its end."
        if was[pipe.name].readers and not pipe.readers:
            return f"Nobody can read from pipe {pipe.letter} any more: writing to it means SIGPIPE."
    return ""


def _closed(mover: str, before: Panel, now: Panel) -> str:
    """Say who still holds the end of a pipe that was given up."""
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


def _was_child(name: str, parent: str, before: Panel) -> bool:
    line = before.line(name)
    return line is not None and line.parent == parent


def _signalled(step: Step, mover: str, now: Panel) -> str:
    if isinstance(step.operation, ops.Kill):
        target = step.operation.target
        line = now.line(target)
        if line is None or not line.pending or step.result != 0:
            return ""
        if f"{target}!" in line.choices:
            return f"It is pending: let it act first ({target}!), or {target} make its step first."
        return f"It is pending: it acts when {target} goes on."
    line = now.line(mover)
    if line is None or line.next.startswith("dies"):
        return f"{mover} has no handler for it, so it acted by default: that ends a process."
    return "Its handler runs now; afterwards the work that it interrupted goes on."


def _awake(mover: str, before: Panel, now: Panel) -> str:
    """Say who is ready that was not."""
    woken = [
        line
        for line in now.lines
        if line.state == READY and line.name != mover and _state(before, line.name) == BLOCKED
    ]
    if not woken:
        return ""
    return " ".join(f"Now {line.name} is ready: {_because(line)}." for line in woken)


def _because(line: ProcessLine) -> str:
    match line.verb:
        case "waits":
            return "there is a status to collect"
        case "reads":
            return "its read can return"
        case "locks":
            return "the lock is free"
        case _:
            return "what it waited for has come"


def _asleep(mover: str, now: Panel) -> str:
    """Say why the one that has just gone cannot go on."""
    line = now.line(mover)
    if line is None or line.state != BLOCKED:
        return ""
    why = f": {line.why}" if line.why else ""
    return f"Next it {line.next}, and is blocked{why}."


def _state(panel: Panel, name: str) -> str:
    line = panel.line(name)
    return line.state if line is not None else ""
