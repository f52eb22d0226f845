"""A report on a class, from the merged answers of many students.

"Before" is a student's first answer to a question, or the first vote. "After" is the last answer of
a student who was asked again, or the second vote. Each wrong choice is a misconception, which the
lesson names. The report lists choices that no student takes, because they teach nothing.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import counted, spreadsheet_cell
from simpsh.base.record import Record
from simpsh.course.lesson.lesson import Question, filled, plain_text
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.teach.student_progress import ProgressRecord
from simpsh.view.document import (
    Folded,
    Items,
    Paragraph,
    Part,
    Section,
    Table,
    html_of,
    inline,
    lines_of,
)
from simpsh.view.page.page_frame import frame_page, header
from simpsh.view.styled_text import Block, styled

RowKind = Literal["guess", "vote", "task", "repair", "place"]

_COLUMNS = (
    *("lesson", "step", "question", "choice", "right"),
    *("first_vote", "second_vote", "why", "kind"),
)
_NAME = "name"
_WORDS = {True: "yes", False: "no", None: ""}
_TRUTHS = {word: is_right for is_right, word in _WORDS.items()}
_STATES = ("done", "answered", "seen")
"""The answer in a position row: everything done; each question answered; opened."""


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
    for lesson, position in record.lessons.items():
        yield AnswerRow("place", lesson, position.step + 1, "", position.state)


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


def rows_in(text: str, student: str = "") -> Iterator[AnswerRow]:
    """Yield the rows of a table; without a column of names, all belong to `student`.

    Raises NoAnswers if `text` is not such a table; the message does not name the file.
    """
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        if missing := {*_COLUMNS[:-1]} - {*(lines.fieldnames or ())}:
            raise NoAnswers(f"it has no column {min(missing)}; `simpsh lesson progress export`")
        for cells in lines:
            values = {name: _cell(cells.get(name)) for name in (_NAME, *_COLUMNS)}
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
    )


FEWEST_ANSWERS = 10
"""With fewer answers, an unused choice is not significant."""
_BAR = 16
_MOST_MISCONCEPTIONS, _MOST_LINES, _MOST_REASONS = 8, 5, 12
_BEFORE, _AFTER = 0, 1
_STYLE = Path(__file__).with_name("answer_report.css").read_text(encoding="utf-8")


class _Answers:
    """The answers to one question."""

    def __init__(self, rows: Sequence[AnswerRow], library: Library) -> None:
        self.row = rows[-1]
        self.because = _choices_of(self.row, library)
        """The lesson's explanation of each choice, in the order of the lesson."""
        self.is_right = {row.answer: row.is_right for row in rows}
        self.whys = [f"{row.answer}: {row.why}" for row in rows if row.why]
        self.counts = Counter[str](), Counter[str]()
        for row in rows:
            self.counts[_BEFORE][row.answer] += row.first
            self.counts[_AFTER][row.answer] += row.second or 0
        for guesses in _groups([row for row in rows if row.kind == "guess"], "student"):
            self.counts[_BEFORE][guesses[0].answer] += 1
            if len(guesses) > 1:
                self.counts[_AFTER][guesses[-1].answer] += 1
        self.totals = self.counts[_BEFORE].total(), self.counts[_AFTER].total()
        self.choices = list(dict.fromkeys([*self.because, *self.is_right]))
        if True in self.is_right.values():
            # Exactly one choice is right, so the ones that no student took are wrong.
            self.is_right = {text: bool(self.is_right.get(text)) for text in self.choices}

    def share(self, choice: str, when: int) -> float:
        """Return the fraction of answers that took a choice."""
        return self.counts[when][choice] / (self.totals[when] or 1)

    def right(self, when: int) -> float | None:
        """Return the fraction of right answers; None without answers, or if it is not known.

        Answers to a question that was left before its run have not been judged.
        """
        taken = [choice for choice, count in self.counts[when].items() if count]
        if any(self.is_right.get(choice) is None for choice in taken):
            return None
        right = [self.share(choice, when) for choice in self.choices if self.is_right.get(choice)]
        return sum(right) if self.totals[when] else None

    def belief(self, choice: str) -> tuple[float, float]:
        """Return a sort key: the fractions that chose it last and first; higher is worse."""
        before = self.share(choice, _BEFORE)
        return self.share(choice, _AFTER) if self.totals[_AFTER] else before, before


def report_parts(rows: Sequence[AnswerRow], library: Library) -> list[Section]:
    """Return the sections: advice, questions, unused choices, tasks, positions of students."""
    order = {name: number for number, name in enumerate(library.ids)}
    in_order = sorted(rows, key=lambda row: (order.get(row.lesson, len(order)), row.step))
    questions = _questions(in_order, library)
    parts = {
        "Begin the next hour with": [*_misconceptions(questions)],
        "Questions": [part for question in questions for part in _asked(question)],
        "Choices that no student takes": _untaken(questions),
        "Tasks and repairs": _tasks([row for row in in_order if row.kind in ("task", "repair")]),
        "Who is where": _positions([row for row in in_order if row.kind == "place"]),
    }
    return [Section(title, shown) for title, shown in parts.items() if shown]


def _questions(rows: Sequence[AnswerRow], library: Library) -> list[_Answers]:
    answers = [row for row in rows if row.kind in ("guess", "vote")]
    return [_Answers(of_one, library) for of_one in _groups(answers, "lesson", "question")]


def _groups(rows: Sequence[AnswerRow], *names: str) -> Iterator[list[AnswerRow]]:
    """Yield groups of rows that have the same values, in order of appearance."""
    groups: dict[tuple[str, ...], list[AnswerRow]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row, name) for name in names), []).append(row)
    return iter(groups.values())


def _choices_of(row: AnswerRow, library: Library) -> dict[str, str]:
    """Return the lesson's explanations by choice; empty if it no longer asks the question."""
    with suppress(SimpshError):
        lesson = library.find(row.lesson)
        for step in lesson.steps:
            if isinstance(step, Question) and plain_text(step.question) == row.question:
                return {
                    plain_text(choice.text): filled(lesson, step, choice.because)
                    for choice in step.choices
                }
    return {}


def _misconceptions(questions: Sequence[_Answers]) -> Iterator[Part]:
    wrong = [(q, c) for q in questions for c in q.choices if q.is_right.get(c) is False]
    believed = [pair for pair in wrong if any(pair[0].belief(pair[1]))]
    believed.sort(key=lambda pair: pair[0].belief(pair[1]), reverse=True)
    for question, choice in believed[:_MOST_MISCONCEPTIONS]:
        before, after = (counts[choice] for counts in question.counts)
        sentence = f"**{choice}** – {before} of {question.totals[_BEFORE]}"
        if question.totals[_AFTER]:
            sentence += f", and {after} of {question.totals[_AFTER]} when asked again"
        yield Paragraph(inline(f"{sentence}. {_where(question.row)}: {question.row.question}"))
        if because := question.because.get(choice):
            yield Paragraph(inline(because), "remark")


def _asked(question: _Answers) -> Iterator[Part]:
    votes = [vote for vote in (_BEFORE, _AFTER) if question.totals[vote]]
    rows = [
        [
            f"{'✓ ' if question.is_right.get(choice) else ''}{choice}",
            *(
                f"{question.counts[vote][choice]:>3} "
                f"{'█' * round(_BAR * question.share(choice, vote))}"
                for vote in votes
            ),
        ]
        for choice in question.choices
    ]
    before, after = question.right(_BEFORE), question.right(_AFTER)
    remark = f"Right before: {_percent(before)}."
    if after is not None and before is not None:
        remark += f" After: {_percent(after)}."
        if before < 1:
            remark += f" Gain: {(after - before) / (1 - before):.0%} of what was possible."
    yield Paragraph(inline(f"**{question.row.question}** {_where(question.row)}."))
    heads = ["choice", *(("before", "after")[vote] for vote in votes)]
    yield Table(heads, rows, note=remark, caption=question.row.question)
    if question.whys:
        reasons = counted(len(question.whys), "reason")
        yield Folded(reasons, [Items(question.whys[:_MOST_REASONS])])


def _untaken(questions: Sequence[_Answers]) -> list[Part]:
    rows = [
        [_where(question.row), question.row.question, choice, str(question.totals[_BEFORE])]
        for question in questions
        for choice in question.choices
        if question.totals[_BEFORE] >= FEWEST_ANSWERS
        and question.is_right.get(choice) is False
        and not any(question.belief(choice))
    ]
    return _table(["where", "question", "choice", "answers"], rows)


def _tasks(rows: Sequence[AnswerRow]) -> list[Part]:
    table = []
    for tries in _groups(rows, "kind", "lesson", "question"):
        students = [*_groups(tries, "student")]
        done = sum(any(row.is_right for row in by_one) for by_one in students)
        wrong = Counter(by_one[0].answer for by_one in students if by_one[0].is_right is False)
        failed = "; ".join(f"{line} ({count})" for line, count in wrong.most_common(_MOST_LINES))
        where = f"{tries[0].kind} of {_where(tries[0])}"
        by = f"{done} of {len(students)}"
        if any(row.answer == SAID_DONE for row in tries):
            by += ", as they say"
        table.append([where, by, str(len(tries)), failed])
    return _table(["where", "done by", "tries", "what was tried first and failed"], table)


def _positions(rows: Sequence[AnswerRow]) -> list[Part]:
    table = []
    for of_lesson in _groups(rows, "lesson"):
        # Tables of earlier versions leave the answer of a lesson that is not done empty.
        states = Counter(row.answer or "seen" for row in of_lesson)
        begun = [f"{row.student} at {row.step}" for row in of_lesson if row.answer in ("", "seen")]
        counts = [str(states[state]) for state in _STATES]
        table.append([of_lesson[0].lesson, *counts, ", ".join(begun)])
    return _table(["lesson", *_STATES, "seen: the step of each student"], table)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Part]:
    return [Table(heads, rows, caption=heads[0])] if rows else []


def _where(row: AnswerRow) -> str:
    return f"{row.lesson}, step {row.step}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def report_lines(rows: Sequence[AnswerRow], library: Library, width: int) -> Block:
    """Return the report for a terminal of this width."""
    block: Block = []
    for section in report_parts(rows, library):
        unfolded = [part for part in section.parts if isinstance(part, Paragraph | Table)]
        block += [styled(str(section.title), "bold"), (), *lines_of(unfolded, width), ()]
    return block or [styled("There are no answers yet.", "")]


def report_page(rows: Sequence[AnswerRow], library: Library, title: str) -> str:
    """Return the report as a self-contained page."""
    students = counted(len({row.student for row in rows if row.student}), "student")
    facts = f"{students}, {counted(len({row.lesson for row in rows}), 'lesson')}"
    body = f"<main>{header(title, facts)}{html_of(report_parts(rows, library))}</main>"
    return frame_page(title, body, style=_STYLE)
