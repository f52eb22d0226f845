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
from collections.abc import Iterable, Sequence

from simpsh.base.file_store import write_whole
from simpsh.base.phrases import spreadsheet_cell
from simpsh.grade.exports.opened_class import OpenedClass
from simpsh.grade.reports.class_results import Result, class_report, for_student, remark
from simpsh.grade.reports.grade_marks import number, points_words
from simpsh.grade.reports.report_pages import INDEX, PAGES, write_pages

_INFORMATION = re.compile(
    r"(?i)student|lastname|firstname|id|sis .*|integration id|root account|section"
)
_READ_ONLY = re.compile(r"(?:Current|Final|Override) (?:Score|Points|Grade|Status)")
"""Columns of totals; see NON_ASSIGNMENT_COLUMN_HEADERS in Canvas' gradebook_importer.rb."""


def publish(
    opened: OpenedClass, results: Sequence[Result], folder: str
) -> tuple[list[str], list[str]]:
    """Write the marks of a class into a folder; return the names there, and notes.

    `marks.csv` is the table, and the pages are those of report_pages. The other files are those
    that the course system imports. Raises SimpshError: a file cannot be written.
    """
    class_list = opened.class_list if opened.system else None
    pages = write_pages(results, folder, class_list)
    files: dict[str, str | bytes] = {"marks.csv": class_report(results, "csv", class_list)}
    notes: list[str] = []
    if opened.system == opened.roster.system == "moodle":
        files["worksheet.csv"] = _worksheet(opened, _by_student(opened, results), notes)
        files["feedback.zip"] = _feedback(opened, _by_student(opened, results), pages)
    elif opened.system == "moodle":
        notes.append("marks go back to Moodle only with its grading worksheet: --roster FILE")
    elif opened.system == opened.roster.system == "canvas":
        gradebook = _gradebook(opened, _by_student(opened, results), results[0].task, notes)
        files |= {"canvas-gradebook.csv": gradebook} if gradebook else {}
    for name, content in files.items():
        write_whole(os.path.join(folder, name), content)
    return [INDEX, PAGES, *files], notes


def _by_student(opened: OpenedClass, results: Sequence[Result]) -> dict[str, Result]:
    """Return the results by the student's id, for each student who has one."""
    by_name = {result.name: result for result in results}
    return {
        student.id: by_name[each.name]
        for each in opened.class_list.hand_ins.values()
        for student in each.students
        if each.name in by_name
    }


def _scaled(result: Result, most: str, notes: list[str]) -> str:
    """Return points for a system in which the task has `most` points; note if that differs."""
    try:
        maximum = float(most.replace(",", "."))
    except ValueError:
        maximum = 0.0
    if not 0 < maximum < float("inf") or not result.of:
        return str(number(result.points))
    if number(maximum) != number(result.of):
        words = f"{number(result.of)} points here are {number(maximum)} there: marks are scaled"
        notes += [words] if words not in notes else []
    return str(number(result.points * maximum / result.of))


def _csv(rows: Iterable[Sequence[str]]) -> str:
    output = io.StringIO()
    csv.writer(output, lineterminator="\r\n").writerows(map(_cell, row) for row in rows)
    return output.getvalue()


def _cell(text: str) -> str:
    # Moodle writes `-` for an empty cell. A number is no formula.
    is_plain = re.fullmatch(r"-?[\d.,]*", text) is not None
    return text if is_plain else spreadsheet_cell(text)


def _worksheet(opened: OpenedClass, marks: dict[str, Result], notes: list[str]) -> str:
    """Return Moodle's grading worksheet with grades and comments."""
    roster = opened.roster
    grade, comments = roster.column("grade"), roster.column("feedback comments")
    most = roster.column("maximum grade")
    rows = [list(row) for row in roster.rows]
    for student in roster.students:
        if (result := marks.get(student.id)) is None:
            continue
        row = rows[student.row]
        row[grade] = _scaled(result, row[most] if most >= 0 else "", notes)
        if comments >= 0:
            points = points_words(result.points, result.of)
            words = filter(None, (points, remark(for_student(result))))
            # Moodle's editor reads HTML.
            row[comments] = html.escape("; ".join(words), quote=False)
    return _csv([roster.header, *rows])


def _feedback(opened: OpenedClass, marks: dict[str, Result], pages: dict[str, str]) -> bytes:
    """Return a zip with a page for each student, named as Moodle names submissions."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for student in opened.class_list.students:
            if student.id in marks:
                name = re.sub(r"[^\w .@+-]|_", " ", student.name).strip() or "Participant"
                path = f"{name}_{student.id}_assignsubmission_file/feedback.html"
                archive.writestr(path, pages[marks[student.id].name])
    return buffer.getvalue()


def _gradebook(opened: OpenedClass, marks: dict[str, Result], title: str, notes: list[str]) -> str:
    """Return Canvas' gradebook with one assignment: the only one, or that with the task's title.

    Empty if it cannot be told which one.
    """
    roster = opened.roster
    names = [name.strip() for name in roster.header]
    information = [index for index, name in enumerate(names) if _INFORMATION.fullmatch(name)]
    free = [
        index
        for index, name in enumerate(names)
        if index not in information and not _READ_ONLY.search(name)
    ]
    called = [
        it for it in free if re.sub(r" \(\d+\)$", "", names[it]).casefold() in title.casefold()
    ]
    fitting = called if len(free) > 1 else free
    if len(fitting) != 1:
        listed = ", ".join(names[index] for index in fitting or free) or "none"
        notes.append(
            "canvas-gradebook.csv is not written: which column is it? In the assignment file, "
            f"title = NAME; there are: {listed}"
        )
        return ""
    points = [row for row in roster.rows if "Points Possible" in " ".join(row[:2])][:1]
    most = points[0][fitting[0]] if points else ""
    rows = [[row[index] for index in (*information, *fitting)] for row in (roster.header, *points)]
    for each in roster.students:
        if result := marks.get(each.id):
            row = [roster.rows[each.row][index] for index in information]
            rows.append([*row, _scaled(result, most, notes)])
    return _csv(rows)
