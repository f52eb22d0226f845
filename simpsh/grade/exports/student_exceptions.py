"""What is different for single students: another deadline, more time, a submission handed in later.

A CSV file has a row for each: the column `id` (of a student, a team or a submission), and
`deadline`, `extra` (`36 h`), `submission` (a file or folder, relative to the CSV) and `handed_in`.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record, changed
from simpsh.grade.exports.export_files import Export, ExportFile
from simpsh.grade.reports.roster import HandIn, Student, deadline_of

CLOCK = "the file of exceptions"
_UNITS = {"min": 60, "h": 3600, "d": 86_400}
_COLUMNS = ("id", "deadline", "extra", "submission", "handed_in")


class StudentException(Record):
    """One row."""

    id: str
    where: str
    """The file and the line."""
    deadline: datetime | None = None
    extra: timedelta = timedelta()
    submission: str = ""
    """The path of what replaces the submission; empty if nothing does."""
    time: datetime | None = None

    def is_of(self, hand_in: HandIn) -> bool:
        """Return whether it is about this submission, or one of its students."""
        names = {
            hand_in.name,
            *(name for each in hand_in.students for name in (each.id, each.team)),
        }
        return self.id.casefold() in {name.casefold() for name in names if name}

    def apply_to(self, hand_in: HandIn) -> HandIn:
        """Return the submission with the deadline and the time of this row."""
        students = tuple(map(self.of_student, hand_in.students))
        hand_in = changed(hand_in, students=students)
        if self.submission:
            hand_in = changed(hand_in, time=self.time, clock=CLOCK, is_late=False)
        return hand_in

    def of_student(self, student: Student) -> Student:
        """Return the student with the deadline of this row."""
        deadline = self.deadline or student.deadline
        return changed(student, deadline=deadline + self.extra) if deadline else student

    def files(self) -> tuple[tuple[ExportFile, str], ...]:
        """Return the files of the new submission; raise SimpshError."""
        path = self.submission
        if os.path.isdir(path):
            return tuple((file, file.path) for file in Export(path).files)
        with naming(path):
            status, name = os.stat(path), os.path.basename(path)
        is_program = bool(status.st_mode & 0o111)
        file = ExportFile(name, status.st_size, status.st_mtime, is_program, path)
        return ((file, name),)


def read_exceptions(path: str) -> Sequence[StudentException]:
    """Read the rows of a file; raise SimpshError, with the line of the first mistake."""
    try:
        with naming(path), open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, restval="")
            names = [name.strip() for name in reader.fieldnames or ()]
            rows = [(reader.line_num, {**row}) for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path}: this is no CSV file in UTF-8") from error
    if "id" not in names or not {*names} <= {*_COLUMNS}:
        raise UsageProblem(f"{path}: its columns are id and some of {', '.join(_COLUMNS[1:])}")
    return [_exception(path, line, row) for line, row in rows]


def _exception(path: str, line: int, row: dict[str, str]) -> StudentException:
    where = f"{path}:{line}"
    cells = {str(name).strip(): composed(str(cell).strip()) for name, cell in row.items()}
    if not cells["id"]:
        raise UsageProblem(f"{where}: the id is missing")
    moments = {}
    for column in ("deadline", "handed_in"):
        text = cells.get(column, "")
        try:
            moments[column] = deadline_of(text) if text else None
        except (ValueError, OverflowError):
            words = f"{escaped(text)}: a time is like 2026-11-24T23:59+01:00"
            raise UsageProblem(f"{where}: {words}") from None
    extra = re.fullmatch(r"(\d{1,4})\s*(min|h|d)|", cells.get("extra", ""))
    if extra is None:
        raise UsageProblem(
            f"{where}: {escaped(cells['extra'])}: more time is like 36 h, 2 d, 90 min"
        )
    seconds = int(extra[1]) * _UNITS[extra[2]] if extra[1] else 0
    submission = cells.get("submission", "")
    if submission:
        submission = os.path.abspath(os.path.join(os.path.dirname(path), submission))
        if not os.path.exists(submission):
            raise UsageProblem(f"{where}: {submission}: there is no such file or folder")
    return StudentException(
        *(cells["id"], where, moments["deadline"], timedelta(seconds=seconds)),
        *(submission, moments["handed_in"]),
    )
