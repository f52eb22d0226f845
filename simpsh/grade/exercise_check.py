"""`lesson check --exercises`: starts fail, solutions pass, wrong ones fail by their own mistake."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import closing
from typing import TYPE_CHECKING

from simpsh.course.verdicts import FAILED, PASSED, SKIPPED, Check, CourseReport, LessonReport
from simpsh.course.workers import spread
from simpsh.grade.building import program_of
from simpsh.grade.exercise import PROGRAM
from simpsh.grade.judging import judge
from simpsh.process.subreaper import Subreaper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.grade.exercise import Exercise
    from simpsh.grade.exercise_shelf import Folder, Shelf
    from simpsh.grade.judging import Judgement

_FAREWELL_SECONDS = 1.0
_SEEDS = (0, 1)


def check_exercises(
    shelf: Shelf, ids: Sequence[str], hear: Callable[[LessonReport], object]
) -> CourseReport:
    """Check exercises; all of them if none is named.

    Args:
        shelf: where they are.
        ids: which.
        hear: is called with each report, in their order.
    """
    start = time.monotonic()
    report = CourseReport(rounds=1)
    if ids:
        exercises = [shelf.find(one) for one in ids]
    else:
        exercises, problems = shelf.all()
        report.course += [Check("course", "every exercise loads", FAILED, one) for one in problems]
    found = spread(
        [float(len(one.trials) if not callable(one.trials) else 1) for one in exercises],
        lambda number: _checked(exercises[number], shelf.folder(exercises[number].id)),
        lambda number: exercises[number].id,
        len(os.sched_getaffinity(0)),
    )
    with Subreaper(deadline_seconds=_FAREWELL_SECONDS), closing(found):
        for one in found:
            report.lessons.append(one)
            hear(one)
    report.seconds = time.monotonic() - start
    return report


def _checked(exercise: Exercise, folder: Folder) -> LessonReport:
    start = time.monotonic()
    report = LessonReport(exercise.id, exercise.title)
    add = report.checks.append
    for end in ("py", "c"):
        add(_start(exercise, folder, end))
        add(_solution(exercise, folder, end))
    for path in folder.wrong:
        add(_wrong(exercise, path))
    if folder.solutions and len(folder.wrong) < 4:
        add(_fails("four wrong solutions", f"there are {len(folder.wrong)}"))
    if folder.solutions and not exercise.behaviours:
        report.checks += _cheats(exercise, folder)
    report.checks += _texts(exercise, folder)
    report.seconds = time.monotonic() - start
    return report


def _fails(sentence: str, reason: str) -> Check:
    return Check("exercise", sentence, FAILED, reason)


def _tried(
    sentence: str, exercise: Exercise, path: str, complaint: Callable[[Judgement], str]
) -> Check:
    """Judge a program; the complaint about what came of it is empty if it is as it should be."""
    try:
        argv = program_of(path)
        found = [judge(exercise, argv, seed) for seed in _SEEDS[: 2 if _varies(exercise) else 1]]
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is this exercise's
        return _fails(sentence, f"{type(problem).__name__}: {problem}")
    for one in found:
        if one.omitted:
            return Check("exercise", sentence, SKIPPED, one.omitted)
        if words := _not_run(one) or complaint(one):
            return _fails(sentence, words)
    return Check("exercise", sentence, PASSED, why=tuple(_messages(found[0])))


def _not_run(found: Judgement) -> str:
    """Say why a program was not executed at all: then it proves nothing."""
    problems = (one.problem for one in found.runs)
    return next((one for one in problems if one.startswith(f"{PROGRAM}: ")), "")


def _varies(exercise: Exercise) -> bool:
    return callable(exercise.trials)


def _messages(found: Judgement) -> list[str]:
    return [f"{check.key}: {check.instead}" for check in found.checks if not check.is_passed]


def _start(exercise: Exercise, folder: Folder, end: str) -> Check:
    path = os.path.join(folder.path, f"start.{end}")
    return _tried(
        f"start.{end} fails",
        exercise,
        path,
        lambda found: "it passes" if found.is_full else "",
    )


def _solution(exercise: Exercise, folder: Folder, end: str) -> Check:
    sentence = f"solution.{end} passes"
    path = folder.file(f"solution.{end}")
    if not path:
        return Check("exercise", sentence, SKIPPED, "installed without solutions")
    return _tried(sentence, exercise, path, lambda found: "; ".join(_messages(found)))


def _wrong(exercise: Exercise, path: str) -> Check:
    name = os.path.basename(path)
    with open(path, encoding="utf-8") as file:
        key = file.readline().strip(" #/*\n").removeprefix("fails:").strip()

    def complaint(found: Judgement) -> str:
        failed = [check.key for check in found.checks if not check.is_passed]
        if key in failed:
            return ""
        return f"it fails {', '.join(failed) or 'nothing'}, and not {key}"

    return _tried(f"wrong/{name} fails {key}", exercise, path, complaint)


def _cheats(exercise: Exercise, folder: Folder) -> list[Check]:
    """Try to pass by printing what the solution prints."""
    found = judge(exercise, program_of(folder.solutions[0]))
    printed = found.runs[0].output if found.runs else ""
    checks = []
    for name, code in (
        ("printing", f"print({printed!r}, end='')"),
        (
            "printing and forking",
            f"import os\nfor _ in range(2):\n    if os.fork() == 0:\n        os._exit(0)\n"
            f"print({printed!r}, end='')",
        ),
    ):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "cheat.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(code + "\n")
            checks.append(
                _tried(
                    f"{name} the expected words fails",
                    exercise,
                    path,
                    lambda found: "it passes" if found.is_full else "",
                )
            )
    return checks


def _texts(exercise: Exercise, folder: Folder) -> list[Check]:
    found = []
    if not folder.file("task.md"):
        found.append(_fails("task.md is there", "it is missing"))
    if len(exercise.hints) < 3:
        found.append(_fails("there are three hints or more", f"there are {len(exercise.hints)}"))
    return found
