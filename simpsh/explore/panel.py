"""What a student sees between two steps, as data: who stands where, and what each would do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.operation import Unwatched
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simpsh.explore.operation import Operation

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
    operation: Operation | None
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


class Panel(Record):
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
    """END: every process has ended; DEADLOCK: nobody can go; else empty."""

    @property
    def ready(self) -> tuple[str, ...]:
        """All the choices there are."""
        return tuple(choice for line in self.lines for choice in line.choices)

    @property
    def ended(self) -> frozenset[str]:
        """Everybody who has ended: zombies, and those who are no more."""
        return frozenset(self.statuses)

    @property
    def deadlock_words(self) -> str:
        """What a deadlock means, for people."""
        blocked = [line.name for line in self.lines if line.is_blocked]
        if any(isinstance(line.operation, Unwatched) for line in self.lines):
            return "Nobody can be chosen: somebody is where it cannot be held."
        if len(blocked) == 1:
            return f"Deadlock: {blocked[0]} waits for something that can never come."
        return "Deadlock: nobody can ever go, for each waits for what only another could bring."

    def line(self, name: str) -> ProcessLine | None:
        """Return the line of a process; None if it is no more, or never was."""
        return next((line for line in self.lines if line.name == name.rstrip("!")), None)

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
