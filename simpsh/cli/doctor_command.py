"""`simpsh doctor`: check what this machine permits, and which lessons are affected."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import ClassVar

from simpsh import console
from simpsh.cli.option_parser import PathOptions
from simpsh.course.check import machine_report
from simpsh.course.classroom import phone_access
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.teach.course_map import CourseMap
from simpsh.course.teach.student_progress import StudentProgress, open_words

_MOST_LISTED = 8
_LACKS = (
    "There a program has another path, sees all processes, and never runs freely, so no answer is "
    "COMPLETE. Sockets, and what would change or signal something outside are refused."
)


class DoctorCommand(PathOptions):
    """Examine this machine."""

    name, usage = "doctor", ("[option …]",)
    example = "simpsh doctor"
    about = (
        "Checks whether this machine permits what the lessons need, and prints a remedy for each "
        "missing permission. Steps of lessons that need it are described instead of run."
    )
    notes = "The exit status is 0 if nothing is missing, else 1."

    left: ClassVar = {"--json": "its exit status"}

    def run(self) -> int:
        """Print the findings; return the exit status."""
        # Needs the explorer, which is slow to load.
        from simpsh.explore.workplace.private_world import why_not_private

        _, problems = Library(self.folders).heads()
        findings, refused = machine_report.examine(problems), why_not_private()
        console.show_lines(machine_report.lines_of(findings))
        console.show_lines(wrap(_world_words(refused), console.width()))
        console.show_lines(wrap(phone_access.access_words(), console.width()))
        console.show_lines(self._course_lines())
        return 0 if findings.is_good else 1

    def _course_lines(self) -> Iterator[str]:
        """Yield how far the student is, and which lessons have open parts; nothing at the start."""
        heads, _ = Library(self.folders).heads()
        record = StudentProgress().record
        if not record.lessons:
            return
        course = CourseMap(heads, record)
        yield from wrap(f"The course: {course.summary}.", console.width())
        for stone in [stone for stone in course.stones if stone.open][:_MOST_LISTED]:
            text = f"{stone.head.id}, still open: {open_words(stone.open)}"
            yield from wrap(text, console.width(), initial_indent="  ", subsequent_indent="    ")


def _world_words(refused: str) -> str:
    """Return where explore and step run programs, and what these cannot do there."""
    if refused:
        return f"explore and step run programs in copies of a directory: {refused}. {_LACKS}"
    return (
        "explore and step run programs in a private world, at the same paths. A program can change "
        "its directory and /tmp; all else can only be read."
    )
