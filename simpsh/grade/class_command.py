"""`simpsh grade SUBMISSIONS`, `grade one SUBMISSION` and `grade merge RESULTS`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError, UsageProblem
from simpsh.grade.class_options import USAGE, Wishes, parse
from simpsh.grade.class_reports import class_report
from simpsh.grade.class_run import ClassRun, make_private
from simpsh.grade.confining import best_cage
from simpsh.grade.exercise_shelf import Shelf
from simpsh.grade.judging_one import Assignment
from simpsh.grade.limits import Limits
from simpsh.grade.merging import merged, part_of
from simpsh.grade.results import load_all
from simpsh.grade.submissions import Submission, submissions_in
from simpsh.grade.writing import write_whole
from simpsh.kernel.descriptors import write_all
from simpsh.trace.tracing import why_not

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.grade.results import Result
    from simpsh.grade.tasks import Task


def main(words: Sequence[str]) -> int:
    """Do what the words after `grade` say, and return the exit status.

    Raises:
        SimpshError: a file is missing, or nothing can be judged here.
        UsageProblem: the words make no sense.
    """
    if list(words) in (["--help"], ["-h"]):
        write_all(1, USAGE.encode())
        return 0
    wishes = parse(words)
    if wishes.what == "merge":
        _report(merged(load_all(wishes.operands)), wishes)
        return 0
    [place] = wishes.operands
    given = _one(place) if wishes.what == "one" else submissions_in(place)
    if wishes.part:
        given = [given[number] for number in part_of(len(given), wishes.part)]
    return _judge(given, wishes)


def _one(place: str) -> list[Submission]:
    path = os.path.abspath(place)
    if not os.path.exists(path):
        raise SimpshError(f"grade one: {place}: there is no such file or folder")
    return [Submission(os.path.basename(path), os.path.realpath(path))]


def _judge(given: Sequence[Submission], wishes: Wishes) -> int:
    folder = os.path.abspath(wishes.results)
    if any(folder == one.path or folder.startswith(f"{one.path}/") for one in given):
        raise UsageProblem(f"grade: {wishes.results}: results inside a submission; use -o")
    if given and os.path.dirname(given[0].path) == os.path.dirname(folder) and wishes.what != "one":
        raise UsageProblem(f"grade: {wishes.results} lies among the submissions; use -o elsewhere")
    task, hidden = _task(wishes)
    if refusal := why_not():
        raise SimpshError(f"grade: {refusal}")
    limits = Limits(wishes.seconds, wishes.memory, wishes.file_size, wishes.processes)
    make_private(folder)
    others = {os.path.dirname(one.path) for one in given}
    unseen = tuple(dict.fromkeys((folder, *others, *hidden)))
    assignment = Assignment(task, best_cage(limits, unseen), unseen)
    results: list[Result] = []
    teller = _Teller(len(given))

    def hear(result: Result) -> None:
        results.append(result)
        teller.tell(result)

    run = ClassRun(assignment, folder, hear)
    try:
        run.run(given, wishes.at_once, again=wishes.again)
    finally:
        teller.clear()
    for name, reason in run.failed.items():
        sys.stderr.write(f"simpsh: grade: {name}: {reason}; run it again\n")
    if results:
        _report(merged(results), wishes)
    return 1 if run.failed else 0


def _task(wishes: Wishes) -> tuple[Task, list[str]]:
    """Return what is asked, and the folders in which solutions lie."""
    # Late: of these, each run needs one.
    from simpsh.grade import tasks
    from simpsh.grade.examining import BEHAVIOURS
    from simpsh.grade.rubric import Rubric, read_rubric

    shelf = Shelf(tuple(map(os.path.abspath, wishes.paths)))
    hidden = sorted({os.path.dirname(shelf.folder(name).path) for name in shelf.ids})
    if wishes.exercise:
        exercise = shelf.find(wishes.exercise)
        folder = shelf.folder(exercise.id)
        return tasks.ExerciseTask(exercise, folder, wishes.program, wishes.seed), hidden
    if wishes.check:
        return tasks.CommandTask(wishes.check), hidden
    rubric = read_rubric(wishes.rubric, BEHAVIOURS) if wishes.rubric else Rubric()
    return tasks.ShellTask(rubric, wishes.program, wishes.prompt), hidden


def _report(results: Sequence[Result], wishes: Wishes) -> None:
    text = class_report(results, wishes.form)
    if wishes.table:
        write_whole(wishes.table, text)
    else:
        write_all(1, text.encode())


class _Teller:
    """Says at a terminal how far it is."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0
        self._shows = sys.stderr.isatty()

    def tell(self, result: Result) -> None:
        """Say that one more is judged."""
        self._done += 1
        if self._shows:
            write_all(2, f"\r\x1b[K{self._done}/{self._count} {result.name!a}".encode())

    def clear(self) -> None:
        """Leave the line empty."""
        if self._shows:
            write_all(2, b"\r\x1b[K")
