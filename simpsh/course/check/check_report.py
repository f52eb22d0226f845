"""What a check found: one value for each thing that was checked, and the report made of them.

The report is text for people, JSON and JUnit XML for machines.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

from simpsh.base.junit import JUnitCase, JUnitSuite, junit_of
from simpsh.base.phrases import counted
from simpsh.course.check.question_spread import QuestionShape, spread_lines
from simpsh.course.check.text_rules import LessonTexts, texts_lines

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
SHOWS = frozenset(("answer", "claim", "question", "try"))
"""The kinds of check that show a claim of the course, where they pass."""
IN_C = frozenset(("c", "c run", "c missing", "c stray", "c claim", "python", "as it is"))
"""The kinds of check of `lesson check --c`."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was checked."""

    kind: str
    """claim, variant (a wrong one), row (of a comparison), question, answer, try, line (a wrong
    one), run, screen, show, text, lesson; of the course as a whole: course, coverage. Beside
    Python: c (a demonstration), c run (one that is not compared), c missing, c stray, c claim,
    python (about Python itself), as it is (no Python)."""
    sentence: str
    """What is checked, in words."""
    verdict: str
    """passed, failed or skipped."""
    reason: str = ""
    """Why it failed or was skipped."""
    step: int = 0
    """The number of the step, from 1; 0 for the lesson as a whole."""
    where: str = ""
    """The id of the run; empty if the step has none."""
    facts: tuple[str, ...] = ()
    """The claims of the course that it shows."""
    why: tuple[str, ...] = ()
    """What was found, line by line, for `check --why`."""


@dataclass(slots=True)
class LessonReport:
    """Everything that was checked of one lesson."""

    lesson: str
    title: str = ""
    checks: list[CheckResult] = field(default_factory=list)
    said: tuple[str, ...] = ()
    """Claims of the course that only a text names."""
    not_shown: tuple[str, ...] = ()
    """Claims of the course that the lesson says it does not show."""
    questions: tuple[QuestionShape, ...] = ()
    texts: LessonTexts | None = None
    """How its texts are written; None for an exercise."""
    seconds: float = 0.0

    def count(self, kinds: Iterable[str], verdict: str = PASSED) -> int:
        """Count the checks of some kinds with a verdict."""
        wanted = frozenset(kinds)
        return sum(one.kind in wanted and one.verdict == verdict for one in self.checks)

    def of(self, verdict: str) -> Sequence[CheckResult]:
        """Return the checks with a verdict."""
        return [one for one in self.checks if one.verdict == verdict]

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return not self.of(FAILED)


@dataclass(slots=True)
class CourseReport:
    """What a check of several lessons, or of the whole course, found."""

    lessons: list[LessonReport] = field(default_factory=list)
    course: list[CheckResult] = field(default_factory=list)
    """Checks of the course as a whole: what lessons require, which claims are shown where."""
    coverage: dict[str, str] = field(default_factory=dict)
    """Of each claim of the course, where it is shown, in words; empty without a whole course."""
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The claims that are listed one by one, by heading."""
    seconds: float = 0.0
    rounds: int = 1

    @property
    def questions(self) -> list[QuestionShape]:
        """The questions of all lessons, each once in however many rounds."""
        return [question for one in self.once for question in one.questions]

    @property
    def texts(self) -> list[LessonTexts]:
        """How the texts of all lessons are written, each once."""
        return [one.texts for one in self.once if one.texts is not None]

    @property
    def once(self) -> list[LessonReport]:
        """The report of each lesson, once in however many rounds."""
        return list({one.lesson: one for one in reversed(self.lessons)}.values())[::-1]

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return all(one.is_good for one in self.lessons) and not any(
            one.verdict == FAILED for one in self.course
        )


FORMATS = ("text", "json", "junit")
SCHEMA = "simpsh.check/1"
_MARKS = {PASSED: "✓", FAILED: "✗", SKIPPED: "–"}
_WRONG = ("variant", "row", "line")


def lesson_lines(report: LessonReport, *, with_why: bool) -> Iterator[str]:
    """Yield what is printed of one lesson: one line, and one for each failure and skip."""
    yield _summary(report)
    for check in report.checks:
        if check.verdict == FAILED:
            yield f"      FAILED {_place(check)}{check.sentence.rstrip('.')}: {check.reason}"
        elif check.verdict == SKIPPED:
            yield f"      SKIPPED {_place(check)}{check.sentence.rstrip('.')} ({check.reason})"
        elif with_why:
            yield f"      {_MARKS[PASSED]} {_place(check)}{check.sentence}"
        if with_why:
            yield from (f"          {line}" for line in check.why)


def _summary(report: LessonReport) -> str:
    shown = report.count((*SHOWS, *IN_C))
    word = "FAIL" if not report.is_good else "ok  " if shown or not report.of(SKIPPED) else "skip"
    parts = list(_counts(report))
    skipped = len(report.of(SKIPPED))
    if skipped:
        parts.append(f"{skipped} skipped")
    return f"{word}  {report.lesson:28}{', '.join(parts)}, {report.seconds:.1f} s"


def _counts(report: LessonReport) -> Iterator[str]:
    programs = report.count(("exercise",))
    if any(one.kind in IN_C for one in report.checks):
        yield f"{counted(report.count(('c',)), 'demonstration')} the same in C"
        yield f"{counted(report.count(('c claim',)), 'claim')} true of it"
        if not_compared := report.count(("c run",)):
            yield f"{not_compared} run and not compared"
        if about_python := report.count(("python",)):
            yield f"{about_python} about Python"
    elif programs or not report.checks:
        yield f"{counted(programs, 'program')} judged as it should be"
    else:
        yield counted(report.count(("claim", "try")), "claim")
        yield f"{counted(report.count(_WRONG), 'wrong variant')} refused"
        yield counted(report.count(("question", "answer")), "question")


def _place(check: CheckResult) -> str:
    if not check.step:
        return ""
    return f"step {check.step}{f' ({check.where})' if check.where else ''}: "


def course_lines(report: CourseReport) -> Iterator[str]:
    """Yield what is printed of the course as a whole, after its lessons."""
    for check in report.course:
        # What is not covered is listed below, by id.
        if check.verdict == FAILED and check.kind != "coverage":
            yield f"FAILED {check.sentence.rstrip('.')}: {check.reason}"
    for heading, claims in report.groups.items():
        yield f"{heading}:"
        for claim in claims:
            yield f"  {_mark(report.coverage[claim])} {claim:30} {report.coverage[claim]}"
    others = {
        claim: how
        for claim, how in report.coverage.items()
        if not how.startswith("shown") and not any(claim in one for one in report.groups.values())
    }
    if others:
        yield "further claims that are not shown:"
    for claim, how in others.items():
        yield f"  {_mark(how)} {claim:30} {how}"
    if report.coverage:
        shown = sum(how.startswith("shown") for how in report.coverage.values())
        yield f"{shown} of {len(report.coverage)} claims of the course are shown"
    yield from spread_lines(report.questions)
    yield from texts_lines(report.texts)
    yield from _lines_on_c(report.once)
    yield _conclusion(report)


def _lines_on_c(reports: Sequence[LessonReport]) -> Iterator[str]:
    """Yield how many demonstrations are in C as well, and which lessons lack some."""
    kinds = Counter(check.kind for one in reports for check in one.checks)
    in_c, about_python = kinds["c"] + kinds["c run"], kinds["python"]
    missing = kinds["c missing"]
    if not in_c + about_python + missing:
        return
    lack = [one.lesson for one in reports if any(each.kind == "c missing" for each in one.checks)]
    if lack:
        yield f"lessons without all of their C: {', '.join(lack)}"
    yield (
        f"demonstrations in C: {in_c} of {in_c + about_python + missing}; "
        f"about Python itself: {about_python}; missing: {missing}"
    )


def _mark(how: str) -> str:
    return "✓" if how.startswith("shown") else "✗" if how.startswith("not") else "–"


def _conclusion(report: CourseReport) -> str:
    checks = [*report.course, *(one for lesson in report.lessons for one in lesson.checks)]
    counts = {word: sum(one.verdict == word for one in checks) for word in _MARKS}
    rounds = f" in {report.rounds} rounds" if report.rounds > 1 else ""
    lessons = len({one.lesson for one in report.lessons})
    return (
        f"{counted(lessons, 'lesson')}{rounds}: {counts[PASSED]} checks passed, "
        f"{counts[FAILED]} failed, {counts[SKIPPED]} skipped, {report.seconds:.1f} s"
    )


def as_text(report: CourseReport, *, with_why: bool) -> str:
    """Return the whole report as it is printed."""
    lines = [line for one in report.lessons for line in lesson_lines(one, with_why=with_why)]
    return "\n".join([*lines, *course_lines(report)]) + "\n"


def as_json(report: CourseReport) -> str:
    """Return the report as JSON of schema simpsh.check/1.

    An object: schema, passed (a truth value), seconds, rounds, lessons, course, claims, questions
    (each with options, 0 for a free answer; right, the place of the right one from 0, or null; and
    has_hint). A lesson has id, title, passed, seconds and checks; a check has kind, sentence,
    verdict (passed, failed or skipped), reason, step (from 1; 0 for the lesson), where, claims
    (ids) and why (lines).
    """
    found = {
        "schema": SCHEMA,
        "passed": report.is_good,
        "seconds": round(report.seconds, 3),
        "rounds": report.rounds,
        "lessons": [
            {
                "id": one.lesson,
                "title": one.title,
                "passed": one.is_good,
                "seconds": round(one.seconds, 3),
                "checks": [_as_object(check) for check in one.checks],
            }
            for one in report.lessons
        ],
        "course": [_as_object(check) for check in report.course],
        "claims": report.coverage,
        "questions": [asdict(one) for one in report.questions],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _as_object(check: CheckResult) -> dict[str, object]:
    found = asdict(check)
    found["claims"] = found.pop("facts")
    return found


def as_junit(report: CourseReport) -> str:
    """Return the report as JUnit XML: a suite for each lesson, a case for each check."""
    suites = [_suite(one.lesson, one.checks, one.seconds) for one in report.lessons]
    if report.course:
        suites.append(_suite("course", report.course, 0.0))
    return junit_of(suites, "simpsh lesson check", report.seconds)


def _suite(name: str, checks: Sequence[CheckResult], seconds: float) -> JUnitSuite:
    cases = [
        JUnitCase(
            f"{name}.{check.kind}",
            f"{_place(check)}{check.sentence}",
            failure=check.reason if check.verdict == FAILED else None,
            details="\n".join(check.why),
            skipped=check.reason if check.verdict == SKIPPED else None,
        )
        for check in checks
    ]
    return JUnitSuite(name, cases, seconds)


def as_form(report: CourseReport, form: str, *, with_why: bool) -> str:
    """Return the report in one of FORMATS."""
    if form == "json":
        return as_json(report)
    return as_junit(report) if form == "junit" else as_text(report, with_why=with_why)
