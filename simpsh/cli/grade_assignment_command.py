"""`simpsh grade assignment`: write assignment files and try them."""

from __future__ import annotations

from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.cli.grade_shell_command import shell_assignment
from simpsh.cli.option_parser import Subcommand, many, number, option
from simpsh.grade.assignments.assignment import Language
from simpsh.grade.assignments.assignment_file import (
    assignment_path,
    read_assignment,
    shipped_assignments,
)
from simpsh.grade.shells.question_lot import HIGHEST_SEED, new_seed
from simpsh.process.machine_permits import missing, require_descriptors


class _List(Subcommand):
    name, usage = "grade assignment list", ("[option …]",)
    example = "simpsh grade assignment list"
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
    example = "simpsh grade assignment new shell.toml"
    about = (
        "Copies one of simpsh's own assignments, to be changed. Without --from it has every "
        "behaviour of a shell, and comments."
    )
    operand_counts, missing = (1, 1), "the name of the new file is missing"

    origin: str = option("--from NAME", "copy this one, or a file", "shell")

    def run(self) -> int:
        read_assignment(self.origin)
        with naming(self.origin), open(assignment_path(self.origin), encoding="utf-8") as file:
            text = file.read()
        with naming(self.operand), open(self.operand, "x", encoding="utf-8") as new:
            new.write(text)
        right = "RIGHT-PROGRAM" if read_assignment(self.operand).is_program else "RIGHT-SHELL"
        console.warn([f"try it: simpsh grade assignment check {self.operand} {right}"])
        return 0


class _Check(Subcommand):
    name, usage = "grade assignment check", ("[option …] FILE [RIGHT …]",)
    example = "simpsh grade assignment check shell.toml ./my-shell"
    about = (
        "Tries an assignment on right shells or programs, which must get all points, and on wrong "
        "ones, which must not. Three useless ones are always tried."
    )
    notes = (
        "Each is a program, or a .c or .py file. If the language is POSIX's, sh is tried as a "
        "right shell. The exit status is 1 if one gets unexpected marks."
    )
    operand_counts, missing = (1, None), "which assignment? Name its file"

    wrong: list[str] = many("--wrong FILE", "one that must lose points; may be repeated")
    seed: int = option("--seed N", "draw the lines by this seed", -1, number(0, HIGHEST_SEED))

    def run(self) -> int:
        from simpsh.grade.classes.assignment_trial import (
            anonymous_texts,
            trial_lines,
            try_assignment,
        )
        from simpsh.grade.shells.shell_examination import ExaminationOptions

        word, *right = self.operands
        assignment = shell_assignment(self, word)
        if not right and not assignment.is_program and assignment.language == Language():
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
        console.show_lines(anonymous_texts(assignment))
        return 1 if any(trial.problem for trial in trials) else 0


class GradeAssignmentCommand(Subcommand):
    """Write and try assignment files."""

    name, usage = "grade assignment", ("SUBCOMMAND …",)
    example = "simpsh grade assignment list"
    about = "Writes assignment files, and tries them."
    operand_counts, is_command = (0, 0), True
    children: ClassVar = {"new": lambda: _New, "check": lambda: _Check, "list": lambda: _List}

    def run(self) -> int:
        """Show the subcommands."""
        console.show(self.format_help())
        return 0
