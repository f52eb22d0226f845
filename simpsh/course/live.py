"""Teaching a class: hands are counted, twice if they like, and shown as bars."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simpsh.course.screen.answers import LETTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

_HANDS = re.compile(r"[\d\s,]+")
SO_IT_WAS = "so it was"


@dataclass(slots=True)
class Votes:
    """The hands for the choices of one question: before the discussion, and after it."""

    rounds: list[list[int]] = field(default_factory=list)

    def bars(self, count: int, right: int | None = None) -> list[tuple[str, Sequence[int], str]]:
        """Return a row for each choice: its letter, its hands in each vote, and a note.

        Args:
            count: how many choices there are.
            right: which of them it was, once that may be said.
        """
        return [
            (LETTERS[place], [hands[place] for hands in self.rounds], _note(place, right))
            for place in range(count)
        ]


def _note(place: int, right: int | None) -> str:
    return SO_IT_WAS if place == right else ""


def hands_in(line: str, count: int) -> list[int] | None:
    """Return the hands for each of `count` choices; None if the line says nothing of the kind.

    >>> hands_in("9 14 5 1", 4), hands_in("9,14", 3), hands_in("a lot", 2), hands_in("1 2 3", 2)
    ([9, 14, 5, 1], [9, 14, 0], None, None)
    """
    if not _HANDS.fullmatch(line):
        return None
    numbers = [int(word) for word in line.replace(",", " ").split()]
    if not numbers or len(numbers) > count or max(numbers) > 9999:
        return None
    return numbers + [0] * (count - len(numbers))
