"""What a check found, written down: text for people, JSON and JUnit XML for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simpsh.course.verdicts import FAILED, PASSED, SHOWS, SKIPPED
from simpsh.whole_files import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from simpsh.course.verdicts import Check, CourseReport, LessonReport

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
    shown = report.count(SHOWS)
    word = "FAIL" if not report.is_good else "ok  " if shown or not report.of(SKIPPED) else "skip"
    parts = [
        _counted(report.count(("claim", "try")), "claim"),
        _counted(report.count(_WRONG), "wrong variant", "refused"),
        _counted(report.count(("question", "answer")), "question"),
    ]
    programs = report.count(("exercise",))
    if programs or not report.checks:
        parts = [_counted(programs, "program", "judged as it should be")]
    skipped = len(report.of(SKIPPED))
    if skipped:
        parts.append(f"{skipped} skipped")
    return f"{word}  {report.lesson:28}{', '.join(parts)}, {report.seconds:.1f} s"


def _counted(number: int, noun: str, after: str = "") -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}{' ' + after if after else ''}"


def _place(check: Check) -> str:
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
    yield _conclusion(report)


def _mark(how: str) -> str:
    return "✓" if how.startswith("shown") else "✗" if how.startswith("not") else "–"


def _conclusion(report: CourseReport) -> str:
    checks = [*report.course, *(one for lesson in report.lessons for one in lesson.checks)]
    counts = {word: sum(one.verdict == word for one in checks) for word in _MARKS}
    rounds = f" in {report.rounds} rounds" if report.rounds > 1 else ""
    lessons = len({one.lesson for one in report.lessons})
    return (
        f"{_counted(lessons, 'lesson')}{rounds}: {counts[PASSED]} checks passed, "
        f"{counts[FAILED]} failed, {counts[SKIPPED]} skipped, {report.seconds:.1f} s"
    )


def as_text(report: CourseReport, *, with_why: bool) -> str:
    """Return the whole report as it is printed."""
    lines = [line for one in report.lessons for line in lesson_lines(one, with_why=with_why)]
    return "\n".join([*lines, *course_lines(report)]) + "\n"


def as_json(report: CourseReport) -> str:
    """Return the report as JSON of schema simpsh.check/1.

    An object: schema, passed (a truth value), seconds, rounds, lessons, course, claims. A lesson
    has id, title, passed, seconds and checks; a check has kind, sentence, verdict (passed, failed
    or skipped), reason, step (from 1; 0 for the lesson), where, claims (ids) and why (lines).
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
                "checks": [_check_as_object(check) for check in one.checks],
            }
            for one in report.lessons
        ],
        "course": [_check_as_object(check) for check in report.course],
        "claims": report.coverage,
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _check_as_object(check: Check) -> dict[str, object]:
    return {
        "kind": check.kind,
        "sentence": check.sentence,
        "verdict": check.verdict,
        "reason": check.reason,
        "step": check.step,
        "where": check.where,
        "claims": list(check.facts),
        "why": list(check.why),
    }


def as_junit(report: CourseReport) -> str:
    """Return the report as JUnit XML: a suite for each lesson, a case for each check."""
    from xml.etree import ElementTree

    root = ElementTree.Element("testsuites", name="simpsh lesson check")
    for one in report.lessons:
        _suite(root, one.lesson, one.checks, one.seconds)
    if report.course:
        _suite(root, "course", report.course, 0.0)
    for key in ("tests", "failures", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{report.seconds:.3f}")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_printable(text)}\n'


def _suite(root: Element, name: str, checks: Sequence[Check], seconds: float) -> None:
    from xml.etree.ElementTree import SubElement

    suite = SubElement(root, "testsuite", name=name, tests=str(len(checks)))
    suite.set("failures", str(sum(one.verdict == FAILED for one in checks)))
    suite.set("skipped", str(sum(one.verdict == SKIPPED for one in checks)))
    suite.set("time", f"{seconds:.3f}")
    for check in checks:
        case = SubElement(suite, "testcase", classname=f"{name}.{check.kind}")
        case.set("name", f"{_place(check)}{check.sentence}")
        if check.verdict == FAILED:
            SubElement(case, "failure", message=check.reason).text = "\n".join(check.why)
        elif check.verdict == SKIPPED:
            SubElement(case, "skipped", message=check.reason)


def _printable(text: str) -> str:
    """Return text without the characters that XML cannot hold."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")


def write(report: CourseReport, form: str, path: str, *, with_why: bool) -> None:
    """Write the report into a file, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    replace_file(path, as_form(report, form, with_why=with_why))


def as_form(report: CourseReport, form: str, *, with_why: bool) -> str:
    """Return the report in one of FORMATS."""
    if form == "json":
        return as_json(report)
    return as_junit(report) if form == "junit" else as_text(report, with_why=with_why)
