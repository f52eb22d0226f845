"""What a shell is expected to do, and how many points it is worth.

A behaviour says how to find out whether a shell has it. A rubric names behaviours and points:

    title = "Lab 3: a shell with jobs"

    [points]
    run = 10              # ten points, shared out among its checks as usual
    "run.waits" = 5       # one check by itself
    fg = 8

With a rubric, what it does not name is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from simpsh.base.errors import UsageProblem
from simpsh.base.events import Exec, ExecError
from simpsh.base.outside_json import BadData, number_of, read_toml
from simpsh.base.phrases import errno_words, escaped
from simpsh.base.record import Record
from simpsh.base.wait_status import Killed, decode, sentence
from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife
from simpsh.grade.shells.terminal_session import TerminalSession


class Behaviour(Record):
    """One thing that a shell does, with the checks that it consists of."""

    id: str
    title: str
    """A phrase: `runs a program and waits for it`."""
    checks: Mapping[str, tuple[str, int]]
    """By key: a sentence about what should be the case, and its points."""
    play: Callable[[BehaviourTrial, TerminalSession], None]
    """Types at the shell, which is at its prompt, and looks at its processes."""
    judge: Callable[[BehaviourTrial, Chronicle], None] | None = None
    """Looks at the record when all is over."""
    look_at: str = ""
    """The calls that a shell does it with."""
    types: tuple[str, ...] = ()
    """What is typed, as people write it; `^C` for a key."""


class BehaviourTrial:
    """One try of one behaviour: what was found so far."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.found: dict[str, str] = {}
        """By key of a check: empty if it passed, else what was the case instead."""

    def check(self, key: str, is_so: bool, instead: str) -> bool:  # noqa: FBT001 - the check itself
        """Note whether a check passed; a check that failed once has failed."""
        if key not in self.behaviour.checks:
            raise KeyError(key)
        if not self.found.get(key):
            self.found[key] = "" if is_so else instead
        return is_so

    def pass_(self, key: str) -> None:
        """Note that a check passed: what had to come for it has come."""
        self.check(key, is_so=True, instead="")


def in_foreground(shell: TerminalSession, line: str = "sleep 1000", count: int = 1) -> list[int]:
    """Type a line that starts so many sleeps, wait until the shell waits; return their pids."""
    shell.type(f"{line}\n")
    pids = shell.find("sleep", count)
    shell.until(shell.is_waiting_or_at_prompt, "the shell does not wait for its job")
    return list(pids)


def in_background(shell: TerminalSession) -> int:
    """Start a sleep in the background, wait for the prompt, and return its pid."""
    shell.run("sleep 1000 &")
    (pid,) = shell.find("sleep")
    return pid


def programs(chronicle: Chronicle, name: str) -> list[ProcessLife]:
    """Return the processes that have executed a program of this name, in order of birth."""
    return [
        process
        for process in chronicle.processes.values()
        if any(run.name == name and not run.is_copy for run in process.programs)
    ]


def executions(chronicle: Chronicle, name: str) -> list[Exec]:
    """Return the times that a program of this name was executed, in order."""
    found = [event.what for event in chronicle.events if isinstance(event.what, Exec)]
    return [one for one in found if one.exe.rpartition("/")[2] == name]


def failed_execution(chronicle: Chronicle) -> str:
    """Return in a sentence why a process executed nothing at last; empty if none failed."""
    failed: dict[str, ExecError] = {}
    for event in chronicle.events:
        if isinstance(event.what, ExecError):
            failed[event.proc] = event.what
        elif isinstance(event.what, Exec):
            failed.pop(event.proc, None)
    for who, what in failed.items():
        return f"execve({escaped(what.path)}) failed in {who}: {errno_words(what.errno)}"
    return ""


def ended_by(process: ProcessLife, signal: int) -> tuple[bool, str]:
    """Return whether a signal ended a process; and how it ended, in words."""
    if process.status is None:
        return False, "it did not end"
    status = decode(process.status)
    return isinstance(status, Killed) and status.signal == signal, sentence(status)


class Rubric(Record):
    """Which behaviours are asked, and the points of their checks."""

    title: str = ""
    weights: Mapping[str, float] | None = None
    """By `behaviour` or `behaviour.check`; None for everything at its usual points."""

    def asks(self, behaviour: Behaviour) -> bool:
        """Return whether a behaviour, or a check of it, is asked."""
        if self.weights is None:
            return True
        return any(name.partition(".")[0] == behaviour.id for name in self.weights)

    def points(self, behaviour: Behaviour, key: str) -> float:
        """Return what a check of a behaviour is worth."""
        usual = {name: points for name, (_, points) in behaviour.checks.items()}
        if self.weights is None:
            return usual[key]
        alone = {name: self.weights.get(f"{behaviour.id}.{name}") for name in usual}
        given = alone[key]
        if given is not None:
            return given
        whole = self.weights.get(behaviour.id, 0.0)
        rest = whole - sum(points for points in alone.values() if points is not None)
        shared = sum(points for name, points in usual.items() if alone[name] is None)
        return max(0.0, rest) * usual[key] / shared


def read_rubric(path: str, behaviours: Sequence[Behaviour]) -> Rubric:
    """Read a rubric.

    Args:
        path: a TOML file; see the head of this module.
        behaviours: what can be asked.

    Raises:
        SimpshError: the file cannot be read.
        UsageProblem: it is no TOML, or names something that cannot be asked.
    """
    try:
        text = read_toml(path)
    except BadData as problem:
        raise UsageProblem(str(problem)) from problem
    points = text.get("points")
    if not isinstance(points, dict) or not points:
        raise UsageProblem(f"{path}: a table [points] is missing: which behaviours are asked?")
    known = {one.id for one in behaviours}
    known |= {f"{one.id}.{key}" for one in behaviours for key in one.checks}
    weights: dict[str, float] = {}
    for name, value in points.items():
        if name not in known:
            raise UsageProblem(f"{path}: {name}: no such behaviour; 'grade shell --list' has them")
        with suppress(TypeError, ValueError, OverflowError):
            if (weight := number_of(value)) >= 0:
                weights[name] = weight
                continue
        raise UsageProblem(f"{path}: {name} = {value!r}: points are a number, 0 or more")
    return Rubric(str(text.get("title", "")), weights)
