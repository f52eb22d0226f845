"""Answers as a table for a spreadsheet (CSV, RFC 4180): written by students, read for a class.

A guess, a line that was tried at a task and a try of a repair are a row each; a vote is a row for
each choice, and how far a student has come a row for each lesson. No name is in it unless it is
asked for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import spreadsheet_cell
from simpsh.base.record import Record
from simpsh.course.teach.student_progress import ProgressRecord

RowKind = Literal["guess", "vote", "task", "repair", "place"]

_COLUMNS = (
    *("lesson", "step", "question", "choice", "right"),
    *("first_vote", "second_vote", "why", "kind"),
)
_NAME = "name"
_WORDS = {True: "yes", False: "no", None: ""}
_TRUTHS = {word: is_right for is_right, word in _WORDS.items()}
DONE = "done"
"""The answer of a place whose lesson was gone through to its end."""


SAID_DONE = "done, as the student says"
"""The answer of a task that a class tried: nobody has judged the line."""


class NoAnswers(SimpshError):
    """A file has no answers that could be read."""


class AnswerRow(Record):
    """A row of the table."""

    kind: RowKind
    lesson: str
    step: int
    """The number of its step, from 1; of a place the step to go on at."""
    question: str = ""
    """What was asked, without markup: a question or a task. Empty of a place."""
    answer: str = ""
    """A choice, what was typed, the first claim that failed, or that a lesson is done."""
    is_right: bool | None = None
    first: int = 0
    """Of a vote: how many chose it before the discussion."""
    second: int | None = None
    """Of a vote: how many chose it after the discussion; None without a second vote."""
    why: str = ""
    student: str = ""
    """What tells students apart; empty for a vote of hands."""
    group: str = ""
    """The class or the week, as a report calls it."""


def rows_of(record: ProgressRecord) -> Iterator[AnswerRow]:
    """Yield what was answered, then how far a student has come."""
    for guess in record.guesses:
        where = guess.lesson, guess.step, guess.question
        yield AnswerRow(guess.kind, *where, guess.answer, guess.is_right, why=guess.why)
    for vote in record.votes:
        for place, choice in enumerate(vote.choices):
            right = None if vote.right is None else place == vote.right
            hands = vote.first[place] if place < len(vote.first) else 0
            again = vote.second[place] if place < len(vote.second) else None
            where = vote.lesson, vote.step, vote.question
            yield AnswerRow("vote", *where, choice, right, hands, again)
    for lesson, known in record.lessons.items():
        yield AnswerRow("place", lesson, known.step + 1, "", DONE if known.is_done else "")


def csv_of(rows: Sequence[AnswerRow], *, has_names: bool = False) -> str:
    """Return rows as CSV; with names their first column is the student."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*([_NAME] if has_names else []), *_COLUMNS])
    for row in rows:
        is_vote = row.kind == "vote"
        hands = (row.first if is_vote else "", "" if row.second is None else row.second)
        where = (row.lesson, row.step, row.question, row.answer, _WORDS[row.is_right])
        cells = (*([row.student] if has_names else []), *where, *hands, row.why, row.kind)
        writer.writerow(spreadsheet_cell(str(cell)) for cell in cells)
    return text.getvalue()


def rows_in(text: str, student: str = "", group: str = "") -> Iterator[AnswerRow]:
    """Yield the rows of a table; where it has no names, all are of one student.

    Raises NoAnswers: it is no such table; the message is what is wrong, without the file's name.
    """
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        if missing := {*_COLUMNS[:-1]} - {*(lines.fieldnames or ())}:
            raise NoAnswers(f"it has no column {min(missing)}; `simpsh lesson progress export`")
        for cells in lines:
            values = {name: _cell(cells.get(name)) for name in (_NAME, *_COLUMNS)}
            yield _row(values, student, group)
    except (csv.Error, ValueError) as problem:
        raise NoAnswers(f"line {lines.line_num}: {problem}") from None


def rows_of_files(paths: Sequence[str]) -> list[AnswerRow]:
    """Return the rows of files, and of all `*.csv` in folders; each path is a group.

    Raises NoAnswers: one of them cannot be read, or is no table of answers.
    """
    rows: list[AnswerRow] = []
    for path in paths:
        place = Path(path)
        files = sorted(place.glob("*.csv")) if place.is_dir() else [place]
        if not files:
            raise NoAnswers(f"{path}: there is no .csv in it")
        for file in files:
            try:
                student = file.stem if file == place else f"{place.name}/{file.stem}"
                rows += rows_in(file.read_text("utf-8", "replace"), student, place.stem)
            except OSError as problem:
                raise NoAnswers(f"{file}: {problem.strerror}") from None
            except NoAnswers as problem:
                raise NoAnswers(f"{file}: {problem}") from None
    return rows


def _cell(text: str | None) -> str:
    """Return a cell as it was before it was kept from being a formula."""
    text = text or ""
    return text[1:] if text[:1] == "'" and spreadsheet_cell(text[1:]) == text else text


def _row(values: dict[str, str], student: str, group: str) -> AnswerRow:
    kind = values["kind"] or ("vote" if values["first_vote"] else "guess")
    if kind not in get_args(RowKind):
        raise ValueError(f"“{kind}” is no kind of answer")
    if values["right"] not in _TRUTHS:
        raise ValueError(f"“{values['right']}” is neither yes nor no")
    again = values["second_vote"]
    return AnswerRow(
        kind,  # type: ignore[arg-type] # it is one of them
        values["lesson"],
        int(values["step"]),
        values["question"],
        values["choice"],
        _TRUTHS[values["right"]],
        int(values["first_vote"] or 0),
        int(again) if again else None,
        values["why"],
        values[_NAME] or ("" if kind == "vote" else student),
        group,
    )
