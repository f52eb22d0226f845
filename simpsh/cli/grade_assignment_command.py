"""`simpsh grade assignment`: write assignment files and try them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.cli.grade_shell_command import shell_assignment
from simpsh.cli.option_parser import Subcommand, flag, many, number, option
from simpsh.grade.assignments.assignment_file import (
    assignment_path,
    read_assignment,
    shipped_assignments,
)
from simpsh.grade.assignments.shell_language import Language
from simpsh.grade.shells.question_lot import HIGHEST_SEED, new_seed
from simpsh.grade.shells.special_behaviours import BEHAVIOURS, PARTS
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
    name, usage = "grade assignment new", ("[--program | --from NAME] FILE",)
    example = "simpsh grade assignment new shell.toml"
    about = (
        "Writes an assignment file with comments: about a shell, or about any other program. "
        "Without --from it asks some questions; an empty answer means what is in brackets."
    )
    operand_counts, missing = (1, 1), "the name of the new file is missing"

    origin: str = option("--from NAME", "copy one of simpsh's own, or a file", "")
    is_program: bool = flag("--program", "about a program that is no shell")

    def run(self) -> int:
        if os.path.exists(self.operand):
            raise SimpshError(f"{self.name}: {self.operand}: there is such a file; remove it first")
        if self.origin and self.is_program:
            raise self.misuse("--program and --from exclude each other")
        if self.is_program:
            text = new_program_assignment(_ask)
        elif self.origin:
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
        right = "RIGHT-PROGRAM" if read_assignment(self.operand).is_program else "RIGHT-SHELL"
        console.warn([f"try it: simpsh grade assignment check {self.operand} {right}"])
        return 0


def _ask(question: str, default: str) -> str:
    console.say(f"{question} [{default}] " if default else f"{question} ", 2)
    return sys.stdin.readline().strip() or default


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


# The text of a new assignment file, with comments that explain each part.


Parts = Mapping[str, Sequence[tuple[str, str, float]]]
"""Maps each part of an assignment to the names, titles and usual points of its behaviours."""
_LANGUAGE = {
    "exit": "What is typed to end the shell, with {number} for its status?",
    "status": "What is typed to learn how the last command ended?",
    "fg": "What is typed to continue the only job in the foreground?",
    "bg": "… and in the background?",
    "jobs": "… and to list the jobs?",
}
_OWN = r"""
# A behaviour of your own is composed of steps. A step with `asks` is judged; the others act, or
# wait for what they name. `{sum}` is a command that is drawn by lot, and `{answer}` its output.
#
# [behaviour.history]
# title = "repeats the last line"
# steps = [
#     { type = "{sum}" },
#     { type = "!!" },
#     { output = "{answer}\n", asks = "!! runs the last line again", points = 3 },
# ]
"""


def new_assignment(ask: Callable[[str, str], str], parts: Parts) -> str:
    """Return the text of an assignment file; `ask` takes a question and its default answer."""
    title = ask("What is the title of the assignment?", "A shell")
    program = ask("What is the name of the shell's file in a submission?", "mysh")
    build = ask("Which command builds it? (empty: simpsh finds out)", "")
    lines = [f"title = {json.dumps(title, ensure_ascii=False)}"]
    lines += [f"program = {json.dumps(program, ensure_ascii=False)}"]
    lines += [
        "# The command that builds the program, in the folder of the submission.",
        f"{'' if build else '# '}build = {json.dumps(build or 'make', ensure_ascii=False)}",
        "# What students see: full, first (the reason of one failed check), or points.",
        'feedback = "full"',
        "# Checks that students never see.",
        "hidden = []",
        "# due = 2030-01-31T23:59:00",
        "",
        "# What is typed at the shell.",
        "[language]",
    ]
    usual = Language()
    for name, question in _LANGUAGE.items():
        words = ask(question, getattr(usual, name))
        lines.append(f"{name} = {json.dumps(words, ensure_ascii=False)}")
        if name == "status" and words != usual.status:
            exited = ask("… and what does it print after the exit code {code}?", "{code}")
            killed = ask("… and after the signal {signal}?", "{signal}")
            lines += [f"exited = {json.dumps(exited)}", f"killed = {json.dumps(killed)}"]
    is_full = _is_yes(ask("Must programs be typed by their paths (/bin/ls)?", "no"))
    lines += [f'paths = "{"full" if is_full else "names"}"', ""]
    lines += ["# What is asked, and its points. `simpsh grade shell --list` shows what each types."]
    lines += ["[points]"]
    for part, behaviours in parts.items():
        is_asked = _is_yes(ask(f"Is this asked: {part}?", "yes"))
        lines.append(f"# {part}")
        for name, summary, points in behaviours:
            mark = "" if is_asked else "# "
            lines.append(f"{mark}{name} = {points:g}  # {summary}")
    return "\n".join(lines) + "\n" + _OWN


_PROGRAM = r"""
# Each behaviour is tried in a new directory, and again in forced orders. Its steps start the
# program, and say what must happen. A step with `asks` is judged; the others act, or wait for what
# they name. `{word}` and `{number}` are drawn by lot.
[behaviour.prints]
title = "prints its argument"
files = { "given" = { text = "{word2}\n", mode = "0644" } }
steps = [
    { start = ["{word}"], input = "a line\n", output-to = "printed" },
    { ends = 0, asks = "it ends with status 0" },
    { file = "printed", is = "{word}\n", asks = "it prints its argument only", points = 2 },
]

# [behaviour.waits]
# title = "makes a child and waits for it"
# steps = [
#     { start = [] },
#     { ends = true },
#     { processes = 1, asks = "it makes one child" },
#     { order = ["fork", "wait", "collect"], asks = "it waits for the child" },
# ]
"""


def new_program_assignment(ask: Callable[[str, str], str]) -> str:
    """Return the text of a file about a program; `ask` takes a question and its default answer."""
    title = ask("What is the title of the assignment?", "A program")
    program = ask("What is the name of the program's file in a submission?", "program")
    build = ask("Which command builds it? (empty: simpsh finds out)", "")
    runs = ask("Which programs may it execute? (names, with blanks between them)", "").split()
    return "\n".join(
        [
            f"title = {json.dumps(title, ensure_ascii=False)}",
            'kind = "program"',
            f"program = {json.dumps(program, ensure_ascii=False)}",
            "# The command that builds the program, in the folder of the submission.",
            f"{'' if build else '# '}build = {json.dumps(build or 'make', ensure_ascii=False)}",
            "# The programs that it may execute; other programs must not do its work.",
            f"runs = {json.dumps(runs, ensure_ascii=False)}",
            "# What students see: full, first (the reason of one failed check), or points.",
            'feedback = "full"',
            "# due = 2030-01-31T23:59:00",
            _PROGRAM,
        ]
    )


def _is_yes(answer: str) -> bool:
    return answer.strip().lower() in ("y", "yes", "true", "1")
