"""The roster of a class: who each submission is from, and by when it was due.

A CSV file with a header, by commas or semicolons. `id` is what the course system knows a student
by: a number, a login. `name`, `group`, `team` and `deadline` may be there, and other columns. A
group is only named in reports; a team hands in once for all its members.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import datetime

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.phrases import escaped
from simpsh.base.record import Record

_OWN_FIELDS = (
    # Moodle: Jane Doe_4711_assignsubmission_file_
    re.compile(r"(?P<before>.*)_(?P<id>[^_]+)_assignsubmission_", re.S),
    # Blackboard: Homework 1_jdoe_attempt_2026-11-24-23-59-00_shell.c
    re.compile(r"(?P<before>)[^_]*_(?P<id>.+?)_attempt_\d{4}-\d\d-\d\d-", re.S),
    # Canvas: doejane_LATE_101_9001_shell.c; sorted by student: doejane_LATE_101
    re.compile(r"(?P<before>[^_]+)(?:_LATE)?_(?P<id>\d+)(?:_\d+_|$)", re.S),
)
"""How course systems name submissions: where their id stands, and what they put before it."""
_LATE_BY_NAME = re.compile(r"(?:^|_)LATE_")


class Student(Record):
    """A row of a roster."""

    id: str
    name: str = ""
    group: str = ""
    team: str = ""
    deadline: datetime | None = None


def read_roster(path: str) -> list[Student]:
    """Return the rows of a roster; raise SimpshError if it cannot be read or is none."""
    students: list[Student] = []
    lines: dict[str, int] = {}
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
                if (first := lines.setdefault(id_.casefold(), line)) != line:
                    words = f"the id {escaped(id_)} is in line {first}, too; remove one of them"
                    raise UsageProblem(f"{path}:{line}: {words}")
                due = (row.get("deadline") or "").strip()
                try:
                    deadline = datetime.fromisoformat(due).astimezone() if due else None
                except ValueError:
                    words = f"{escaped(due)}: a deadline is a time like 2026-11-24T23:59"
                    raise UsageProblem(f"{path}:{line}: {words}") from None
                columns = ("name", "group", "team")
                name, group, team = ((row.get(key) or "").strip() for key in columns)
                students.append(Student(id_, name, group, team, deadline))
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path}: this is no CSV file in UTF-8") from error
    return students


class Roster:
    """Finds who a submission is from."""

    def __init__(self, students: Sequence[Student] = ()) -> None:
        self.students = students

    def of(self, submission: str) -> list[Student]:
        """Return who a submission is from: the student whose id its name has, then their team.

        The id field of the course system decides. What the student named the file does not count
        where the system's part of the name can be told from it. In other names, the longest id
        that is a whole word decides (`doe` stands in `jane-doe`, too), then the name of a team.
        """
        found = next(filter(None, (form.match(submission) for form in _OWN_FIELDS)), None)
        if found is None:
            place = submission
            named = [student for student in self.students if _has_word(place, student.id)]
        else:
            place = submission[: found.end("id")]
            fields = [text.casefold() for text in (found["id"], place, found["before"])]
            named = [student for student in self.students if student.id.casefold() in fields]
            named.sort(key=lambda student: fields.index(student.id.casefold()))
            named = named[:1]
        if named:
            first = max(named, key=lambda student: len(student.id))
            members = self._members(first.team)
            return [first, *(member for member in members if member.id != first.id)]
        teams = {student.team for student in self.students if student.team}
        team = max((name for name in teams if _has_word(place, name)), key=len, default="")
        return self._members(team)

    def _members(self, team: str) -> list[Student]:
        return [student for student in self.students if team and student.team == team]

    def lateness(self, student: Student, submission: str, handed_in: str) -> str:
        """Say how late a submission is for a student; empty if nothing tells that it is."""
        if student.deadline is not None and handed_in:
            late = datetime.fromisoformat(handed_in) - student.deadline
            hours, minutes = divmod(max(0, round(late.total_seconds() / 60)), 60)
            if hours or minutes:
                return f"{hours} h {minutes:02} min after the deadline, by its newest file"
        return "late, as its name says" if _LATE_BY_NAME.search(submission) else ""

    def describe(self, submission: str, handed_in: str) -> str:
        """Say who a submission is from, and how late it is: `Ann Doe, group B`."""
        students = self.of(submission) or [Student("")]
        names = " and ".join(student.name or student.id for student in students)
        first = students[0]
        group = f"group {first.group}" if first.group else ""
        team = f"team {first.team}" if first.team else ""
        late = self.lateness(first, submission, handed_in)
        return ", ".join(filter(None, (names, group, team, late)))

    def absent(self, submissions: Sequence[str]) -> list[Student]:
        """Return who has handed in nothing: neither they nor their team."""
        there = {student.id for name in submissions for student in self.of(name)}
        return [student for student in self.students if student.id not in there]

    def check(self, submissions: Sequence[str]) -> None:
        """Raise UsageProblem if two submissions are from the same student or the same team."""
        earlier: dict[str, str] = {}
        for name in submissions:
            for student in self.of(name):
                if (other := earlier.setdefault(student.id, name)) != name:
                    raise UsageProblem(
                        f"grade: {escaped(other)} and {escaped(name)} are both from "
                        f"{escaped(student.id)}: remove one, or put their files into one folder"
                    )


def _has_word(text: str, word: str) -> bool:
    """Return whether a word stands in a text as a whole, in capitals or not."""
    return bool(re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text, re.I))
