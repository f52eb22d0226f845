"""The students of a class and their submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from simpsh.base.record import Record


class Student(Record):
    """A student as the course system or a roster lists them."""

    id: str
    name: str = ""
    group: str = ""
    """For display only."""
    team: str = ""
    """All members of a team get the marks of its submission."""


def deadline_of(text: str) -> datetime:
    """Return a time in ISO 8601, local if it has no zone; a date is the end of that day.

    Raises ValueError or OverflowError if `text` is neither.
    """
    try:
        return datetime.combine(date.fromisoformat(text), time.max).astimezone()
    except ValueError:
        return datetime.fromisoformat(text).astimezone()


class HandIn(Record):
    """The submission of a student or a team."""

    name: str
    """The name of the submission in results: an id of the course system, or a file's name."""
    label: str
    """The student's or team's name that the system writes before the id."""
    students: tuple[Student, ...]
    """Empty if no student in the roster has this id."""
    time: datetime | None = None
    """When it was handed in, by Moodle's worksheet; None if unknown."""
    is_late: bool = False
    """Whether the system itself marks it as late."""


class ClassList:
    """The students of a class and their submissions; `due` is the deadline."""

    def __init__(
        self,
        hand_ins: Sequence[HandIn] = (),
        students: Sequence[Student] = (),
        due: datetime | None = None,
    ) -> None:
        self.hand_ins: Mapping[str, HandIn] = {each.name: each for each in hand_ins}
        self.students = students
        self.due = due

    def of(self, submission: str) -> Sequence[Student]:
        """Return the students of a submission; one without an id if they are unknown."""
        hand_in = self.hand_ins.get(submission)
        label = hand_in.label if hand_in else ""
        return (hand_in.students if hand_in else ()) or (Student("", label),)

    def late_seconds(self, submission: str) -> int | None:
        """Return by how many seconds a submission is late, 0 for in time; None if unknown."""
        hand_in = self.hand_ins.get(submission)
        if hand_in is None or hand_in.time is None or self.due is None:
            return None
        return max(0, int((hand_in.time - self.due).total_seconds()))

    def lateness(self, submission: str) -> str:
        """Return how late a submission is, in words; empty if it is not known to be late."""
        late = self.late_seconds(submission)
        if late:
            hours, minutes = divmod(late // 60, 60)
            return f"{hours} h {minutes:02} min late" if late >= 60 else f"{late} s late"
        hand_in = self.hand_ins.get(submission)
        return "marked as late" if late is None and hand_in and hand_in.is_late else ""

    def describe(self, submission: str) -> str:
        """Return the authors and the lateness of a submission: `Ann Doe, group B`."""
        students = self.of(submission)
        names = " and ".join(student.name or student.id for student in students)
        group = f"group {students[0].group}" if students[0].group else ""
        team = f"team {students[0].team}" if students[0].team else ""
        named = names if names != submission else ""
        return ", ".join(filter(None, (named, group, team, self.lateness(submission))))

    def absent(self) -> list[Student]:
        """Return the students without a submission of their own or of their team."""
        present = {student.id for each in self.hand_ins.values() for student in each.students}
        return [student for student in self.students if student.id not in present]
