"""`simpsh grade assignment`: writing assignment files, and trying them."""

from __future__ import annotations

import os
import sys
from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.cli.grade_shell_command import shell_assignment
from simpsh.cli.option_parser import Subcommand, many, number, option
from simpsh.grade.assignments.assignment_file import (
    assignment_path,
    read_assignment,
    shipped_assignments,
)
from simpsh.grade.assignments.assignment_questions import new_assignment
from simpsh.grade.assignments.shell_language import Language
from simpsh.grade.shells.question_lot import HIGHEST_SEED, new_seed
from simpsh.grade.shells.special_behaviours import BEHAVIOURS, PARTS
from simpsh.process.machine_permits import missing, require_descriptors


class _List(Subcommand):
    name, usage = "grade assignment list", ("[option …]",)
    about = "Lists the assignments that simpsh has, each with the text that it is written from."

    def run(self) -> int:
        names = shipped_assignments()
        width = max(map(len, names))
        for name in names:
            assignment = read_assignment(name)
            console.show_lines([f"{name:<{width}}  {assignment.title}", f"    {assignment.source}"])
        return 0


class _New(Subcommand):
    name, usage = "grade assignment new", ("[--from NAME] FILE",)
    about = (
        "Writes an assignment file with comments. Without --from it asks some questions; an empty "
        "answer means what is in brackets."
    )
    operand_counts, missing = (1, 1), "how is the new file called?"

    origin: str = option("--from NAME", "copy one of simpsh's own, or a file", "")

    def run(self) -> int:
        if os.path.exists(self.operand):
            raise SimpshError(f"{self.name}: {self.operand}: there is such a file; remove it first")
        if self.origin:
            read_assignment(self.origin)
            with open(assignment_path(self.origin), encoding="utf-8") as file:
                text = file.read()
        else:
            parts = {
                part: [
                    (each.id, each.title, sum(points for _, points in each.checks.values()))
                    for each in BEHAVIOURS
                    if each.id in names
                ]
                for part, names in PARTS.items()
            }
            text = new_assignment(_ask, parts)
        with naming(self.operand), open(self.operand, "x", encoding="utf-8") as file:
            file.write(text)
        console.warn([f"try it: simpsh grade assignment check {self.operand} RIGHT-SHELL"])
        return 0


def _ask(question: str, usual: str) -> str:
    console.say(f"{question} [{usual}] " if usual else f"{question} ", 2)
    return sys.stdin.readline().strip() or usual


class _Check(Subcommand):
    name, usage = "grade assignment check", ("[option …] FILE [RIGHT-SHELL …]",)
    about = (
        "Tries an assignment on right shells, which must get all points, and on wrong ones, which "
        "must not. Three useless shells are always tried."
    )
    notes = (
        "A shell is a program, or a .c or .py file. If the language is POSIX's, sh is tried as a "
        "right shell. The exit status is 1 if the marks speak against the file."
    )
    operand_counts, missing = (1, None), "which assignment? Name its file"

    wrong: list[str] = many("--wrong SHELL", "a shell that must lose points; may be repeated")
    seed: int = option("--seed N", "draw the lines by this seed", -1, number(0, HIGHEST_SEED))

    def run(self) -> int:
        from simpsh.grade.classes.assignment_trial import trial_lines, try_assignment
        from simpsh.grade.shells.shell_examination import ExaminationOptions

        word, *right = self.operands
        assignment = shell_assignment(self, word)
        if not right and assignment.language == Language():
            right = ["sh"]
        require_descriptors()
        if refusal := missing("ptrace"):
            raise SimpshError(f"{self.name}: {refusal}")
        progress = console.ProgressLine()
        seed = new_seed() if self.seed < 0 else self.seed
        options = ExaminationOptions(may_be_installed=True, seed=seed)
        trials = try_assignment(assignment, right, self.wrong, options, progress.show)
        progress.clear()
        console.show_lines([f"{assignment.title} (questions drawn by --seed {seed})", ""])
        console.show_lines(trial_lines(trials))
        return 1 if any(trial.problem for trial in trials) else 0


class GradeAssignmentCommand(Subcommand):
    """Write and try assignment files."""

    name, usage = "grade assignment", ("SUBCOMMAND …",)
    about = "Writes assignment files, and tries them."
    operand_counts, is_command = (0, 0), True
    children: ClassVar = {"new": lambda: _New, "check": lambda: _Check, "list": lambda: _List}

    def run(self) -> int:
        """Show the subcommands."""
        console.show(self.format_help())
        return 0
