"""From a cage to a panel: what is there to be seen of the held processes, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import operation as ops
from simpsh.explore.blocking import reason
from simpsh.explore.caged import DEAD
from simpsh.explore.panel import (
    BLOCKED,
    DEADLOCK,
    END,
    READY,
    ZOMBIE,
    Panel,
    PipeLine,
    ProcessLine,
)
from simpsh.explore.pipes_inside import contents
from simpsh.explore.tables import table
from simpsh.explore.wording import next_status_clause, status_clause
from simpsh.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.explore.cage import Cage, Step
    from simpsh.explore.caged import Caged


def panel_of(cage: Cage, steps: Sequence[Step]) -> Panel:
    """Look at a cage between two steps.

    Args:
        cage: the run; everybody in it is held or has ended.
        steps: what it has done so far.
    """
    letters = cage.knowledge.letters
    choices = cage.enabled()
    tables = {one.name: table(cage, one) for one in cage.living}
    lines = tuple(
        _line(one, cage, choices, tables.get(one.name, ()))
        for one in sorted(cage.processes.values(), key=lambda one: _birth(one.name))
        if not (one.state == DEAD and one.is_reaped)
    )
    gone = tuple(
        (one.name, status_clause(one.status or 0))
        for one in sorted(cage.processes.values(), key=lambda one: _birth(one.name))
        if one.state == DEAD and one.is_reaped
    )
    verdict = ""
    if not choices:
        verdict = DEADLOCK if cage.living else END
    statuses = {one.name: one.status or 0 for one in cage.processes.values() if one.state == DEAD}
    pipes = _pipes(cage, steps, letters)
    return Panel(len(steps), lines, gone, pipes, cage.output, statuses, verdict)


def _birth(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".")[1:])


def _line(
    process: Caged, cage: Cage, choices: Sequence[str], held: tuple[tuple[int, str], ...]
) -> ProcessLine:
    parent = process.parent or ""
    if process.state == DEAD:
        status = status_clause(process.status or 0)
        why = f"{parent} has not collected its status yet"
        return ProcessLine(process.name, parent, ZOMBIE, None, status, why)
    letters = cage.knowledge.letters
    mine = tuple(choice for choice in choices if choice.rstrip("!") == process.name)
    is_ready = process.name in mine
    return ProcessLine(
        process.name,
        parent,
        READY if is_ready else BLOCKED,
        process.operation,
        next_words(process, held, letters),
        "" if is_ready else reason(cage, process, letters),
        mine,
        tuple(str(Signal(number)) for number in process.pending),
        _handling(process),
        held,
    )


def next_words(
    process: Caged, held: tuple[tuple[int, str], ...], letters: Mapping[str, str]
) -> str:
    """Say what a process does next, to follow its name.

    Args:
        process: it is held.
        held: its descriptors, as table() has them.
        letters: the pipes' letters.
    """
    match process.operation:
        case ops.Close() as operation:
            return _closing(process, held) or operation.words(letters)
        case ops.Exit(status):
            return next_status_clause(status)
        case ops.Exiting(code):
            return f"calls exit({code})"
        case ops.Born():
            return "comes back from fork, as the child"
        case ops.Forking():
            return "calls fork"
        case None:
            return "runs"
        case operation:
            return operation.words(letters)


def _closing(process: Caged, held: tuple[tuple[int, str], ...]) -> str:
    """Say which descriptor it gives up; empty if that is not one alone."""
    place = {"close": 0, "dup2": 1, "dup3": 1}.get(process.call)
    what = dict(held).get(process.args[place], "") if place is not None else ""
    if not what.startswith(("reads ", "writes ")):
        return ""
    verb, _, pipe = what.partition(" ")
    end = f"{'read' if verb == 'reads' else 'write'} end of {pipe}"
    if process.call == "close":
        return f"closes {process.args[0]}, the {end}"
    return f"closes {process.args[1]}, the {end}, to reuse the number"


def _handling(process: Caged) -> tuple[str, ...]:
    caught = tuple(f"catches {Signal(number)}" for number in sorted(process.caught))
    return (*caught, *(f"ignores {Signal(number)}" for number in sorted(process.ignored)))


def _pipes(cage: Cage, steps: Sequence[Step], letters: Mapping[str, str]) -> tuple[PipeLine, ...]:
    inside = contents(steps)
    names = sorted({name for one in cage.living for name, end in one.ends if ops.is_pipe(name)})
    return tuple(
        PipeLine(
            name,
            letters.get(name, name),
            inside.get(name, b""),
            _ends(cage, name, "w"),
            _ends(cage, name, "r"),
        )
        for name in names
    )


def _ends(cage: Cage, name: str, end: str) -> tuple[str, ...]:
    return tuple(one.name for one in cage.living if (name, end) in one.ends)
