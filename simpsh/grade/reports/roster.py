"""The students of a class and their submissions."""

from __future__ import annotations

import re
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
    deadline: datetime | None = None


def deadline_of(text: str) -> datetime:
    """Return a time in ISO 8601, local if it has no zone; a date is the end of that day.

    Raises ValueError or OverflowError if `text` is neither.
    """
    try:
        return datetime.combine(date.fromisoformat(text), time.max).astimezone()
    except ValueError:
        return datetime.fromisoformat(text).astimezone()


def has_no_zone(text: str) -> bool:
    """Return whether a time names no zone.

    >>> has_no_zone("2026-11-24T23:59"), has_no_zone("2026-11-24T23:59Z"), has_no_zone("")
    (True, False, False)
    """
    return bool(text) and not re.search(r"T.*([Zz]|[+-]\d\d:?(\d\d)?)$", text)


def moment_words(moment: datetime) -> str:
    """Return a time with its zone.

    >>> moment_words(datetime.fromisoformat("2026-11-24T23:59:00+01:00"))
    '2026-11-24 23:59:00 UTC+01:00'
    """
    zone = f"{moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC{zone[:3]}:{zone[3:]}"


class HandIn(Record):
    """The submission of a student or a team."""

    name: str
    """The name of the submission in results: an id of the course system."""
    label: str
    """The student's or team's name that the system writes before the id."""
    students: tuple[Student, ...]
    """Empty if no student in the roster has this id."""
    time: datetime | None = None
    clock: str = ""
    """The name of the record with the time: `the grading worksheet`."""
    is_late: bool = False
    """Whether the system itself marks it as late."""

    @property
    def deadline(self) -> datetime | None:
        """The deadline of its students."""
        return self.students[0].deadline if self.students else None

    @property
    def late_seconds(self) -> int | None:
        """By how many seconds it is late, 0 for in time; None if that is not known."""
        if self.deadline is None or self.time is None:
            return None
        return max(0, int((self.time - self.deadline).total_seconds()))

    @property
    def times(self) -> str:
        """When it was handed in, and its deadline, in words with their zones; empty if unknown."""
        words = []
        if self.time is not None:
            words.append(f"handed in {moment_words(self.time)} by {self.clock}")
        if self.deadline is not None:
            words.append(f"deadline {moment_words(self.deadline)}")
        return "; ".join(words)

    @property
    def lateness(self) -> str:
        """Its lateness in words; empty if it is not known to be late."""
        late = self.late_seconds
        if late is not None:
            if not late:
                return ""
            hours, minutes = divmod(late // 60, 60)
            words = f"{hours} h {minutes:02} min" if late >= 60 else f"{late} s"
            return f"{words} late by {self.clock}"
        return "marked as late" if self.is_late else ""


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

    def lateness(self, submission: str) -> str:
        """Return how late a submission is, in words."""
        hand_in = self.hand_ins.get(submission)
        return hand_in.lateness if hand_in else ""

    def times(self, submission: str) -> str:
        """Return when a submission was handed in, and its deadline, with zones."""
        hand_in = self.hand_ins.get(submission)
        return hand_in.times if hand_in else ""

    def describe(self, submission: str) -> str:
        """Return the authors and the lateness of a submission: `Ann Doe, group B`."""
        students = self.of(submission)
        names = " and ".join(student.name or student.id for student in students)
        names = names if names != submission else ""
        group = f"group {students[0].group}" if students[0].group else ""
        team = f"team {students[0].team}" if students[0].team else ""
        return ", ".join(filter(None, (names, group, team, self.lateness(submission))))

    def absent(self) -> list[Student]:
        """Return the students without a submission of their own or of their team."""
        present = {student.id for each in self.hand_ins.values() for student in each.students}
        return [student for student in self.students if student.id not in present]
