"""`lesson check`: checks lessons in worker processes, and their order."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module

from simpsh.base.errors import SimpshError
from simpsh.base.wait_status import Killed
from simpsh.course.check.check_report import FAILED, CheckResult, CourseReport, LessonReport
from simpsh.course.check.lesson_check import NATIVE_RUNS, LessonCheck
from simpsh.course.lesson.lesson import Lesson, runs_of
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import Explore, Repair
from simpsh.course.run.search_progress import report_progress, reporting_to
from simpsh.kernel.descriptors import dup2, open_file, readable
from simpsh.kernel.processes import sched_getaffinity
from simpsh.process.own_directory import own_directory
from simpsh.process.subreaper import Subreaper
from simpsh.process.worker import Channel, Worker

_MODULES = (
    *("simpsh.explore.search.exploration", "simpsh.shell.jobs.fork_engine"),
    "simpsh.shell.shell",
)
"""The modules that a search of all orders and a line of the shell need."""
_SEARCH_COST = 40.0
"""The cost of a search of all orders, relative to a plain run."""


def check_course(
    library: Library,
    ids: Sequence[str],
    *,
    on_report: Callable[[LessonReport], object] = lambda _: None,
) -> CourseReport:
    """Check lessons; without ids, check the whole course and its order.

    `on_report` receives each report, in the order of the lessons.
    """
    start = time.monotonic()
    report = CourseReport()
    if ids:
        lessons = [library.find(name) for name in ids]
    else:
        lessons, problems = library.all()
        report.course += [
            CheckResult("course", "every lesson loads", FAILED, problem) for problem in problems
        ]

    with checked(library, lessons, LessonCheck.run) as reports:
        for lesson_report in reports:
            report.lessons.append(lesson_report)
            on_report(lesson_report)
    if not ids:
        report.course += requirement_faults(lessons)
    report.seconds = time.monotonic() - start
    return report


def checked(
    library: Library,
    lessons: Sequence[Lesson],
    check: Callable[[LessonCheck], LessonReport],
    natives: int = NATIVE_RUNS,
) -> AbstractContextManager[Iterator[LessonReport]]:
    """Check lessons in worker processes; see spread()."""
    load_once()
    glossary = library.glossary()

    def work(number: int) -> LessonReport:
        start, lesson = time.monotonic(), lessons[number]
        faults = library.faults(lesson)
        report = check(LessonCheck(lesson, faults, glossary, natives))
        report.seconds = time.monotonic() - start
        return report

    # Start one worker more than there are processors: lessons with sleeps leave a processor idle.
    costs, processes = [*map(_cost_of, lessons)], len(sched_getaffinity()) + 1
    return spread(costs, work, lambda number: lessons[number].id, processes)


def load_once() -> None:
    """Import the modules that runs need before forking the processes that use them."""
    for name in _MODULES:
        import_module(name)


def _cost_of(lesson: Lesson) -> float:
    """Estimate the cost of checking a lesson, relative to a plain run, to schedule it."""
    searches = sum(len(step.every_order) for step in lesson.steps if isinstance(step, Repair))
    return _SEARCH_COST * searches + sum(
        (_SEARCH_COST if isinstance(step.demonstration, Explore) else 1.0)
        * max(1, len(step.rows))
        * (1 + sum(len(claim.wrongs) for claim in step.claims))
        for step in runs_of(lesson).values()
    )


def requirement_faults(lessons: Sequence[Lesson]) -> Iterator[CheckResult]:
    """Yield a failure for each lesson that requires a later one."""
    order = {lesson.id: index for index, lesson in enumerate(lessons)}
    for lesson in lessons:
        for needed in lesson.requires:
            if order.get(needed, -1) >= order[lesson.id]:
                sentence = f"{lesson.id} requires {needed}"
                problem = f"{needed} comes later in the course"
                yield CheckResult("course", sentence, FAILED, problem)


# Checks run in several processes; the reports are passed on in order.


_FAREWELL_SECONDS = 1.0


@contextmanager
def spread(
    tasks: Sequence[float],
    work: Callable[[int], LessonReport],
    name_of: Callable[[int], str],
    processes: int,
) -> Iterator[Iterator[LessonReport]]:
    """Start all tasks, and yield their reports in the order of the tasks.

    Report as progress how many are done, also those whose turn has not come.

    If the block is interrupted, end the remaining workers and remove their files.

    `tasks` are estimated costs: expensive ones start first. `work` performs the task with a given
    index, in one of the workers; `name_of` names its lesson if the worker dies.
    """
    waiting = sorted(range(len(tasks)), key=tasks.__getitem__)
    at_work: dict[Worker, int] = {}

    def give(worker: Worker) -> None:
        at_work[worker] = waiting.pop()
        worker.channel.send(at_work[worker])

    def begin() -> None:
        if waiting:
            own_folder = tempfile.mkdtemp(dir=folder)
            give(Worker(lambda channel: _serve(work, channel, own_folder)))

    def reports() -> Iterator[LessonReport]:
        # Reports that arrived before the reports of earlier tasks.
        early: dict[int, LessonReport] = {}
        turn = done = 0
        report_progress(f"0 of {len(tasks)}")
        for _ in range(processes):
            begin()
        while at_work:
            ready = readable(worker.channel.descriptor for worker in at_work)
            for worker, task in list(at_work.items()):
                if worker.channel.descriptor not in ready:
                    continue
                report, problem = None, ""
                try:
                    report = worker.channel.receive()
                except (SimpshError, OSError) as failure:
                    problem = f": {failure}"
                done += 1
                report_progress(f"{done} of {len(tasks)}")
                if isinstance(report, LessonReport) and waiting:
                    early[task] = report
                    give(worker)
                    continue
                del at_work[worker]
                ended = worker.end(at_once=False)
                begin()
                if not isinstance(report, LessonReport):
                    killer = ended.signal.name if isinstance(ended, Killed) else ""
                    how = f"its process was killed by {killer}" if killer else "its process ended"
                    how += problem
                    sentence = "the lesson is checked to its end"
                    check = CheckResult("lesson", sentence, FAILED, how)
                    report = LessonReport(name_of(task), checks=[check])
                early[task] = report
            while turn in early:
                yield early.pop(turn)
                turn += 1

    with own_directory("simpsh-check-") as folder, Subreaper(deadline_seconds=_FAREWELL_SECONDS):
        try:
            yield reports()
        finally:
            for worker in at_work:
                worker.end(at_once=True)


def _serve(work: Callable[[int], LessonReport], channel: Channel, folder: str) -> None:
    """Run as a worker: receive the numbers of tasks, and send a report for each."""
    nothing = open_file(os.devnull, os.O_RDWR)
    dup2(nothing, 0)
    dup2(nothing, 1)
    for path in (os.path.dirname(folder), folder):  # guarded demonstrations may run as another user
        os.chmod(path, 0o711)
    tempfile.tempdir = folder
    os.environ["TMPDIR"] = folder
    # Each demonstration is forked from here. A collection in it would touch, and so copy, the pages
    # of all loaded modules.
    gc.freeze()
    with reporting_to(lambda _: None):
        while isinstance(task := channel.receive(), int):
            channel.send(work(task))
