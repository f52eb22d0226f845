"""The roster of a class: who each submission is from, and by when it was due.

A CSV file with a header, by commas or semicolons. `id` is a word of the submissions' names, as the
course system has it: a number, a login. `name`, `group` and `deadline` may be there; others may.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import datetime

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.phrases import escaped
from simpsh.base.record import Record

_LATE_BY_NAME = re.compile(r"(?:^|_)LATE_")


class Student(Record):
    """A row of a roster."""

    id: str
    name: str = ""
    group: str = ""
    deadline: datetime | None = None


def read_roster(path: str) -> list[Student]:
    """Return the rows of a roster; raise SimpshError if it cannot be read or is none."""
    students: list[Student] = []
    try:
        with naming(path), open(path, encoding="utf-8-sig", newline="") as file:
            # Where a comma stands in numbers, spreadsheets write semicolons.
            delimiter = ";" if ";" in file.readline() else ","
            file.seek(0)
            for row in csv.DictReader(file, delimiter=delimiter):
                line = len(students) + 2
                id_ = (row.get("id") or "").strip()
                if not id_:
                    raise UsageProblem(f"{path}:{line}: a roster has a column id, filled in")
                due = (row.get("deadline") or "").strip()
                try:
                    deadline = datetime.fromisoformat(due).astimezone() if due else None
                except ValueError:
                    words = f"{escaped(due)}: a deadline is a time like 2026-11-24T23:59"
                    raise UsageProblem(f"{path}:{line}: {words}") from None
                name, group = (row.get(key) or "" for key in ("name", "group"))
                students.append(Student(id_, name.strip(), group.strip(), deadline))
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path}: this is no CSV file in UTF-8") from error
    return students


class Roster:
    """Finds who a submission is from."""

    def __init__(self, students: Sequence[Student] = ()) -> None:
        self.students = students

    def of(self, submission: str) -> Student:
        """Return whose id stands in a submission's name as a whole word; a nameless one for none's.

        The longest one, if there are several: `doe` stands in `jane-doe`, too.
        """
        found = [
            student
            for student in self.students
            if re.search(rf"(?<![^\W_]){re.escape(student.id)}(?![^\W_])", submission, re.I)
        ]
        return max(found, key=lambda student: len(student.id), default=Student(""))

    def lateness(self, submission: str, handed_in: str) -> str:
        """Say how late a submission of this name and time is; empty if nothing tells that it is."""
        student = self.of(submission)
        if student.deadline is not None and handed_in:
            late = datetime.fromisoformat(handed_in) - student.deadline
            hours, minutes = divmod(max(0, round(late.total_seconds() / 60)), 60)
            if hours or minutes:
                return f"{hours} h {minutes:02} min after the deadline, by its newest file"
        return "late, as its name says" if _LATE_BY_NAME.search(submission) else ""

    def describe(self, submission: str, handed_in: str) -> str:
        """Say who a submission is from, and how late it is: `Ann Doe, group B`."""
        student = self.of(submission)
        group = f"group {student.group}" if student.group else ""
        late = self.lateness(submission, handed_in)
        return ", ".join(filter(None, (student.name or student.id, group, late)))

    def absent(self, submissions: Sequence[str]) -> list[Student]:
        """Return who has handed in nothing: neither they nor one of their group."""
        there = [self.of(name) for name in submissions]
        ids = {student.id for student in there}
        groups = {student.group for student in there if student.group}
        left = (student for student in self.students if student.id not in ids)
        return [student for student in left if student.group not in groups]
