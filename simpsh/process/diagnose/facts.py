"""The facts of a diagnosis, as values; `view/diagnosis_words.py` has the words for each kind.

A fact has a kind and what it is about: processes, descriptors, numbers, or other facts.
"""

from __future__ import annotations

from simpsh.base.record import Record
from simpsh.base.waits import SEEN, Evidence


class Kind(Record):
    """A kind of fact, and how such a fact is known. The constants below are all that there are."""

    name: str
    evidence: Evidence = SEEN

    def __call__(self, *about: object) -> Fact:
        """Return a fact of this kind."""
        return Fact(self, about)


class Fact(Record):
    """A fact: an act of a process, an object, or a rule of the proof."""

    kind: Kind
    about: tuple[object, ...] = ()


class Who(Record):
    """A process, with the command that it had when it was examined."""

    pid: int
    command: str


class Edge(Record):
    """A process that may end a wait, and why it may."""

    pid: int
    act: Fact | None = None
    """HOLDS, MUST_END …; None if the reason is not known."""
    target: Fact | None = None
    """The object of the act: THE_END …"""
    is_by_end: bool = False
    """Whether the process's exit ends the wait; mentioned only if the process holds nothing."""
