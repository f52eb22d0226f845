"""`lesson check`: every lesson in a worker, each round anew, and the course as a whole.

The course as a whole: what its lessons require, and which of its claims are shown where.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module

from simpsh.course.check.check_report import (
    FAILED,
    PASSED,
    SHOWS,
    SKIPPED,
    CheckResult,
    CourseReport,
    LessonReport,
)
from simpsh.course.check.check_workers import spread
from simpsh.course.check.lesson_check import LessonCheck, RunLines
from simpsh.course.check.screen_sizes import heights
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Ask,
    Compare,
    Explore,
    Lesson,
    Predict,
    Run,
    Try,
)
from simpsh.course.lesson.lesson_validation import bare_questions
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.run import outcome_search
from simpsh.course.run.step_performance import perform_lines

_SEARCH, _LINE, _RUN = 40.0, 5.0, 1.0
"""What steps cost, against a plain run: to begin with the costly lessons."""
LOADED_ONCE = (
    "simpsh.explore.search.exploration",
    "simpsh.shell.jobs.fork_engine",
    "simpsh.shell.script_lines",
    "simpsh.shell.shell",
)
"""What nearly every demonstration needs in a process of its own, which finds it there already."""


def check_course(
    library: Library,
    ids: Sequence[str],
    *,
    rounds: int = 1,
    in_c: bool = False,
    run_lines: RunLines = perform_lines,
    hear: Callable[[LessonReport], object] = lambda _: None,
) -> CourseReport:
    """Check lessons, and with no ids the whole course: what is required, what is shown where.

    Args:
        library: where the lessons are.
        ids: which to check; empty for all.
        rounds: how often each is checked.
        in_c: check the C beside the lessons instead.
        run_lines: runs the lines of a task; see LessonCheck.
        hear: is called with each report, in the order of the lessons.
    """
    start = time.monotonic()
    report = CourseReport(rounds=rounds)
    if ids:
        lessons = [library.find(one) for one in ids]
    else:
        lessons, problems = library.all()
        report.course += [
            CheckResult("course", "every lesson loads", FAILED, one) for one in problems
        ]
    for name in LOADED_ONCE:
        import_module(name)
    glossary = library.glossary()
    work = [lesson for _ in range(rounds) for lesson in lessons]

    def check(number: int) -> LessonReport:
        lesson = work[number]
        return _check_in_c(lesson) if in_c else _check(lesson, library, glossary, run_lines)

    with spread(
        [cost_of(lesson) for lesson in work],
        check,
        lambda number: work[number].id,
        len(os.sched_getaffinity(0)),
    ) as found:
        for one in found:
            report.lessons.append(one)
            hear(one)
    if not ids and not in_c:
        report.course += requirement_faults(lessons)
        cover(report, library.claims(), library.groups())
    report.seconds = time.monotonic() - start
    return report


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


def _check(
    lesson: Lesson, library: Library, glossary: Glossary, run_lines: RunLines
) -> LessonReport:
    # A worker may have this lesson again, in another round.
    outcome_search.forget()
    faults = [*library.faults(lesson), *bare_questions(lesson)]
    return LessonCheck(lesson, heights, faults, glossary, run_lines).run()


def _check_in_c(lesson: Lesson) -> LessonReport:
    # Late: the other check needs nothing of it.
    from simpsh.course.check.c_check import CLessonCheck

    return CLessonCheck(lesson).run()


def requirement_faults(lessons: Sequence[Lesson]) -> Iterator[CheckResult]:
    """Yield what is wrong with the order of lessons: unknown ones, later ones, circles."""
    order = {lesson.id: place for place, lesson in enumerate(lessons)}
    for lesson in lessons:
        for needed in lesson.requires:
            if needed not in order:
                yield _fault(f"{lesson.id} requires {needed}", f"there is no lesson {needed}")
            elif order[needed] >= order[lesson.id]:
                problem = f"{needed} comes later in the course"
                if lesson.id in _needed_by(needed, lessons):
                    problem = f"{needed} requires {lesson.id}, too"
                yield _fault(f"{lesson.id} requires {needed}", problem)
    for lesson in lessons:
        if sum(other.id == lesson.id for other in lessons) > 1:
            yield _fault(f"the id {lesson.id} is unique", "several lessons have it")


def _needed_by(first: str, lessons: Sequence[Lesson]) -> set[str]:
    """Return all that a lesson requires, directly or through others."""
    requires = {lesson.id: lesson.requires for lesson in lessons}
    found: set[str] = set()
    todo = [first]
    while todo:
        for needed in requires.get(todo.pop(), ()):
            if needed not in found:
                found.add(needed)
                todo.append(needed)
    return found


def cover(
    report: CourseReport, claims: Mapping[str, str], groups: Mapping[str, Sequence[str]]
) -> None:
    """Say of each claim of the course where it is shown, and fault those that nowhere are."""
    report.groups = {heading: tuple(group) for heading, group in groups.items()}
    listed = {claim for group in groups.values() for claim in group}
    for claim, sentence in claims.items():
        shown = [where for one in report.lessons for where in _places(one, claim, PASSED)]
        skipped = [where for one in report.lessons for where in _places(one, claim, SKIPPED)]
        said = [one.lesson for one in report.lessons if claim in (*one.said, *one.not_shown)]
        if shown:
            verdict, how = PASSED, f"shown by {_listed(shown)}"
        elif skipped:
            verdict, how = SKIPPED, f"skipped here: {_listed(skipped)}"
        elif said and claim not in listed:
            verdict, how = SKIPPED, f"said, not shown: {_listed(said)}"
        else:
            verdict, how = FAILED, f"not shown{f': only said by {_listed(said)}' if said else ''}"
        report.coverage[claim] = how
        reason = "" if verdict == PASSED else how
        report.course.append(CheckResult("coverage", f"{claim}: {sentence}", verdict, reason))


def _listed(places: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(places))


def _places(report: LessonReport, claim: str, verdict: str) -> Iterator[str]:
    for check in report.checks:
        if check.kind in SHOWS and check.verdict == verdict and claim in check.facts:
            yield f"{report.lesson} {check.step}"


def _fault(sentence: str, reason: str) -> CheckResult:
    return CheckResult("course", sentence, FAILED, reason)
