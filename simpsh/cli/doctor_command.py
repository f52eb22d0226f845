"""`simpsh doctor`: check what this machine permits, and which lessons are affected."""

from __future__ import annotations

from textwrap import wrap

from simpsh import console
from simpsh.cli.option_parser import PathOptions
from simpsh.course.check import machine_report
from simpsh.course.lesson.lesson_library import Library


class DoctorCommand(PathOptions):
    """Examine this machine."""

    name, usage = "doctor", ("[option …]",)
    about = (
        "Checks whether this machine permits what the lessons need. For each missing permission, "
        "it prints the remedy and the lesson steps that will be described instead of run."
    )
    notes = "The exit status is 0 if every step can run, else 1."

    def run(self) -> int:
        """Print the findings."""
        findings = machine_report.examine(Library(self.folders))
        console.show_lines(machine_report.lines_of(findings))
        console.show_lines(_world_lines())
        return 0 if findings.is_good else 1


def _world_lines() -> list[str]:
    """Return where explore and step run programs, and why."""
    from simpsh.explore.workplace.private_world import why_not_private

    reason = why_not_private()
    text = "explore and step run programs in a private world, at the same paths."
    if reason:
        text = (
            f"explore and step run programs in copies of a directory: {reason}. A program that "
            "would change or signal something outside is refused there."
        )
    return wrap(text, console.width())
