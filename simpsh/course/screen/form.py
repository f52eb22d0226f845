"""The two forms of a screen: drawn, for eyes, and plain, for a reading voice or a log.

Both make blocks of lines from the same values; the teacher knows only this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from simpsh.course.listing import Listing
    from simpsh.course.observation import Observation, Search
    from simpsh.course.screen.answers import Answer
    from simpsh.course.screen.facts import Told
    from simpsh.course.screen.styled import Block
    from simpsh.course.screen.table import Table
    from simpsh.course.steps import Choice


@dataclass(frozen=True, slots=True)
class Room:
    """How much of the screen there is for something."""

    width: int = 80
    rows: int = 22
    """The most lines."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A run to be shown, and what is known about it."""

    run: Observation
    listing: Listing | None = None
    watch: Collection[str] = ()
    bold: Collection[int] = ()
    """Events to be set off: a chain of causes."""
    changed: Collection[int] = ()
    """Lines that are new against the listing before."""


class Form(Protocol):
    """How things are set."""

    unfolds: bool
    """Whether facts are shown without being asked for, where there is room."""
    is_bounded: bool
    """Whether what stands between two stops should fit the window."""

    def text(self, text: str, width: int) -> Block:
        """Set a text with its markup."""

    def code(self, listing: Listing, rows: Collection[int], changed: Collection[int]) -> Block:
        """Set a listing, or some of its lines."""

    def who_ran(self, seen: Seen, width: int) -> Block:
        """Set a listing that says who has been on each line."""

    def picture(self, seen: Seen, room: Room) -> Block:
        """Show what happened in a run."""

    def is_beside(self, seen: Seen, width: int) -> bool:
        """Tell whether the picture stands beside its listing."""

    def search(self, search: Search, room: Room) -> Block:
        """Show every output that is possible."""

    def output(self, lines: Sequence[str], width: int) -> Block:
        """Show what a demonstration wrote."""

    def table(self, table: Table, width: int) -> Block:
        """Set a table."""

    def choices(self, choices: Sequence[Choice], width: int) -> Block:
        """Set the choices of a question."""

    def answer(self, answers: Sequence[Answer], width: int) -> Block:
        """Set the answer to a question."""

    def facts(self, facts: Sequence[Told], width: int) -> Block:
        """Set what was checked, all of it."""

    def praise(self, text: str, width: int) -> Block:
        """Set what is said to a line that did its task."""

    def bars(self, rows: Sequence[tuple[str, Sequence[int], str]], width: int) -> Block:
        """Show hands: letter, the counts of one or two votes, a note."""
