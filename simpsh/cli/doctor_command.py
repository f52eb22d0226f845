"""`simpsh doctor`: before a class, what this machine permits, and which lessons lose what."""

from __future__ import annotations

import os

from simpsh import console
from simpsh.base.own_program import INTERPRETER
from simpsh.cli.option_parser import PathOptions, option
from simpsh.course.check import machine_report
from simpsh.course.lesson.lesson_library import Library
from simpsh.kernel.machine import seccomp
from simpsh.kernel.processes import execve
from simpsh.process import machine_permits


class DoctorCommand(PathOptions):
    """Examine this machine."""

    name, usage = "doctor", ("[option …]",)
    about = (
        "Tries what the lessons need of this machine. It says what to do about what is missing, "
        "and which steps of which lessons will only be told."
    )
    notes = "The exit status is 0 if every lesson shows everything, 1 if not."
    denied: str = option(
        "--deny CALLS",
        "as where these system calls are refused: clone3,kcmp=ENOSYS, or one of "
        f"{', '.join(machine_permits.PROFILES)}",
        "",
    )

    def run(self) -> int:
        """Print what was found."""
        if self.denied:
            filters = machine_permits.filters_of(self.denied)
            console.show(f"Where {self.denied} is refused, doctor says:\n")
            for assembled in filters:
                seccomp.install(assembled)
            folders = [word for folder in self.folders for word in ("--path", folder)]
            execve(INTERPRETER[0], [*INTERPRETER, "doctor", *folders], os.environ)
        findings = machine_report.examine(Library(self.folders))
        console.show_lines(machine_report.lines_of(findings))
        return 0 if findings.is_good else 1
