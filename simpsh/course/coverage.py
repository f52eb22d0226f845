"""The course as a whole: what its lessons require, and which of its claims are shown where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.verdicts import FAILED, PASSED, SHOWS, SKIPPED, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simpsh.course.lesson import Lesson
    from simpsh.course.verdicts import CourseReport, LessonReport


def requirement_faults(lessons: Sequence[Lesson]) -> Iterator[Check]:
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
        report.course.append(Check("coverage", f"{claim}: {sentence}", verdict, reason))


def _listed(places: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(places))


def _places(report: LessonReport, claim: str, verdict: str) -> Iterator[str]:
    for check in report.checks:
        if check.kind in SHOWS and check.verdict == verdict and claim in check.facts:
            yield f"{report.lesson} {check.step}"


def _fault(sentence: str, reason: str) -> Check:
    return Check("course", sentence, FAILED, reason)
