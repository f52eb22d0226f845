"""What was answered before a run: a student's guess and the reason for it, a class's votes.

Kept with the progress, so that a person can look back, and an instructor can see which
misconceptions a class has. As CSV no name is in them unless it is asked for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simpsh.base.outside_json import list_of, number_of


@dataclass(frozen=True, slots=True)
class GuessRecord:
    """One answer of a student, judged by the run that followed."""

    lesson: str
    step: int
    """The number of the question's step, from 1."""
    question: str
    answer: str
    """The text of the choice, or what was typed."""
    is_right: bool | None
    """None if the run could not tell."""
    why: str = ""
    """Why the student thought so; empty if that was skipped."""


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """The hands of a class for each choice of a question."""

    lesson: str
    step: int
    question: str
    choices: tuple[str, ...]
    right: int | None
    """The place of the right choice, from 0; None if the run could not tell."""
    first: tuple[int, ...]
    second: tuple[int, ...] = ()
    """After the discussion; empty if there was no second vote."""


def guess_of(found: Mapping[str, object]) -> GuessRecord:
    """Return a guess as it was read from a file.

    Raises:
        KeyError, TypeError, ValueError: it is none of ours.
    """
    right = found["is_right"]
    return GuessRecord(
        str(found["lesson"]),
        int(number_of(found["step"])),
        str(found["question"]),
        str(found["answer"]),
        None if right is None else bool(right),
        str(found.get("why", "")),
    )


def vote_of(found: Mapping[str, object]) -> VoteRecord:
    """Return a vote as it was read from a file.

    Raises:
        KeyError, TypeError, ValueError: it is none of ours.
    """
    right = found["right"]
    return VoteRecord(
        str(found["lesson"]),
        int(number_of(found["step"])),
        str(found["question"]),
        tuple(map(str, list_of(found["choices"]))),
        None if right is None else int(number_of(right)),
        _hands(found["first"]),
        _hands(found["second"]),
    )


def _hands(found: object) -> tuple[int, ...]:
    return tuple(int(number_of(one)) for one in list_of(found))


# ------------------------------------------------------------------------------------- as CSV

COLUMNS = ("lesson", "step", "question", "choice", "right", "first_vote", "second_vote", "why")
_WORDS = {True: "yes", False: "no", None: ""}
_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula."""


def csv_of(guesses: Sequence[GuessRecord], votes: Sequence[VoteRecord], name: str = "") -> str:
    """Return guesses, a row each, and votes, a row for each choice, as CSV (RFC 4180).

    Args:
        guesses: of a student.
        votes: of classes.
        name: whose they are, for a first column; without it there is no such column.
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([*(["name"] if name else []), *COLUMNS])
    for row in (*_guess_rows(guesses), *_vote_rows(votes)):
        rows.writerow([_harmless(cell) for cell in ([name] if name else []) + row])
    return text.getvalue()


def _guess_rows(guesses: Sequence[GuessRecord]) -> Iterator[list[str]]:
    for one in guesses:
        right = _WORDS[one.is_right]
        yield [one.lesson, str(one.step), one.question, one.answer, right, "", "", one.why]


def _vote_rows(votes: Sequence[VoteRecord]) -> Iterator[list[str]]:
    for one in votes:
        for place, choice in enumerate(one.choices):
            right = _WORDS[None if one.right is None else place == one.right]
            hands = [
                str(vote[place]) if place < len(vote) else "" for vote in (one.first, one.second)
            ]
            yield [one.lesson, str(one.step), one.question, choice, right, *hands, ""]


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe makes a text of a formula.

    >>> _harmless("=1+1"), _harmless(" @SUM(A1)"), _harmless("a - b")
    ("'=1+1", "' @SUM(A1)", 'a - b')
    """
    return f"'{cell}" if cell.strip().startswith(_FORMULA) or cell[:1] in ("\t", "\r") else cell
