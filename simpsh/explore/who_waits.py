"""What a process that cannot go on waits for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.caged import AT, BLOCKED
from simpsh.explore.operation import ANY, Flock, Operation, Read, Wait, Write, shown
from simpsh.explore.readiness import is_ready

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.run import Run


def waiting(run: Run) -> list[tuple[str, str]]:
    """Return the name of each process that cannot go on, and what it waits for."""
    found = []
    for name, process in run.processes.items():
        operation = process.operation
        if operation is None:
            continue
        if process.state == BLOCKED or (
            process.state == AT and not is_ready(run, process, operation)
        ):
            found.append((name, _words(run, process, operation)))
    return found


def _words(run: Run, process: Caged, operation: Operation) -> str:
    letters = run.knowledge.letters
    match operation:
        case Read(name):
            who = _listed(run, process, name, "w")
            can = f"which {who} can still write to" if who else "which nobody can write to"
            return f"reads {shown(name, letters)}, which is empty and {can}"
        case Write(name):
            who = _listed(run, process, name, "r")
            return f"writes to {shown(name, letters)}, which is full and which {who} could read"
        case Flock(name):
            return f"waits for the lock on {shown(name, letters)}"
        case Wait(target):
            left = [
                child.name for child in run.children_of(process, "" if target == ANY else target)
            ]
            return f"waits for {_joined(left, 'or')} to end"
        case _:
            return operation.words(letters)


def _listed(run: Run, process: Caged, name: str, end: str) -> str:
    holders = [
        f"{one.name} itself" if one is process else one.name for one in run.holders(name, end)
    ]
    return _joined(holders, "and")


def _joined(words: list[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
