"""The audit of fairness: right programs in many styles are judged as a class of students is.

Beside the solutions of an exercise lies the folder `right`. Its programs say in their first lines
in which style they are written: `right: NAME`, or `right: NAME | RECIPE` if a Makefile builds them.
One source may be built in several ways. The shells of an exercise for shells are asked all that
`grade shell` asks, but for what they say they do not have: `lacks: KEY, …`.

Who loses a point is refused. Where this machine has no compiler, no interpreter, or not enough
memory for a program, it is that lack which is told, and no program is refused.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.grade.assignments.assignment_file import Assignment
from simpsh.grade.classes.class_judge import ClassAssignment, ClassRun
from simpsh.grade.classes.class_tasks import ExerciseTask, ShellTask, Task
from simpsh.grade.classes.submissions import Submission
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue, ExerciseFolder
from simpsh.grade.reports.class_results import Result, one_line, remark
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.grade.sandbox.program_build import NOT_BUILT
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.grade.shells.shell_examination import ExaminationOptions
from simpsh.process.own_directory import own_directory

FOLDER = "right"
_HEADING = re.compile(r"^(?:#|//) (right|lacks): (.*)$", re.M)
_HEADING_BYTES = 2000
_SOLUTION = "model solution"


class RightProgram(Record):
    """A right program of an exercise, in one style."""

    exercise: str
    path: str
    """The source, or a script."""
    style: str
    recipe: str = ""
    """How a Makefile builds it; empty where it is built or run as any submission."""
    lacks: tuple[str, ...] = ()
    """Of a shell, what it does not have: `bg`, `statuses.killed`."""
    interpreter: str = ""
    """The program that its first line names, without its path; empty for a source."""

    def lay_out(self, folder: str) -> None:
        """Make the folder that a student hands in who wrote this program."""
        os.mkdir(folder)
        _, ending = os.path.splitext(self.path)
        name = self.exercise + ("" if self.interpreter else ending)
        shutil.copyfile(self.path, os.path.join(folder, name))
        if self.interpreter:
            os.chmod(os.path.join(folder, name), 0o755)
        if self.recipe:
            with open(os.path.join(folder, "Makefile"), "w", encoding="utf-8") as file:
                file.write(f"{self.exercise}: {name}\n\t{self.recipe}\n")

    @property
    def absent(self) -> str:
        """The compiler or interpreter that it needs and this machine does not have; else empty."""
        words = [word for word in self.recipe.split() if "=" not in word]
        of_source = ["cc"] if self.path.endswith(".c") else []
        needed = (
            ["make", words[0]] if words else [self.interpreter] if self.interpreter else of_source
        )
        return next((program for program in needed if shutil.which(program) is None), "")


def right_programs(folder: ExerciseFolder) -> list[RightProgram]:
    """Return the right programs of an exercise: its model solutions, then those in `right`."""
    programs = [
        RightProgram(folder.id, path, f"{_SOLUTION}, {path.rpartition('.')[2]}")
        for path in folder.solutions
    ]
    home = os.path.join(folder.path, FOLDER)
    for name in sorted(os.listdir(home)) if os.path.isdir(home) else ():
        path = os.path.join(home, name)
        head = (
            read_beginning(path, _HEADING_BYTES).decode(errors="replace")
            if os.path.isfile(path)
            else ""
        )
        first, _, _ = head.partition("\n")
        interpreter = os.path.basename(first.split()[-1]) if first.startswith("#!") else ""
        said = _HEADING.findall(head)
        lacks = ", ".join(words for key, words in said if key == "lacks")
        for words, _, recipe in (words.partition(" | ") for key, words in said if key == "right"):
            found = RightProgram(
                folder.id, path, words, recipe, tuple(lacks.split(", ")), interpreter
            )
            programs.append(found)
    return programs


class AuditedProgram(Record):
    """What a right program got on this machine."""

    program: RightProgram
    refused: str = ""
    """Why it lost points; empty if it lost none."""
    lack: str = ""
    """What this machine does not have for it; then nothing is said of it."""


def audit(
    programs: Sequence[RightProgram],
    catalogue: ExerciseCatalogue,
    sandbox: Sandbox,
    judge_all: Callable[[ClassRun, Sequence[Submission]], object],
) -> list[AuditedProgram]:
    """Judge programs as a class is judged.

    Raises SimpshError: an exercise cannot be loaded. OSError: no process or directory can be made.
    """
    hidden = tuple({os.path.dirname(catalogue.folder(name).path) for name in catalogue.ids})
    tasks: dict[str, Task] = {}
    for name in dict.fromkeys(program.exercise for program in programs):
        exercise = catalogue.find(name)
        tasks[name] = ExerciseTask(exercise, catalogue.folder(name), name, 0, Assignment())
        if exercise.behaviours:
            # Those of `right` are whole shells; a model solution is asked what the exercise asks.
            tasks[f"{name} {FOLDER}"] = ShellTask(Assignment(), name, ExaminationOptions())
    with own_directory("simpsh-audit-") as place:
        handed_in: dict[str, RightProgram] = {}
        for number, program in enumerate(programs):
            if not program.absent:
                name = f"{number:03} {os.path.basename(program.path)}"
                program.lay_out(os.path.join(place, name))
                handed_in[name] = program

        def assignment_of(submission: Submission) -> ClassAssignment:
            program = handed_in[submission.name]
            whole = tasks.get(f"{program.exercise} {FOLDER}")
            is_solution = program.style.startswith(_SOLUTION)
            task = whole if whole is not None and not is_solution else tasks[program.exercise]
            return ClassAssignment(task, sandbox, (*hidden, place))

        run = ClassRun(assignment_of, os.path.join(place, "results"), again=True)
        judge_all(run, [Submission(name, os.path.join(place, name)) for name in handed_in])
    results = {handed_in[result.name]: result for result in run.results}
    failures = {handed_in[name]: words for name, words in run.failed.items()}
    return [
        _audited(program, results.get(program), failures.get(program, "")) for program in programs
    ]


def _audited(program: RightProgram, result: Result | None, failure: str) -> AuditedProgram:
    if program.absent:
        return AuditedProgram(program, lack=f"{program.absent} is not installed")
    if result is None:
        return AuditedProgram(program, refused=failure or "it has no result")
    if omitted := next((mark.omitted for mark in result.marks if mark.omitted), ""):
        return AuditedProgram(program, lack=omitted)
    if result.problem.startswith(NOT_BUILT):
        # What is known to be right and is not built: its compiler lacks something.
        return AuditedProgram(program, lack=result.problem)
    lost = {
        f"{mark.id}.{check.key}": check.instead
        for mark, check in result.graded
        if not check.is_passed and not {mark.id, f"{mark.id}.{check.key}"} & {*program.lacks}
    }
    words = "; ".join(f"{key}: {one_line(reason)}" for key, reason in lost.items())
    if not lost and not program.lacks:
        words = remark(result)
    return AuditedProgram(program, refused=words)


def audit_lines(audited: Sequence[AuditedProgram]) -> Iterator[str]:
    """Yield the audit's table, and what it comes to."""
    width = max((len(each.program.exercise) for each in audited), default=0)
    for each in audited:
        sign, words = ("–", each.lack) if each.lack else ("✗", each.refused)
        sign = sign if words else "✓"
        row = f" {sign} {each.program.exercise:<{width}}  {each.program.style}"
        yield f"{row}: {words}" if words else row
    refused = sum(bool(each.refused) for each in audited)
    lacking = sum(bool(each.lack) for each in audited)
    yield ""
    words = f"{counted(len(audited), 'right program')}: {len(audited) - refused - lacking} get "
    words += f"full marks, {refused} would be refused"
    yield f"{words}, {lacking} cannot be tried on this machine" if lacking else words
