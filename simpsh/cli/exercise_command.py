"""`simpsh lesson exercise …`: list, start and check exercises."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.base.file_store import write_whole
from simpsh.base.own_program import typed_name
from simpsh.base.screen_cells import between_words, padded, width_of
from simpsh.cli.option_parser import PathOptions, Subcommand, number, option
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.grade.exercises.exercise import Exercise
from simpsh.grade.exercises.exercise_answer import answer
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue, ExerciseFolder
from simpsh.grade.exercises.exercise_judge import judge
from simpsh.grade.exercises.solution_marks import SIGNS
from simpsh.grade.reports.grade_marks import FAILED, beginning
from simpsh.grade.sandbox.program_build import NotBuilt, program_of
from simpsh.process.machine_permits import missing
from simpsh.process.own_directory import remove_tree

_MOST_SEED, _NARROWEST = 10**9, 40
_MAKEFILE = """\
CFLAGS = -std=gnu11 -Wall -Wextra -g

NAME: NAME.c

clean:
\trm -f NAME

.PHONY: clean
"""
_MOST_LINES_OF_COMPILER = 40


class ExerciseOptions(PathOptions):
    """Options of the subcommands of `lesson exercise`; most take the id of an exercise."""

    usage: tuple[str, ...] = ("ID [--path DIR]",)
    operand_counts: tuple[int, int | None] = (1, 1)
    operands_are = ("exercise", "file")
    missing = (
        "the id is missing: this folder has no program of one exercise; `simpsh lesson exercise "
        "list` lists the exercises"
    )

    def exercises(self) -> ExerciseCatalogue:
        """Return all exercises."""
        return ExerciseCatalogue(self.folders)

    def chosen(self) -> tuple[Exercise, ExerciseFolder]:
        """Return the exercise of the operands or of this folder, and its folder.

        Raises SimpshError. Afterwards the operands are the words after the id.
        """
        exercises = self.exercises()
        name, words = self.operand, self.operands[1:]
        if not name or (name not in exercises.ids and os.path.exists(name)):
            # A folder or a program: `check ./my-program` in the folder that `start` made.
            name, words = self._exercise_in(name if os.path.isdir(name) else ""), self.operands
        folder = exercises.folder(name)
        self.operands = words
        return exercises.find(folder.id), folder

    def _exercise_in(self, folder: str) -> str:
        """Return the exercise of a folder that `start` made: the one with a program in it."""
        ids = self.exercises().ids
        paths = {os.path.join(folder, f"{name}.{end}"): name for name in ids for end in SIGNS}
        found = {name for path, name in paths.items() if os.path.isfile(path)}
        if len(found) != 1:
            raise self.misuse(self.missing)
        return found.pop()


class _List(ExerciseOptions):
    name, usage = "lesson exercise list", ("[--path DIR]",)
    example = "simpsh lesson exercise list"
    about = "Lists the exercises."
    operand_counts = (0, 0)

    def run(self) -> int:
        exercises, problems = self.exercises().all()
        progress = StudentProgress()
        width = max((len(exercise.id) for exercise in exercises), default=0)
        title = max((len(exercise.title) for exercise in exercises), default=0)
        room = max(20, min(title, console.room() - width - len(" ✓   999 min ")))
        lines = []
        for exercise in exercises:
            record = progress.exercise(exercise.id)
            sign = "✓" if record.is_done else "…" if record.tries else " "
            first, *further = between_words(exercise.title, room)
            start = f" {sign} {exercise.id:<{width}}  "
            lines.append(f"{start}{padded(first, room)} {exercise.minutes:>3} min")
            lines += [f"{'':{len(start)}}{words}" for words in further]
        console.show_lines([*lines, "", f"Begin with:  {typed_name()} lesson exercise start ID"])
        console.warn(f"simpsh: {problem}" for problem in problems)
        return 1 if problems else 0


class ExerciseCommand(_List):
    """List the exercises, or run a subcommand."""

    name, usage = "lesson exercise", ("[--path DIR] SUBCOMMAND …",)
    example = "simpsh lesson exercise start make-zombie"
    about = (
        "Tasks, and checks of what your program does. Without a subcommand, lists the exercises."
    )
    is_command = True
    children: ClassVar = {
        "list": lambda: _List,
        "start": lambda: _Start,
        "check": lambda: _Check,
        "hint": lambda: _Hint,
        "solution": lambda: _Solution,
    }


class _Start(ExerciseOptions):
    name, usage = "lesson exercise start", ("ID [DIR] [--path DIR]",)
    example = "simpsh lesson exercise start make-zombie"
    about = "Writes the task and a beginning, in Python and C, into a new directory."
    operand_counts = (1, 2)

    def run(self) -> int:
        exercise, folder = self.chosen()
        target = self.operands[0] if self.operands else folder.id
        if os.path.lexists(target):
            raise SimpshError(f"{target}: it already exists; choose another directory")
        with naming(target):
            os.makedirs(target)
        texts = {f"{folder.id}.{end}": text for end, text in folder.starts.items()}
        task = folder.text("task.md") if folder.file("task.md") else ""
        if task:
            # Wrap between words here: a terminal breaks longer lines in the middle of a word.
            rows = task_lines(task, min(80, console.room()))
            texts["task.md"] = "".join(f"{line}\n" for line in rows)
        if f"{folder.id}.c" in texts:
            texts["Makefile"] = _MAKEFILE.replace("NAME", folder.id)
        try:
            for name, text in texts.items():
                write_whole(os.path.join(target, name), text, None)
        except SimpshError:
            remove_tree(target)
            raise
        # A relative path would be wrong after the `cd`.
        simpsh = os.path.abspath(typed_name()) if "/" in typed_name() else typed_name()
        if task and os.isatty(1):
            console.show_lines([*task_lines(task, console.width()), ""])
        words = (
            f"Write {target}/{folder.id}.py or {target}/{folder.id}.c, and delete the other one."
        )
        _show_sentence(f"{exercise.title}: the task is in {target}/task.md.")
        _show_sentence(f"{words} Then:")
        console.show_lines([f"  cd {target}; {simpsh} lesson exercise check"])
        return 0


class _Check(ExerciseOptions):
    name = "lesson exercise check"
    usage = ("[ID] [PROGRAM [ARGUMENT …]] [option …]", "[ID] [option …] -- PROGRAM [ARGUMENT …]")
    example = "simpsh lesson exercise check make-zombie"
    about = "Checks which parts of the task a program fulfils."
    notes = (
        "PROGRAM is a .py or .c file, an executable, or the directory that `start` made. By "
        "default, it is the program that `start` wrote here or in ./ID. In a directory that "
        "`start` made, ID may be left out. Put arguments that begin with - after --."
    )
    operand_counts = (0, None)

    seed: int = option("--seed N", "which variant of the task (0)", 0, number(0, _MOST_SEED))

    def run(self) -> int:
        exercise, folder = self.chosen()
        words = self.operands or [_program_in(self, folder)]
        if os.path.isdir(words[0]):
            words[0] = _program_in(self, folder, words[0])
        if refusal := missing("ptrace"):
            raise SimpshError(f"lesson exercise check: {refusal}")

        try:
            argv = (*program_of(words[0]), *words[1:])
        except NotBuilt as problem:
            if not problem.report:
                raise
            complaint = f"{FAILED} {words[0]} does not compile. Fix the first error first."
            report = beginning(problem.report.splitlines(), _MOST_LINES_OF_COMPILER)
            console.show_lines([complaint, "", *report])
            return 1
        judgement = judge(exercise, argv, self.seed)
        StudentProgress().note_try(judgement.id, is_done=judgement.is_full)
        width = console.width(narrowest=_NARROWEST) if os.isatty(1) else 80
        lines = answer(judgement, width=width, colours=console.colours())
        console.show_lines(lines, is_painted=True)
        if judgement.is_full:
            console.show_lines(["", *_what_next(exercise, self)])
        return 0 if judgement.is_full else 1


def _show_sentence(text: str) -> None:
    console.show_lines(between_words(text, console.room()))


def task_lines(text: str, columns: int) -> list[str]:
    """Return a task, which is Markdown, with its paragraphs and list items wrapped.

    Code and tables that fit are kept. The rows of a wider table become list items.
    """
    lines: list[str] = []
    for block in text.rstrip("\n").split("\n\n"):
        rows = block.split("\n")
        if rows[0].startswith("|") and max(map(width_of, rows)) > columns:
            # Drop the heading and the rule: the rows are clear without them.
            cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]
            rows = [f"- {': '.join(filter(None, row))}" for row in cells]
        if lines:
            lines.append("")
        if rows[0].startswith(("    ", "|", "```")):
            lines += rows
            continue
        items: list[str] = []
        for row in rows:
            if not items or row.startswith(("- ", "#")):
                items.append(row)
            else:
                items[-1] += f" {row.strip()}"
        for item in items:
            lines += between_words(item, columns, further="  " if item[0] == "-" else "")
    return lines


def _program_in(options: Subcommand, folder: ExerciseFolder, below: str = "") -> str:
    """Return the program that `start` wrote in `below`; by default, here or in ./ID."""
    names = [f"{folder.id}.{end}" for end in SIGNS]
    for folder_name in [below] if below else ["", folder.id]:
        present = [
            path
            for path in (os.path.join(folder_name, name) for name in names)
            if os.path.isfile(path)
        ]
        if present:
            break
    else:
        searched = f"{below} has" if below else f"This folder and ./{folder.id} have"
        raise options.misuse(
            f"the program for {folder.id} is missing: {searched} no {' or '.join(names)}"
        )
    changed = present
    if len(present) > 1:
        starts = {*folder.starts.values()}
        changed = [
            name for name in present if Path(name).read_text("utf-8", "replace") not in starts
        ]
    if len(changed) == 1:
        return changed[0]
    raise options.misuse(f"name the program: {' or '.join(changed or present)}")


def _what_next(exercise: Exercise, options: _Check) -> list[str]:
    """Return the commands for the next open exercise and for the course."""
    progress = StudentProgress()
    ids = options.exercises().ids
    later = ids[ids.index(exercise.id) + 1 :] if exercise.id in ids else ()
    todo = next((name for name in later if not progress.exercise(name).is_done), "")
    if not todo:
        return ["That was the last exercise."]
    simpsh = typed_name()
    return ["What next", f"  {simpsh} lesson exercise start {todo}", f"  {simpsh} lesson"]


class _Hint(ExerciseOptions):
    name, usage = "lesson exercise hint", ("[ID] [--path DIR]",)
    example = "simpsh lesson exercise hint"
    about = "Shows the next hint."
    operand_counts = (0, 1)

    def run(self) -> int:
        exercise, folder = self.chosen()
        progress = StudentProgress()
        shown = progress.exercise(folder.id).hints
        count = min(shown + 1, len(exercise.hints))
        for number_of_hint, hint in enumerate(exercise.hints[:count], 1):
            console.show_lines(between_words(hint, console.room(), f"{number_of_hint}  ", "   "))
        if shown >= len(exercise.hints):
            words = "These are all hints; 'lesson exercise solution' shows a solution."
            _show_sentence(words)
        progress.note_hints(folder.id, count)
        return 0


class _Solution(ExerciseOptions):
    name, usage = "lesson exercise solution", ("[ID] [--path DIR]",)
    example = "simpsh lesson exercise solution make-zombie"
    about = "Shows a model solution, in Python and C."
    operand_counts = (0, 1)

    def run(self) -> int:
        _, folder = self.chosen()
        if not folder.solutions:
            raise SimpshError(f"{folder.id}: this simpsh was installed without the solutions")
        if not StudentProgress().exercise(folder.id).tries:
            raise SimpshError(
                f"{folder.id}: try it first: {typed_name()} lesson exercise check {folder.id} "
                "PROGRAM"
            )
        for end, text in folder.solutions.items():
            lines = [f"    {line}".rstrip() for line in text.splitlines()]
            console.show_lines([f"solution.{end}:", "", *lines, ""])
        return 0
