"""What a shell is expected to do, and how to find out whether it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simpsh.chronicle.model import Chronicle, Process
    from simpsh.grade.seat import Seat


class Behaviour(Record):
    """One thing that a shell does, with the checks that it consists of."""

    id: str
    title: str
    """A phrase: `runs a program and waits for it`."""
    checks: Mapping[str, tuple[str, int]]
    """By key: a sentence about what should be the case, and its points."""
    play: Callable[[Trial], None]
    """Types at the shell and looks at its processes."""
    judge: Callable[[Trial, Chronicle], None] | None = None
    """Looks at the record when all is over."""
    look_at: str = ""
    """The calls that a shell does it with."""


class Trial:
    """One try of one behaviour: what was found so far."""

    def __init__(self, behaviour: Behaviour, seat: Seat) -> None:
        self.behaviour = behaviour
        self.seat = seat
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

    def fail(self, key: str, instead: str) -> None:
        """Note that a check failed."""
        self.check(key, is_so=False, instead=instead)


def programs(chronicle: Chronicle, name: str) -> list[Process]:
    """Return the processes that have executed a program of this name, in order of birth."""
    return [
        process
        for process in chronicle.processes.values()
        if any(run.name == name and not run.is_copy for run in process.programs)
    ]


def was_collected_by_parent(process: Process) -> bool:
    """Tell whether the process that made it has waited for it."""
    return process.reap is not None and process.collector == process.parent
