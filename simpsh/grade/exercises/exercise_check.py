"""`lesson check --exercises`: starts fail, solutions pass, printing the expected words fails."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

from simpsh.course.check.check_report import (
    FAILED,
    PASSED,
    SKIPPED,
    CheckResult,
    CourseReport,
    LessonReport,
)
from simpsh.course.check.course_check import spread
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.grade.exercises.exercise import PROGRAM, Exercise
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue, ExerciseFolder
from simpsh.grade.exercises.exercise_judge import Judgement, NotTried, judge, trials_of
from simpsh.grade.exercises.solution_marks import SIGNS
from simpsh.grade.sandbox.program_build import program_of
from simpsh.kernel.processes import sched_getaffinity
from simpsh.process.own_directory import own_directory

_SEEDS = (0, 1)
_FORKS = "import os\nfor _ in range(2):\n    if os.fork() == 0:\n        os._exit(0)\n"


def check_exercises(
    catalogue: ExerciseCatalogue, ids: Sequence[str], on_report: Callable[[LessonReport], object]
) -> CourseReport:
    """Check the exercises `ids`, or all if `ids` is empty; pass each report to `on_report`."""
    start = time.monotonic()
    report = CourseReport(kind="exercise")
    if ids:
        exercises = [catalogue.find(name) for name in ids]
    else:
        exercises, problems = catalogue.all()
        report.course += [
            CheckResult("course", "every exercise loads", FAILED, problem) for problem in problems
        ]

    def report_of(number: int) -> LessonReport:
        exercise, begin = exercises[number], time.monotonic()
        checks = list(_checks(exercise, catalogue.folder(exercise.id)))
        seconds = time.monotonic() - begin
        return LessonReport(exercise.id, exercise.title, checks, seconds=seconds)

    processes = 2 * len(sched_getaffinity())  # much of the time is spent waiting
    with spread([one.id for one in exercises], report_of, processes) as reports:
        for each in reports:
            report.lessons.append(each)
            on_report(each)
    report.seconds = time.monotonic() - start
    return report


def _checks(exercise: Exercise, folder: ExerciseFolder) -> Iterator[CheckResult]:
    starts, solutions = folder.starts, folder.solutions
    for end in SIGNS:
        if end not in starts:
            yield _fails(f"there is a start in {end}", "there is neither start nor solution")
            continue
        yield _try(exercise, f"start.{end} fails", end, starts[end], is_right=False)
        sentence = f"solution.{end} passes"
        if end not in solutions:
            yield CheckResult("exercise", sentence, SKIPPED, "installed without solutions")
            continue
        yield _try(exercise, sentence, end, solutions[end], is_right=True)
    if solutions and not exercise.behaviours:
        # A program that only prints the solution's output must fail.
        end, source = next(iter(solutions.items()))
        with own_directory("simpsh-solution-") as directory:
            first = trials_of(exercise)[0].asks[0].key
            judgement = judge(exercise, _built(end, source, directory), only=first)
        printed = judgement.runs[0].output if judgement.runs else ""
        for name, code in {"printing": "", "printing and forking": _FORKS}.items():
            sentence = f"{name} the expected words fails"
            source = f"{code}print({printed!r}, end='')\n"
            yield _try(exercise, sentence, "py", source, is_right=False)
    if not folder.file("task.md"):
        yield _fails("task.md is there", "it is missing")
    if (hints := len(exercise.hints)) < 3:
        yield _fails("there are three hints or more", f"there are {hints}")


def _built(end: str, source: str, directory: str) -> tuple[str, ...]:
    """Return the command line of a program that has no file, or a file with marks."""
    path = os.path.join(directory, f"program.{end}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    return program_of(path)


def _try(
    exercise: Exercise, sentence: str, end: str, source: str, *, is_right: bool
) -> CheckResult:
    """Judge a right or a wrong program; a right one must pass with each seed."""
    seeds = _SEEDS if is_right and callable(exercise.trials) else _SEEDS[:1]
    with own_directory("simpsh-program-") as directory:
        try:
            argv = _built(end, source, directory)
            judgements = [judge(exercise, argv, seed) for seed in seeds]
        except (NotObservable, NotTried) as lack:  # such as a compiler
            return CheckResult("exercise", sentence, SKIPPED, str(lack))
        except Exception as problem:  # noqa: BLE001 - any error is a fault of this exercise
            return _fails(sentence, f"{type(problem).__name__}: {problem}")
    for judgement in judgements:
        # A program that was not executed at all proves nothing.
        not_run = (run.broken[PROGRAM] for run in judgement.runs if PROGRAM in run.broken)
        words = "; ".join(_losses(judgement)) if is_right else ""
        words = "it passes" if judgement.is_full and not is_right else words
        if words := next(not_run, words):
            return _fails(sentence, words)
    return CheckResult("exercise", sentence, PASSED, why=tuple(_losses(judgements[0])))


def _losses(judgement: Judgement) -> list[str]:
    return [f"{check.key}: {check.instead}" for check in judgement.checks if not check.is_passed]


def _fails(sentence: str, reason: str) -> CheckResult:
    return CheckResult("exercise", sentence, FAILED, reason)
