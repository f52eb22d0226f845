"""A lesson is one idea: a list of steps, and the one sentence that should remain of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.course.steps import AnyStep

CHAPTERS = (
    "fork",
    "exec",
    "wait",
    "orphans and zombies",
    "pipes and daemons",
    "the shell itself",
)
"""The chapters of the course, in order. A lesson of another chapter comes after them."""

FORMAT = 1
"""The version of the contract that this simpsh plays."""


class Lesson(Record):
    """One lesson. Each is itself alone: two lessons are never equal."""

    id: str
    """Lower-case words with dashes; its file is called the same, with underscores."""
    title: str
    minutes: int
    steps: Sequence[AnyStep]
    remember: str
    """The one sentence to leave with."""
    requires: Sequence[str] = ()
    """Ids of lessons that should come first."""
    chapter: str = "fork"
    facts: Sequence[str] = ()
    """Claims of lessons/claims.py that the lesson as a whole covers; better: at a step or claim."""
    read_on: Sequence[str] = ()
    """Man pages, sections of POSIX, chapters of books: `wait(2)`, `POSIX.1-2024 fork()` …"""
    good_for: str = ""
    """What the idea is good for, in one or two sentences; said before `remember`."""
    format: int = FORMAT

    __eq__ = object.__eq__
    __hash__ = object.__hash__
