"""`lesson check`: checks lessons in worker processes, and their order."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module

from simpsh.base.errors import SimpshError
from simpsh.base.wait_status import Killed
from simpsh.course.check.check_report import FAILED, CheckResult, CourseReport, LessonReport
from simpsh.course.check.lesson_check import NATIVE_RUNS, LessonCheck
from simpsh.course.lesson.lesson import Lesson
from simpsh.course.lesson.lesson_library import Library
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
    return spread([lesson.id for lesson in lessons], work, len(sched_getaffinity()) + 1)


def load_once() -> None:
    """Import the modules that runs need before forking the processes that use them."""
    for name in _MODULES:
        import_module(name)


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
    names: Sequence[str], work: Callable[[int], LessonReport], processes: int
) -> Iterator[Iterator[LessonReport]]:
    """Check lessons, each in a worker of its own; yield their reports in order.

    `work` checks the lesson with a given index in `names`. How many are done is reported as
    progress. If the block is interrupted, end the workers and remove their files.
    """
    waiting = [*range(len(names))]
    at_work: dict[Worker, int] = {}

    def begin() -> None:
        if waiting:
            number, own_folder = waiting.pop(0), tempfile.mkdtemp(dir=folder)
            at_work[Worker(partial(_check_apart, partial(work, number), own_folder))] = number

    def reports() -> Iterator[LessonReport]:
        # Reports that arrived before the reports of earlier lessons.
        early: dict[int, LessonReport] = {}
        turn = done = 0
        report_progress(f"0 of {len(names)}")
        for _ in range(processes):
            begin()
        while at_work:
            ready = readable(worker.channel.descriptor for worker in at_work)
            for worker, number in list(at_work.items()):
                if worker.channel.descriptor in ready:
                    del at_work[worker]
                    early[number] = _report_of(worker, names[number])
                    done += 1
                    report_progress(f"{done} of {len(names)}")
                    begin()
            while turn in early:
                yield early.pop(turn)
                turn += 1

    with own_directory("simpsh-check-") as folder, Subreaper(deadline_seconds=_FAREWELL_SECONDS):
        try:
            yield reports()
        finally:
            for worker in at_work:
                worker.end(at_once=True)


def _report_of(worker: Worker, lesson: str) -> LessonReport:
    """Return the report of a worker that has one, or has ended without it."""
    problem = ""
    try:
        report = worker.channel.receive()
    except (SimpshError, OSError) as failure:
        report, problem = None, f": {failure}"
    ended = worker.end(at_once=False)
    if isinstance(report, LessonReport):
        return report
    killer = f" was killed by {ended.signal.name}" if isinstance(ended, Killed) else " ended"
    sentence = "the lesson is checked to its end"
    check = CheckResult("lesson", sentence, FAILED, f"its process{killer}{problem}")
    return LessonReport(lesson, checks=[check])


def _check_apart(work: Callable[[], LessonReport], folder: str, channel: Channel) -> None:
    """Check in a worker, whose temporary files are in a folder of its own."""
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
        channel.send(work())
