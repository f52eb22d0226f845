"""How the questions of lessons are made: how many options, a hint or none, which one is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simpsh.base.phrases import counted
from simpsh.course.screen.answer_lines import LETTERS

FEW = 2
"""Of so many options one is guessed right every second time."""


@dataclass(frozen=True, slots=True)
class QuestionShape:
    """What a question offers, whatever it asks."""

    options: int
    """How many choices it has; 0 if the answer is free."""
    right: int | None
    """The place of the right choice, from 0; None if that is free or not known here."""
    has_hint: bool


def spread_lines(shapes: Sequence[QuestionShape]) -> Iterator[str]:
    """Yield how many questions there are, what they lack, and where the right answers are."""
    if not shapes:
        return
    few = sum(0 < one.options <= FEW for one in shapes)
    bare = sum(not one.has_hint for one in shapes)
    yield f"{counted(len(shapes), 'question')}: with two options: {few}, without a hint: {bare}"
    shares = _shares([one for one in shapes if one.right is not None])
    if shares:
        found = ", ".join(
            f"{letter} {share:.0%} ({even:.0%})"
            for letter, (share, even) in zip(LETTERS, shares, strict=False)
        )
        yield f"right answers by position (if evenly spread): {found}"


def _shares(known: Sequence[QuestionShape]) -> list[tuple[float, float]]:
    """Return for each position how often it is right, and how often an even spread makes it so."""
    places = Counter(one.right for one in known)
    most = max((one.options for one in known), default=0)
    return [
        (
            places[place] / len(known),
            sum(1 / one.options for one in known if place < one.options) / len(known),
        )
        for place in range(most)
    ]
