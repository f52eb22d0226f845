"""The students of a class and their submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simpsh.base.record import Record


class Student(Record):
    """A student as the course system or a roster lists them."""

    id: str
    name: str = ""
    team: str = ""
    """All members of a team get the marks of its submission."""
    row: int = -1
    """The index of the student's row in the roster."""


class HandIn(Record):
    """The submission of a student or a team."""

    name: str
    """The name of the submission in results: an id of the course system, or a file's name."""
    label: str
    """The student's or team's name that the system writes before the id."""
    students: tuple[Student, ...]
    """Empty if no student in the roster has this id."""


class ClassList:
    """The students of a class and their submissions."""

    def __init__(self, hand_ins: Sequence[HandIn] = (), students: Sequence[Student] = ()) -> None:
        self.hand_ins: Mapping[str, HandIn] = {each.name: each for each in hand_ins}
        self.students = students

    def of(self, submission: str) -> Sequence[Student]:
        """Return the students of a submission; one without an id if they are unknown."""
        hand_in = self.hand_ins.get(submission)
        label = hand_in.label if hand_in else ""
        return (hand_in.students if hand_in else ()) or (Student("", label),)

    def describe(self, submission: str) -> str:
        """Return the authors of a submission: `Ann Doe, team B`."""
        students = self.of(submission)
        names = " and ".join(student.name or student.id for student in students)
        team = f"team {students[0].team}" if students[0].team else ""
        named = names if names != submission else ""
        return ", ".join(filter(None, (named, team)))

    def absent(self) -> list[Student]:
        """Return the students without a submission of their own or of their team."""
        present = {student.id for each in self.hand_ins.values() for student in each.students}
        return [student for student in self.students if student.id not in present]
