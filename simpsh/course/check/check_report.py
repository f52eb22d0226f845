"""The results of a check, and the report of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from simpsh.base.phrases import counted
from simpsh.base.record import Mutable, Record, fresh

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class CheckResult(Record):
    """The result of one check."""

    kind: str
    """claim, variant (a wrong one), row (of a comparison), question, answer, try, line (a wrong
    one), repair, run, show, text, lesson; of the course as a whole: course."""
    sentence: str
    verdict: str
    """passed, failed or skipped."""
    reason: str = ""
    step: int = 0
    """The number of the step, from 1; 0 for the lesson as a whole."""
    where: str = ""
    """The id of the run; empty if the step has none."""
    why: tuple[str, ...] = ()
    """The evidence, line by line, for `check --why`."""


class LessonReport(Mutable):
    """All results for one lesson."""

    lesson: str
    title: str = ""
    checks: list[CheckResult] = fresh(list)
    seconds: float = 0.0
    page: str = ""

    def of(self, verdict: str) -> Sequence[CheckResult]:
        """Return the checks with a verdict."""
        return [check for check in self.checks if check.verdict == verdict]

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return not self.of(FAILED)


class CourseReport(Mutable):
    """The results of a check of several lessons or of the whole course."""

    lessons: list[LessonReport] = fresh(list)
    course: list[CheckResult] = fresh(list)
    """Checks of the whole course."""
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return all(report.is_good for report in self.lessons) and not any(
            check.verdict == FAILED for check in self.course
        )


_MARKS = {PASSED: "✓", FAILED: "✗", SKIPPED: "–"}


def lesson_lines(report: LessonReport, *, with_why: bool) -> Iterator[str]:
    """Yield the output for one lesson: one line, and one for each failure and skip."""
    passed, skipped = len(report.of(PASSED)), len(report.of(SKIPPED))
    word = "FAIL" if not report.is_good else "skip" if skipped and not passed else "ok  "
    parts = [counted(passed, "check")] + [f"{skipped} skipped"] * bool(skipped)
    yield f"{word}  {report.lesson:28}{', '.join(parts)}, {report.seconds:.1f} s"
    for check in report.checks:
        if check.verdict == FAILED:
            yield f"      FAILED {_step_label(check)}{check.sentence.rstrip('.')}: {check.reason}"
        elif check.verdict == SKIPPED:
            yield f"      SKIPPED {_step_label(check)}{check.sentence.rstrip('.')} ({check.reason})"
        elif with_why:
            yield f"      {_MARKS[PASSED]} {_step_label(check)}{check.sentence}"
        if with_why:
            yield from (f"          {line}" for line in check.why)


def _step_label(check: CheckResult) -> str:
    if not check.step:
        return ""
    return f"step {check.step}{f' ({check.where})' if check.where else ''}: "


def course_lines(report: CourseReport) -> Iterator[str]:
    """Yield the output for the course as a whole, after its lessons."""
    for check in report.course:
        if check.verdict == FAILED:
            yield f"FAILED {check.sentence.rstrip('.')}: {check.reason}"
    checks = [*report.course, *(check for lesson in report.lessons for check in lesson.checks)]
    counts = Counter(check.verdict for check in checks)
    yield (
        f"{counted(len(report.lessons), 'lesson')}: {counts[PASSED]} checks passed, "
        f"{counts[FAILED]} failed, {counts[SKIPPED]} skipped, {report.seconds:.1f} s"
    )
