"""A table of answers as CSV (RFC 4180), which students export and the instructor merges.

Each guess, line at a task and attempt at a repair is a row. A vote has a row for each choice, and
the position of a student a row for each lesson. Names are included only on request.
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
"""The answer in a position row whose lesson is completed."""


SAID_DONE = "done, as the student says"
"""The answer to a task that a class tried, which the program cannot judge."""


class NoAnswers(SimpshError):
    """A file contains no readable answers."""


class AnswerRow(Record):
    """A row of the table."""

    kind: RowKind
    lesson: str
    step: int
    """The number of its step, from 1; in a position row, the step to continue at."""
    question: str = ""
    """The text of the question or task, without markup; empty in a position row."""
    answer: str = ""
    """A choice, typed text, the first failed claim, or that a lesson is done."""
    is_right: bool | None = None
    first: int = 0
    """In a vote: the number of hands before the discussion."""
    second: int | None = None
    """In a vote: the number of hands after the discussion; None without a second vote."""
    why: str = ""
    student: str = ""
    """An identifier of the student; empty for a vote by hands."""
    group: str = ""
    """The class or week, as the report names it."""


def rows_of(record: ProgressRecord) -> Iterator[AnswerRow]:
    """Yield the answers, then the positions in the lessons."""
    for guess in record.guesses:
        where = guess.lesson, guess.step, guess.question
        yield AnswerRow(guess.kind, *where, guess.answer, guess.is_right, why=guess.why)
    for vote in record.votes:
        for index, choice in enumerate(vote.choices):
            right = None if vote.right is None else index == vote.right
            hands = vote.first[index] if index < len(vote.first) else 0
            again = vote.second[index] if index < len(vote.second) else None
            where = vote.lesson, vote.step, vote.question
            yield AnswerRow("vote", *where, choice, right, hands, again)
    for lesson, known in record.lessons.items():
        yield AnswerRow("place", lesson, known.step + 1, "", DONE if known.is_done else "")


def csv_of(rows: Sequence[AnswerRow], *, has_names: bool = False) -> str:
    """Return rows as CSV; with names, the first column is the student."""
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
    """Yield the rows of a table; without a column of names, all belong to `student`.

    Raises NoAnswers if it is not such a table; the message does not include the file's name.
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
    """Return the rows of files and of all `*.csv` in folders; each path is a group.

    Raises NoAnswers if a file cannot be read or is not a table of answers.
    """
    rows: list[AnswerRow] = []
    for path in paths:
        given = Path(path)
        files = sorted(given.glob("*.csv")) if given.is_dir() else [given]
        if not files:
            raise NoAnswers(f"{path}: there is no .csv in it")
        for file in files:
            try:
                student = file.stem if file == given else f"{given.name}/{file.stem}"
                rows += rows_in(file.read_text("utf-8", "replace"), student, given.stem)
            except OSError as problem:
                raise NoAnswers(f"{file}: {problem.strerror}") from None
            except NoAnswers as problem:
                raise NoAnswers(f"{file}: {problem}") from None
    return rows


def _cell(text: str | None) -> str:
    """Return a cell without the prefix that prevents its use as a formula."""
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
