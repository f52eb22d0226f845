"""`simpsh doctor`: before a class, what this machine permits, and which lessons lose what."""

from __future__ import annotations

from simpsh import console
from simpsh.cli.option_parser import PathOptions
from simpsh.course.check import machine_report
from simpsh.course.lesson.lesson_library import Library


class DoctorCommand(PathOptions):
    """Examine this machine."""

    name, usage = "doctor", ("[option …]",)
    about = (
        "Tries what the lessons need of this machine. It says what to do about what is missing, "
        "and which steps of which lessons will only be told."
    )
    notes = "The exit status is 0 if every lesson shows everything, 1 if not."

    def run(self) -> int:
        """Print what was found."""
        findings = machine_report.examine(Library(self.folders))
        console.show_lines(machine_report.lines_of(findings))
        return 0 if findings.is_good else 1
