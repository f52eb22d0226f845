"""The answers of a class: one table of comma-separated values, and a summary of it.

The summary counts the first answer of a student to a question: it is what the student believed.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import spreadsheet_cell
from simpsh.base.record import Record
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.teach.student_progress import ProgressRecord
from simpsh.view.document import Table, table_lines
from simpsh.view.styled_text import Block, styled

RowKind = Literal["guess", "task", "repair", "place"]

_COLUMNS = ("lesson", "step", "question", "choice", "right", "why", "kind")
_NAME = "name"
_WORDS = {True: "yes", False: "no", None: ""}
_TRUTHS = {word: is_right for is_right, word in _WORDS.items()}


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
    why: str = ""
    student: str = ""
    """An identifier of the student."""


def rows_of(record: ProgressRecord) -> Iterator[AnswerRow]:
    """Yield the answers, then the positions in the lessons."""
    for guess in record.guesses:
        where = guess.lesson, guess.step, guess.question
        yield AnswerRow(guess.kind, *where, guess.answer, guess.is_right, guess.why)
    for lesson, position in record.lessons.items():
        yield AnswerRow("place", lesson, position.step + 1, "", position.state)


def csv_of(rows: Sequence[AnswerRow]) -> str:
    """Return rows as CSV; the first column is the student, empty in one's own table."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_NAME, *_COLUMNS])
    for row in rows:
        where = (row.student, row.lesson, row.step, row.question)
        cells = (*where, row.answer, _WORDS[row.is_right], row.why, row.kind)
        writer.writerow(spreadsheet_cell(str(cell)) for cell in cells)
    return text.getvalue()


def rows_in(text: str, student: str = "") -> Iterator[AnswerRow]:
    """Yield the rows of a table; rows without a name belong to `student`.

    Other kinds of rows, such as votes of release 1.0, are passed over. Raises NoAnswers if `text`
    is not such a table; the message does not name the file.
    """
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        if missing := {*_COLUMNS} - {*(lines.fieldnames or ())}:
            raise NoAnswers(f"it has no column {min(missing)}; `simpsh lesson progress`")
        for cells in lines:
            values = {name: _cell(cells.get(name)) for name in (_NAME, *_COLUMNS)}
            if values["kind"] in get_args(RowKind):
                yield _row(values, student)
    except (csv.Error, ValueError) as problem:
        raise NoAnswers(f"line {lines.line_num}: {problem}") from None


def rows_of_files(paths: Sequence[str]) -> list[AnswerRow]:
    """Return the rows of files and of all `*.csv` in folders.

    Raises NoAnswers if a file cannot be read or is not a table of answers.
    """
    rows: list[AnswerRow] = []
    for path in paths:
        source = Path(path)
        files = sorted(source.glob("*.csv")) if source.is_dir() else [source]
        if not files:
            raise NoAnswers(f"{path}: there is no .csv in it")
        for file in files:
            try:
                student = file.stem if file == source else f"{source.name}/{file.stem}"
                rows += rows_in(file.read_text("utf-8", "replace"), student)
            except OSError as problem:
                raise NoAnswers(f"{file}: {problem.strerror}") from None
            except NoAnswers as problem:
                raise NoAnswers(f"{file}: {problem}") from None
    return rows


def _cell(text: str | None) -> str:
    """Return a cell without the prefix that prevents its use as a formula."""
    text = text or ""
    return text[1:] if text[:1] == "'" and spreadsheet_cell(text[1:]) == text else text


def _row(values: dict[str, str], student: str) -> AnswerRow:
    if values["right"] not in _TRUTHS:
        raise ValueError(f"“{values['right']}” is neither yes nor no")
    return AnswerRow(
        values["kind"],  # type: ignore[arg-type] # it is one of them
        values["lesson"],
        int(values["step"]),
        values["question"],
        values["choice"],
        _TRUTHS[values["right"]],
        values["why"],
        values[_NAME] or student,
    )


def summary_lines(rows: Sequence[AnswerRow], library: Library, width: int) -> Block:
    """Return a table for a terminal: how many were right, and which wrong answer was first."""
    order = {name: number for number, name in enumerate(library.ids)}
    answers = [row for row in rows if row.kind != "place"]
    answers.sort(key=lambda row: (order.get(row.lesson, len(order)), row.lesson, row.step))
    if not answers:
        return [styled("There are no answers yet.", "")]
    heads = ("lesson, step", "question", "right at first", "first wrong answer")
    table = [_summary(of_one) for of_one in _groups(answers, "lesson", "question")]
    return table_lines(Table(heads, table), width)


def _summary(rows: Sequence[AnswerRow]) -> tuple[str, ...]:
    """Return the cells of one question, task or repair."""
    first = [of_one[0] for of_one in _groups(rows, "student")]
    wrong = Counter(row.answer for row in first if row.is_right is False).most_common(1)
    return (
        f"{rows[0].lesson}, {rows[0].step}",
        rows[0].question,
        _right_of(first),
        "".join(f"{answer} ({count})" for answer, count in wrong),
    )


def _right_of(rows: Sequence[AnswerRow]) -> str:
    """Return how many answers were right; answers of a run that nobody saw are not judged."""
    judged = [row.is_right for row in rows if row.is_right is not None]
    return f"{sum(judged)} of {len(judged)}" if judged else ""


def _groups(rows: Sequence[AnswerRow], *names: str) -> Iterator[list[AnswerRow]]:
    """Yield groups of rows that have the same values, in order of appearance."""
    groups: dict[tuple[str, ...], list[AnswerRow]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row, name) for name in names), []).append(row)
    return iter(groups.values())
