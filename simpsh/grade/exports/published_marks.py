"""Marks in the forms that course systems accept, and pages for the instructor and for students.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence

from simpsh.base.file_store import make_private, write_whole
from simpsh.base.phrases import spreadsheet_cell
from simpsh.base.record import Record
from simpsh.grade.exports.opened_class import OpenedClass
from simpsh.grade.reports.class_results import Result, class_report, for_student, remark
from simpsh.grade.reports.grade_marks import number, points_words
from simpsh.grade.reports.report_pages import page_name, submission_page, write_pages
from simpsh.grade.reports.roster import Student

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

    def __init__(self, opened: OpenedClass, results: Sequence[Result]) -> None:
        self.opened = opened
        self.of = results[0].of
        by_name = {result.name: result for result in results}
        self.by_student = {
            student.id.casefold(): by_name[each.name]
            for each in opened.class_list.hand_ins.values()
            for student in each.students
            if each.name in by_name
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
        return "; ".join(filter(None, (points, late, remark(for_student(result)))))

    def page(self, result: Result) -> str:
        """Return the page for a student."""
        students = self.opened.class_list
        who, times = students.describe(result.name), students.times(result.name)
        return submission_page(result, who=who, times=times)


def _maximum(text: str, otherwise: float) -> float:
    try:
        most = float(text.replace(",", "."))
    except ValueError:
        return otherwise
    return most if 0 < most < float("inf") else otherwise


def publish(opened: OpenedClass, results: Sequence[Result], folder: str) -> Published:
    """Write the marks of a class into a folder; raise SimpshError.

    `marks.csv` is the table, `report/` has the instructor's pages, and `pages/` one for the student
    of each submission. The other files are those that the course system imports.
    """
    marks = _Marks(opened, results)
    class_list = opened.class_list if opened.system else None
    files: dict[str, str | bytes] = {
        "marks.csv": class_report(results, "csv", class_list),
        **{f"pages/{_page_name(result.name)}": marks.page(result) for result in results},
    }
    if opened.system == "moodle" and opened.roster.system == "moodle":
        files |= _moodle(marks)
    elif opened.system == "moodle":
        marks.notes.append("marks go back to Moodle only with its grading worksheet: --roster FILE")
    if opened.system == "canvas" and opened.roster.system == "canvas":
        files |= _canvas(marks, results[0].task)
    for name, content in files.items():
        path = os.path.join(folder, name)
        make_private(os.path.dirname(path))
        write_whole(path, content)
    write_pages(results, os.path.join(folder, "report"), class_list)
    shown = dict.fromkeys((*(name.partition("/")[0] for name in files), "report"))
    return Published(tuple(os.path.join(folder, name) for name in shown), tuple(marks.notes))


def _page_name(name: str) -> str:
    return f"{name}.html" if re.fullmatch(r"\w[\w.@+-]{0,99}", name) else page_name(name)


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


def _moodle(marks: _Marks) -> dict[str, str | bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, result in marks.students():
            name = re.sub(r"[^\w .@+-]|_", " ", student.name).strip() or "Participant"
            path = f"{name}_{student.id}_assignsubmission_file/feedback.html"
            archive.writestr(path, marks.page(result))
    return {"worksheet.csv": _fill_worksheet(marks), "feedback.zip": buffer.getvalue()}


def _fill_worksheet(marks: _Marks) -> str:
    roster = marks.opened.roster
    grade, comments = roster.column("grade"), roster.column("feedback comments")
    most = roster.column("maximum grade")
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


# ------------------------------------------------------------------------------------- Canvas


def _canvas(marks: _Marks, title: str) -> Mapping[str, str | bytes]:
    """Return the gradebook with one assignment: the only one, or the one with the task's title."""
    roster = marks.opened.roster
    names = [name.strip() for name in roster.header]
    information = [index for index, name in enumerate(names) if _INFORMATION.fullmatch(name)]
    totals = {index for index, name in enumerate(names) if _READ_ONLY.search(name)}
    free = [index for index in range(len(names)) if index not in {*information, *totals}]
    called = [
        it for it in free if re.sub(r" \(\d+\)$", "", names[it]).casefold() in title.casefold()
    ]
    fitting = called if len(free) > 1 else free
    if len(fitting) != 1:
        listed = ", ".join(names[index] for index in fitting or free) or "none"
        marks.notes.append(
            "canvas-gradebook.csv is not written: which column is it? In the assignment file, "
            f"title = NAME; there are: {listed}"
        )
        return {}
    (graded,) = fitting
    points = [row for row in roster.rows if "Points Possible" in " ".join(row[:2])][:1]
    most = points[0][graded] if points else ""
    marks.note_scale(most)
    columns = (*information, graded)
    rows = [[row[index] for index in columns] for row in (roster.header, *points)]
    for each in roster.listed:
        if result := marks.by_student.get(each.student.id.casefold()):
            row = [roster.rows[each.row][index] for index in information]
            rows.append([*row, str(marks.scale_points(result, most))])
    return {"canvas-gradebook.csv": _csv(rows)}
