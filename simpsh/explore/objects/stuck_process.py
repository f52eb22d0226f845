"""A process that can never continue: facts about its wait, and their words, made last."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from simpsh.base.process_names import birth_path
from simpsh.base.record import Record
from simpsh.explore.objects.kernel_state import Kernel, Operation
from simpsh.explore.objects.name_words import Naming


class Manner(Enum):
    """How a process fails to make progress."""

    BLOCKED = 1
    """Its operation cannot return, and no process can change that."""
    WAITING = 2
    """It waits for processes in endless loops."""
    REPEATING = 3
    """It makes its operation again and again."""
    IN_FREE_RUN = 4
    """A free run made no progress; its calls were not looked at."""


class StuckProcess(Record):
    """A process that can never continue, by name; empty for the whole program."""

    name: str
    manner: Manner
    operation: Operation | None = None
    awaited: tuple[str, ...] = ()
    """The processes on which its operation depends, in the order of their births."""

    @property
    def is_looping(self) -> bool:
        """Whether it does not wait, but is in an endless loop."""
        return self.manner is Manner.REPEATING

    @classmethod
    def blocked(cls, name: str, operation: Operation, kernel: Kernel) -> StuckProcess:
        """Return the facts about a blocked operation."""
        awaited = sorted(operation.awaited(kernel, name), key=birth_path)
        return cls(name, Manner.BLOCKED, operation, tuple(awaited))

    def words(self, naming: Naming) -> str:
        """Return a clause about the wait, to follow the name of the process."""
        if self.operation is None:
            return "was left alone, so its calls are not known"
        words = self.operation.words(naming)
        if self.manner is Manner.REPEATING:
            return f"{words}, again and again"
        is_blocked = self.manner is Manner.BLOCKED
        reason = self.operation.reason(self.name, self.awaited, naming) if is_blocked else ""
        return f"{words}: {reason}" if reason else words


def describe(stuck: Iterable[StuckProcess], naming: Naming) -> tuple[tuple[str, str], ...]:
    """Return each process with its clause."""
    return tuple((each.name or "the program", each.words(naming)) for each in stuck)
