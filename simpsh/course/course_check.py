"""`lesson check`: every lesson in a worker, each round anew, and the course as a whole."""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import TYPE_CHECKING

from simpsh.course import coverage
from simpsh.course.checking import Checking
from simpsh.course.steps import Ask, Compare, Explore, Predict, Run, Try
from simpsh.course.verdicts import FAILED, Check, CourseReport, LessonReport
from simpsh.course.workers import spread
from simpsh.process.subreaper import Subreaper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.course.lesson import Lesson
    from simpsh.course.loading import Library
    from simpsh.course.scene import Result
    from simpsh.course.steps import AnyStep

_SEARCH, _LINE, _RUN = 40.0, 5.0, 1.0
"""What steps cost, against a plain run: to begin with the costly lessons."""
_FAREWELL_SECONDS = 1.0


def check_course(
    library: Library,
    ids: Sequence[str],
    *,
    rounds: int = 1,
    hear: Callable[[LessonReport], object] = lambda _: None,
) -> CourseReport:
    """Check lessons, and with no ids the whole course: what is required, what is shown where.

    Args:
        library: where the lessons are.
        ids: which to check; empty for all.
        rounds: how often each is checked.
        hear: is called with each report, in the order of the lessons.
    """
    start = time.monotonic()
    report = CourseReport(rounds=rounds)
    if ids:
        lessons = [library.find(one) for one in ids]
    else:
        lessons, problems = library.all()
        report.course += [Check("course", "every lesson loads", FAILED, one) for one in problems]
    work = [lesson for _ in range(rounds) for lesson in lessons]
    found = spread(
        [cost_of(lesson) for lesson in work],
        lambda number: _check(work[number], library),
        lambda number: work[number].id,
        len(os.sched_getaffinity(0)),
    )
    # Whoever is left when this is interrupted becomes ours, and is ended.
    with Subreaper(deadline_seconds=_FAREWELL_SECONDS), closing(found):
        for one in found:
            report.lessons.append(one)
            hear(one)
    if not ids:
        report.course += coverage.requirement_faults(lessons)
        coverage.cover(report, library.claims(), library.groups())
    report.seconds = time.monotonic() - start
    return report


def _check(lesson: Lesson, library: Library) -> LessonReport:
    from simpsh.course import performing

    return Checking(lesson, performing, _too_large, library.faults(lesson)).run()


def _too_large(lesson: Lesson, results: Mapping[str, Result]) -> list[tuple[int, str]]:
    from simpsh.course.heights import heights

    return [
        (size.step, f"{size.rows} lines of {size.width} columns")
        for size in heights(lesson, results)
    ]


def cost_of(lesson: Lesson) -> float:
    """Guess what it costs to check a lesson, against one plain run."""
    return sum(_cost_of(step) for step in lesson.steps)


def _cost_of(step: AnyStep) -> float:
    if isinstance(step, Try):
        return _LINE * (1 + len(step.wrong))
    if isinstance(step, Compare):
        rows = len(step.variants) * (1 + sum(len(claim.wrongs) for claim in step.claims))
        return rows * (_SEARCH if isinstance(step.run, Explore) else _RUN)
    if isinstance(step, Run | Explore):
        variants = 1 + sum(len(claim.wrongs) for claim in step.claims)
        return variants * (_SEARCH if isinstance(step, Explore) else _RUN)
    return 0.1 if isinstance(step, Predict | Ask) else 0.0
