"""`simpsh doctor`: before a class, what this machine permits, and which lessons lose what."""

from __future__ import annotations

from textwrap import wrap

from simpsh import console
from simpsh.cli.option_parser import PathOptions, number, option
from simpsh.course.check import machine_report
from simpsh.course.lesson.lesson_library import Library
from simpsh.kernel.machine import seccomp
from simpsh.process import machine_permits


class DoctorCommand(PathOptions):
    """Examine this machine."""

    name, usage = "doctor", ("[option …]",)
    about = (
        "Tries what the lessons need of this machine. It says what to do about what is missing, "
        "and which steps of which lessons will only be told."
    )
    notes = "The exit status is 0 if every lesson shows everything, or every budget holds; else 1."
    denied: str = option(
        "--deny CALLS",
        "as where these system calls are refused: clone3,kcmp=ENOSYS, or one of "
        f"{', '.join(machine_permits.PROFILES)}",
        "",
    )
    students: int = option(
        "--class N", "what N students at once get here, and within which times", 0, number(1, 500)
    )

    def run(self) -> int:
        """Print what was found."""
        if self.denied:
            # Nothing was tried so far.
            for assembled in machine_permits.filters_of(self.denied):
                seccomp.install(assembled)
            console.show(f"Where {self.denied} is refused, doctor says:\n")
        if self.students:
            from simpsh.course.check.class_load import class_lines

            lines, is_good = class_lines(self.students)
            console.show_lines(lines)
            return 0 if is_good else 1
        findings = machine_report.examine(Library(self.folders))
        console.show_lines(machine_report.lines_of(findings))
        console.show_lines(_world_lines())
        return 0 if findings.is_good else 1


def _world_lines() -> list[str]:
    """Return where explore and step let programs run, and why."""
    from simpsh.explore.workplace.private_world import why_not_private

    reason = why_not_private()
    text = "explore and step run programs in a private world, at the same paths."
    if reason:
        text = (
            f"explore and step run programs in copies of a directory: {reason}. A program that "
            "would change or signal something outside is refused there."
        )
    return wrap(text, console.width())
