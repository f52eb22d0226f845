"""Marks in the forms that course systems accept, and a page for each submission.

Columns and names are those that the systems' importers read; docs/how-to/course-systems.md names
the sources. The row of a student without a result is not changed: the instructor decides whether
the mark is zero.
"""

from __future__ import annotations

import csv
import html
import io
import os
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from simpsh.base.errors import UsageProblem
from simpsh.base.file_store import make_private, write_whole
from simpsh.base.phrases import spreadsheet_cell
from simpsh.base.record import Record
from simpsh.grade.exports.class_folder import ClassFolder
from simpsh.grade.exports.course_systems import TITLES
from simpsh.grade.exports.roster_files import RosterFile
from simpsh.grade.reports.class_results import Result, class_report, for_student, remark
from simpsh.grade.reports.grade_marks import number, points_words
from simpsh.grade.reports.report_pages import submission_page
from simpsh.grade.reports.roster import Student

_TOTAL = re.compile(r"\[Total Pts: (?:up to )?([\d.,]+)")
"""Blackboard writes `Homework 1 [Total Pts: 10 Score] |123456`."""
_INFORMATION = re.compile(
    r"(?i)student|lastname|firstname|id|sis .*|integration id|root account|section"
)
_READ_ONLY = re.compile(r"(?:Current|Final|Override) (?:Score|Points|Grade|Status)")
"""Columns of totals; see NON_ASSIGNMENT_COLUMN_HEADERS in Canvas' gradebook_importer.rb."""


class Published(Record):
    """The files that were written, and notes for the reader."""

    paths: tuple[str, ...]
    notes: tuple[str, ...]


class _Marks:
    """The marks of a class by student, scaled to the maximum of the course system."""

    def __init__(self, opened: ClassFolder, results: Mapping[str, Result]) -> None:
        self.opened = opened
        self.results = results
        self.of = next(iter(results.values())).of
        hand_ins = opened.class_list.hand_ins.values()
        self.by_student = {
            student.id.casefold(): results[each.name]
            for each in hand_ins
            for student in each.students
            if each.name in results
        }
        self.notes: list[str] = []

    def students(self) -> Iterator[tuple[Student, Result]]:
        """Yield the students who have a result."""
        for student in self.opened.class_list.students:
            if student.id.casefold() in self.by_student:
                yield student, self.by_student[student.id.casefold()]

    def scale_points(self, result: Result, most: str) -> float | int:
        """Return the points for a system in which an assignment has `most` points."""
        factor = _maximum(most, self.of) / self.of if self.of else 1.0
        return number(result.points * factor)

    def note_scale(self, most: str) -> None:
        """Add a note if points are scaled."""
        maximum = number(_maximum(most, self.of))
        if maximum != number(self.of):
            words = f"{number(self.of)} points here are {maximum} there: marks are scaled"
            self.notes.append(words)

    def comment(self, result: Result) -> str:
        """Return the comment for a student."""
        late = self.opened.class_list.lateness(result.name)
        points = points_words(result.points, result.of)
        visible = remark(for_student(result, datetime.now(UTC)))
        return "; ".join(filter(None, (points, late, visible)))


def _maximum(text: str, otherwise: float) -> float:
    try:
        most = float(text.replace(",", "."))
    except ValueError:
        return otherwise
    return most if 0 < most < float("inf") else otherwise


def publish(
    opened: ClassFolder, results: Sequence[Result], system: str = "", column: str = ""
) -> Published:
    """Write the files for a course system and for students into `published/`; raise SimpshError.

    They are `marks.csv`, a page for each submission in `pages/`, and the files that `system`
    imports; by default it is the system that the class was exported from.
    """
    folder = os.path.join(opened.path, "published")
    system = system or opened.system
    marks = _Marks(opened, {result.name: result for result in results})
    files: dict[str, str | bytes] = {
        "marks.csv": class_report(results, "csv", opened.class_list),
        **{f"pages/{result.name}.html": _page(marks, result) for result in results},
    }
    files |= _FORMS[system](marks, column)
    for name, content in files.items():
        path = os.path.join(folder, name)
        make_private(os.path.dirname(path))
        write_whole(path, content)
    shown = dict.fromkeys(os.path.join(folder, name.partition("/")[0]) for name in files)
    return Published(tuple(shown), tuple(marks.notes))


def _page(marks: _Marks, result: Result) -> str:
    students = marks.opened.class_list
    who, times = students.describe(result.name), students.times(result.name)
    return submission_page(result, who=who, times=times)


def _csv(rows: Iterable[Sequence[object]], quoting: int = csv.QUOTE_MINIMAL) -> str:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\r\n", quoting=quoting)  # type: ignore[arg-type]
    for row in rows:
        # Keep a single `-`, which Moodle writes for an empty cell.
        cells = (
            cell if not isinstance(cell, str) or len(cell) < 2 else _cell(cell) for cell in row
        )
        writer.writerow(list(cells))
    return output.getvalue()


def _cell(text: str) -> str:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return spreadsheet_cell(text)
    return text


# ------------------------------------------------------------------------------------- Moodle


def _moodle(marks: _Marks, _: str) -> dict[str, str | bytes]:
    worksheet = _fill_worksheet(marks)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, result in marks.students():
            name = re.sub(r"[^\w .@+-]|_", " ", student.name).strip() or "Participant"
            path = f"{name}_{student.id}_assignsubmission_file/feedback.html"
            archive.writestr(path, _page(marks, result))
    return {"worksheet.csv": worksheet, "feedback.zip": buffer.getvalue()}


def _file_of(marks: _Marks, system: str, name: str) -> RosterFile:
    """Return the system's file of students; raise UsageProblem if the class has none."""
    if marks.opened.roster.system != system:
        words = f"needs its {name}: open it with --roster FILE, or publish --to plain"
        raise UsageProblem(f"class publish: {TITLES[system]} {words}")
    return marks.opened.roster


def _fill_worksheet(marks: _Marks) -> str:
    roster = _file_of(marks, "moodle", "grading worksheet")
    grade, comments = roster.column("grade"), roster.column("feedback comments")
    most = roster.column("maximum grade")
    if grade < 0:
        raise UsageProblem("class publish: the grading worksheet has no column Grade")
    rows = [list(row) for row in roster.rows]
    for listed in roster.listed:
        result = marks.by_student.get(listed.student.id.casefold())
        row = rows[listed.row]
        if result is None:
            continue
        maximum = row[most] if most >= 0 else ""
        if not marks.notes:
            marks.note_scale(maximum)
        row[grade] = str(marks.scale_points(result, maximum))
        if comments >= 0:
            # Moodle's editor reads HTML.
            row[comments] = html.escape(marks.comment(result), quote=False)
    return _csv([roster.header, *rows])


# ----------------------------------------------------------------------- Canvas and Blackboard


def _canvas(marks: _Marks, column: str) -> dict[str, str | bytes]:
    roster = _file_of(marks, "canvas", "gradebook")
    names = [name.strip() for name in roster.header]
    information = [index for index, name in enumerate(names) if _INFORMATION.fullmatch(name)]
    totals = [index for index, name in enumerate(names) if _READ_ONLY.search(name)]
    graded = _choose_column(roster.header, {*information, *totals}, column)
    points = [row for row in roster.rows if "Points Possible" in " ".join(row[:2])][:1]
    most = points[0][graded] if points else ""
    rows = [[row[index] for index in (*information, graded)] for row in points]
    return {"canvas-gradebook.csv": _csv(_gradebook(marks, information, graded, most, rows))}


def _blackboard(marks: _Marks, column: str) -> dict[str, str | bytes]:
    roster = _file_of(marks, "blackboard", "gradebook")
    columns = [roster.column(name) for name in ("last name", "first name", "username")]
    information = [index for index in columns if index >= 0]
    others = {index for index, name in enumerate(roster.header) if not _TOTAL.search(name)}
    graded = _choose_column(roster.header, others, column)
    (most,) = _TOTAL.findall(roster.header[graded])[:1]
    rows = _gradebook(marks, information, graded, most)
    return {"blackboard-gradebook.csv": _csv(rows, csv.QUOTE_ALL)}


def _gradebook(
    marks: _Marks,
    information: Sequence[int],
    graded: int,
    most: str,
    first: Sequence[list[str]] = (),
) -> list[list[str]]:
    """Return the rows of students with a result, with the columns `information` and `graded`."""
    roster = marks.opened.roster
    marks.note_scale(most)
    rows = [[roster.header[index] for index in (*information, graded)], *first]
    for listed in roster.listed:
        if result := marks.by_student.get(listed.student.id.casefold()):
            row = [roster.rows[listed.row][index] for index in information]
            rows.append([*row, str(marks.scale_points(result, most))])
    return rows


def _choose_column(header: Sequence[str], others: Collection[int], column: str) -> int:
    """Return the index of the assignment's column; raise UsageProblem if it is ambiguous."""
    free = [index for index in range(len(header)) if index not in others]
    fitting = [index for index in free if column.casefold() in header[index].casefold()]
    if len(fitting) != 1:
        names = ", ".join(header[index] for index in fitting or free) or "none"
        raise UsageProblem(
            f"class publish: which column of the gradebook is it? --column NAME; there are: {names}"
        )
    return fitting[0]


# --------------------------------------------------------------------------------- Gradescope


def _gradescope(marks: _Marks, _: str) -> dict[str, str | bytes]:
    return {
        f"gradescope/{name}/results.json": class_report([result], "gradescope")
        for name, result in marks.results.items()
    }


_FORMS: Mapping[str, Callable[[_Marks, str], dict[str, str | bytes]]] = {
    "moodle": _moodle,
    "canvas": _canvas,
    "blackboard": _blackboard,
    "gradescope": _gradescope,
    # GitHub Classroom imports no marks.
    "github": lambda *_: {},
    "plain": lambda *_: {},
}
