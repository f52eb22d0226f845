"""`simpsh grade FOLDER`: from submissions, or the export of a course system, to marks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError, UsageProblem, naming
from simpsh.base.file_store import check_folder, make_private, read_own, write_whole
from simpsh.base.patience import patience
from simpsh.base.record import changed
from simpsh.cli.option_parser import Subcommand, number, one_of, option, subcommand_of
from simpsh.grade.assignments.assignment import Assignment
from simpsh.grade.assignments.assignment_file import assignment_path, read_assignment
from simpsh.grade.classes.class_judge import ClassAssignment, ClassRun
from simpsh.grade.classes.class_tasks import CommandTask, ExerciseTask, ShellTask, Task
from simpsh.grade.classes.submissions import Submission
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exports.opened_class import OpenedClass, open_class
from simpsh.grade.exports.published_marks import publish
from simpsh.grade.reports.class_results import FORMATS, Result, class_report, stored
from simpsh.grade.sandbox.namespace_sandbox import best_sandbox
from simpsh.grade.sandbox.sandbox import SubmissionLimits
from simpsh.grade.shells.question_lot import HIGHEST_SEED, NO_SEED, new_seed
from simpsh.grade.shells.shell_examination import ExaminationOptions, require_known
from simpsh.kernel.processes import sched_getaffinity
from simpsh.process.machine_permits import missing, require_descriptors

_SECONDS_OF_SHELL = 600
_BETWEEN_SECONDS = 15.0
"""The interval of lines of progress if standard error is not a terminal."""
_SEED, _SUBMISSIONS, _PUBLISHED = "seed", "submissions", "published"
"""Entries of the results: the seed of the questions, the files of an export, and the marks for the
course system and for students."""
FULL, OTHER_USER, NONE = "full", "user", "none"
"""How much of the machine a submission must be kept apart from."""
_AFRESH = "-o DIR judges each again, and marks.csv shows the differences"
_LEFT = {
    "one": "simpsh grade FILE, or --only NAME FOLDER",
    "merge": "judge the class on one machine; simpsh grade continues where it was",
    "--shell": "--assignment shell",
    "--program": "program = NAME in the assignment file",
    "--path": "--exercise DIR/exercises/ID",
    "--part": "judge the class on one machine; simpsh grade continues where it was",
    "--again": _AFRESH,
    "--accept": _AFRESH,
    "--rejudge": _AFRESH,
    "--unconfined": "--sandbox none",
    "--in-container": "--sandbox user",
    "--table": "simpsh grade … >FILE",
    "--report": "read RESULTS/published/index.html, which is always written",
    "-j": "taskset(1) chooses the processors",
    "--quiet": "simpsh grade … 2>/dev/null",
    "-q": "simpsh grade … 2>/dev/null",
    **{f"--{name}": "[limits] in the assignment file" for name in SubmissionLimits.names()},
}
"""Words of release 1.0; see Subcommand.left."""


class GradeCommand(Subcommand):
    """Judge a class."""

    name = "grade"
    usage = ("WHAT [option …] SUBMISSIONS", "SUBCOMMAND …")
    example = "simpsh grade --exercise make-zombie submissions/"
    about = (
        "Judges each submission in a folder, a zip, or an export of Moodle or Canvas, in a "
        "sandbox. WHAT is --assignment, --exercise or --check."
    )
    notes = "RESULTS/published has marks and pages. The status is 1 if a result is missing."
    operand_counts, missing = (1, 1), "where are the submissions? Name a folder"
    children: ClassVar = {
        "shell": lambda: subcommand_of("grade_shell"),
        "try": lambda: subcommand_of("grade_try"),
        "assignment": lambda: subcommand_of("grade_assignment"),
    }
    left = _LEFT

    assignment: str = option(
        "--assignment FILE", "an assignment file, or the name of a shipped one", ""
    )
    exercise: str = option("--exercise ID", "an exercise of the course, or your own folder", "")
    check: str = option("--check COMMAND", "passed if COMMAND ends with status 0", "")
    roster: str = option("--roster FILE", "Moodle's worksheet, Canvas's gradebook, or a CSV", "")
    seed: int = option(
        "--seed N",
        "the variant of the exercise; the lines typed at a shell",
        NO_SEED,
        number(0, HIGHEST_SEED),
    )
    only: str = option("--only NAME", "judge this submission only", "")
    results: str = option("-o DIR", "keep the results there (results)", "results")
    form: str = option(
        "--format FORM", f"of the report: {', '.join(FORMATS)}", "text", one_of(FORMATS)
    )
    sandbox: str = option(
        "--sandbox WORD",
        "less isolation: user, in a container; none, unconfined",
        FULL,
        one_of((FULL, OTHER_USER, NONE)),
    )

    def run(self) -> int:
        """Judge the submissions without a result, and report; return the exit status."""
        if sum(map(bool, (self.exercise, self.check, self.assignment))) != 1:
            raise self.misuse("name one task: --assignment FILE, --exercise ID, --check COMMAND")
        if refusal := missing("ptrace"):
            raise SimpshError(f"grade: {refusal}")
        assignment = read_assignment(self.assignment) if self.assignment else Assignment()
        assignment = changed(
            assignment,
            exercise=self.exercise or assignment.exercise,
            check=self.check or assignment.check,
        )
        folder = os.path.abspath(self.results)
        # Another user could have written the results that are kept.
        check_folder(folder)
        opened = open_class(self.operand, os.path.join(folder, _SUBMISSIONS), self.roster)
        given = [each for each in opened.submissions if self.only in ("", each.name)]
        if not given:
            raise UsageProblem(f"grade: {self.only}: there is no such submission")
        above = os.path.dirname(given[0].path)
        if above in (folder, os.path.dirname(folder)) and os.path.isdir(self.operand):
            raise self.misuse(f"{self.results} is among the submissions; name another folder")
        if any(f"{folder}/".startswith(f"{each.path}/") for each in given):
            raise self.misuse(f"{self.results}: results inside a submission; use -o")
        for submission in given:
            # Judging must not replace a result of another version.
            stored(folder, submission.name)
        require_descriptors()
        task, hidden = self._task(assignment)
        limits = _limits(assignment, task)
        make_private(folder)
        unseen = tuple(dict.fromkeys((folder, above, os.path.abspath(self.operand), *hidden)))
        sandbox = best_sandbox(
            limits,
            tuple(path for path in unseen if os.path.isdir(path)),
            may_be_weak=self.sandbox == NONE,
            is_in_container=self.sandbox == OTHER_USER,
            is_for_check=bool(assignment.check),
        )
        run = ClassRun(ClassAssignment(task, sandbox, unseen), folder)
        _judge(run, given)
        for name, reason in run.failed.items():
            console.complain(f"grade: {name}: not judged: {reason}; judge it again")
        for change in run.replaced:
            console.warn([f"grade: judged again: {change}"])
        if run.results:
            self._report(opened, sorted(run.results, key=lambda result: result.name), folder)
        return 1 if run.failed else 0

    def _report(self, opened: OpenedClass, results: Sequence[Result], folder: str) -> None:
        class_list = opened.class_list if opened.system else None
        console.put(class_report(results, self.form, class_list), "")
        if self.only:
            return
        console.warn(f"grade: {note}" for note in opened.notes)
        names, notes = publish(opened, results, os.path.join(folder, _PUBLISHED))
        console.warn(f"grade: {note}" for note in notes)
        where = os.path.join(self.results, _PUBLISHED)
        console.warn([f"grade: published in {where}: {', '.join(names)}"])

    def _task(self, assignment: Assignment) -> tuple[Task, list[str]]:
        """Return the task, and the folders with solutions."""
        word = self.assignment
        above = os.path.dirname(os.path.abspath(assignment_path(word))) if word else os.getcwd()
        own = os.path.join(above, assignment.exercise) if "/" in assignment.exercise else ""
        course = (os.path.dirname(os.path.dirname(os.path.normpath(own))),) if own else ()
        shelf = ExerciseCatalogue(course)
        hidden = sorted({os.path.dirname(shelf.folder(name).path) for name in shelf.ids})
        hidden += [above] if word else []
        if assignment.exercise:
            exercise = shelf.find(os.path.basename(os.path.normpath(assignment.exercise)))
            folder = shelf.folder(exercise.id)
            return ExerciseTask(exercise, folder, max(self.seed, 0), assignment, word), hidden
        if assignment.check:
            return CommandTask(assignment.check, assignment.title), hidden
        require_known(word, assignment)
        how = ExaminationOptions(seed=self._seed_of_class())
        return ShellTask(assignment, how), hidden

    def _seed_of_class(self) -> int:
        """Return the given seed, or the class's, which is drawn once and stored with the results.

        A class that is interrupted continues with the same questions, and no student knows them.
        """
        if self.seed != NO_SEED:
            return self.seed
        path = os.path.join(os.path.abspath(self.results), _SEED)
        make_private(os.path.dirname(path))
        with naming(path):
            try:
                known = read_own(path).decode(errors="replace").strip()
            except FileNotFoundError:
                seed = new_seed()
                write_whole(path, f"{seed}\n", 0o600)
                return seed
        if not known.isdigit() or int(known) > HIGHEST_SEED:
            raise SimpshError(f"grade: {path}: no seed is in it; remove it")
        return int(known)


def _limits(assignment: Assignment, task: Task) -> SubmissionLimits:
    """Return the limits of one submission: the assignment's, or the usual ones."""
    usual = SubmissionLimits()
    seconds = int(patience() * (_SECONDS_OF_SHELL if task.is_shell else usual.seconds))
    given = {name.replace("-", "_"): value for name, value in assignment.limits.items()}
    return changed(usual, **{"seconds": seconds, **given})


def _judge(run: ClassRun, given: Sequence[Submission]) -> None:
    """Judge submissions, and print the progress on standard error."""
    progress = console.ProgressLine(plain_seconds=_BETWEEN_SECONDS)

    def report() -> None:
        show_progress(progress, len(given), run.results, len(run.failed))

    report()
    try:
        run.run(given, len(sched_getaffinity()), report)
    finally:
        progress.clear()


def show_progress(
    progress: console.ProgressLine, count: int, results: Sequence[Result], failed: int
) -> None:
    """Show how many submissions of a class are done, with or without a result."""
    done, less = len(results) + failed, sum(result.points < result.of for result in results)
    words = f"grade: {done} of {count} done, {count - done} left; {less} without full marks"
    progress.show(f"{words}, {failed} not judged" if failed else words)
