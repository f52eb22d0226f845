"""What an exploration has found, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.record import Record
from simpsh.wait_status import WaitStatus, decode

if TYPE_CHECKING:
    from simpsh.explore.ending import Ending
    from simpsh.explore.tree import Tree
    from simpsh.explore.witness import Told


class Outcome(Record):
    """One thing that can come of a program, and how."""

    output: bytes
    """What is written to standard output and standard error; a pid is shown as `<P.1>`."""
    statuses: tuple[tuple[str, WaitStatus], ...]
    """How each process ended, by name: P is the first, P.1 its first child, P.1.2 that one's
    second. In a deadlock some have not."""
    files: tuple[tuple[str, bytes], ...]
    """The files written, by name, as they stand at the end."""
    deadlock: tuple[tuple[str, str], ...]
    """Who can never go on, each with what it waits for, in words; empty if everybody ends."""
    witness: tuple[str, ...]
    """Choices that lead to it, for `step --schedule`; `P.1!` lets a pending signal act first."""
    story: tuple[Told, ...]
    """What each step of the witness does."""
    deciding: int
    """How many steps of the witness decide it: after those, any order leads to it."""
    native: int
    """How many of the free runs may have had this outcome; they do not tell descendants' statuses.
    """
    is_replayed: bool
    """Whether the witness was run for real, and led to this outcome."""

    @property
    def text(self) -> str:
        r"""The output as text; bytes that are no UTF-8 are escaped as `\xff`."""
        return self.output.decode("utf-8", "backslashreplace")


class Exploration(Record):
    """Every outcome of a program, and how sure that is."""

    argv: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    """Sorted by output; samples, if there are more than were asked for."""
    count: int | None
    """How many different outputs there are; None if they could not even be counted."""
    reasons: tuple[str, ...]
    """Why the set may lack something, as clauses; empty if it is complete."""
    notes: tuple[str, ...]
    """What is worth knowing and does no harm."""
    flags: tuple[tuple[str, int], ...]
    """What was seen that cannot be explored, and how often; each is a reason, too."""
    runs: int
    """How many real runs were made to learn the program."""
    replays: int
    """How many more to confirm outcomes."""
    natives: int
    """How many free runs, with nobody watching."""
    seen: tuple[tuple[bytes, int], ...]
    """How many of those printed each output."""
    seconds: float
    states: int
    """How many states the program has."""
    tree: Tree | None = None
    """The choices that matter; None if the outcomes cannot be listed."""

    @property
    def is_complete(self) -> bool:
        """Whether there is no other outcome."""
        return not self.reasons

    @property
    def is_sample(self) -> bool:
        """Whether there are more outputs than `outcomes` has."""
        return self.count != len(self.outputs)

    @property
    def outputs(self) -> frozenset[bytes]:
        """The different outputs, of those in `outcomes`."""
        return frozenset(outcome.output for outcome in self.outcomes)

    @property
    def texts(self) -> frozenset[str]:
        """The same as text."""
        return frozenset(outcome.text for outcome in self.outcomes)

    @property
    def deadlocks(self) -> tuple[Outcome, ...]:
        """The outcomes in which somebody can never go on."""
        return tuple(outcome for outcome in self.outcomes if outcome.deadlock)


def statuses_of(ending: Ending) -> tuple[tuple[str, WaitStatus], ...]:
    """Return an ending's status words, taken apart."""
    return tuple((name, decode(word)) for name, word in ending.statuses)
