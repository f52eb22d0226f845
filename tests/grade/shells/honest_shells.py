"""Shells that must get every point: installed ones, and the right programs for shell-6."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from simpsh.grade.assignments.assignment import Assignment, Language
from simpsh.grade.reports.grade_marks import Mark
from simpsh.grade.sandbox.program_build import program_of
from simpsh.grade.shells.shell_examination import (
    BEHAVIOURS,
    ExaminationOptions,
    check_shell,
    examine,
)
from tests.grade.fairness_corpus import CORPUS, RightProgram, right_programs
from tests.support.needed_programs import require

SOURCES = CORPUS / "shell-6"
"""The folder of their sources: small_shell.c and others."""
BY_ID = {behaviour.id: behaviour for behaviour in BEHAVIOURS}


def examined(
    argv: Sequence[str], behaviour: str, seconds: float = 20, paths: str = "names", **how: Any
) -> Mark:
    """Examine one behaviour of a shell; `how` are options of an examination."""
    options = ExaminationOptions(seconds=seconds, **how)
    assignment = Assignment(language=Language(paths=paths))
    return examine(check_shell(argv), BY_ID[behaviour], assignment, options)


class HonestShell(NamedTuple):
    """A shell without mistakes."""

    name: str
    argv: tuple[str, ...] = ()
    """Its command line, if it is installed."""
    lacks: tuple[str, ...] = ()
    """The behaviours and checks that it rightly does not pass."""
    program: RightProgram | None = None
    """The program that it is built from, if it is not installed."""

    def command(self, folder: Path) -> tuple[str, ...]:
        """Return its command line; build its program in a folder, once."""
        if self.program is None:
            require(self.argv[0])
            return self.argv
        require(*self.program.needed)
        build_folder = folder / self.name
        if not build_folder.exists():
            self.program.lay_out(str(build_folder))
        made = build_folder / self.program.exercise
        if self.program.recipe:
            subprocess.run(["make", "-s", made.name], cwd=build_folder, check=True)
        _, ending = os.path.splitext(self.program.path)
        return program_of(str(made) if made.exists() else f"{made}{ending}")


INSTALLED = (
    HonestShell("bash", ("bash",)),
    HonestShell("dash", ("dash",)),
    HonestShell("mksh", ("mksh",)),
    HonestShell("busybox", ("busybox", "sh")),
    HonestShell("yash", ("yash", "--norcfile")),
    HonestShell("zsh", ("zsh", "-f")),
)
HONEST_SHELLS = INSTALLED + tuple(
    HonestShell(f"{number} {os.path.basename(program.path)}", lacks=program.lacks, program=program)
    for number, program in enumerate(right_programs("shell-6"))
    if not (program.is_solution or program.asked)
)
