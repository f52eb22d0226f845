"""Marks as text for people, and in the forms that graders and test runners read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.grade.marks import Mark

FORMATS = ("text", "json", "junit", "gradescope")
"""What report() knows."""


def report(title: str, marks: Sequence[Mark], form: str = "text") -> str:
    """Return marks in one of FORMATS, with a newline at its end.

    Args:
        title: what was judged.
        marks: what it got.
        form: text; json; junit: JUnit XML; gradescope: the results.json of an autograder.
    """
    match form:
        case "json":
            return _json({"title": title, **totals(marks), "marks": [value_of(m) for m in marks]})
        case "junit":
            return _junit(title, marks)
        case "gradescope":
            return _json(_gradescope(title, marks))
        case _:
            return text_of(title, marks)


def totals(marks: Sequence[Mark]) -> dict[str, object]:
    """Return the sum of the points, and how many there are."""
    return {
        "points": number(sum(mark.points for mark in marks)),
        "of": number(sum(mark.of for mark in marks)),
    }


def number(points: float) -> float | int:
    """Return points without a fraction that is none.

    >>> number(3.0), number(2.504)
    (3, 2.5)
    """
    rounded = round(points, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def value_of(mark: Mark) -> dict[str, object]:
    """Return a mark as JSON holds it."""
    found: dict[str, object] = {
        "id": mark.id,
        "title": mark.title,
        "points": number(mark.points),
        "of": number(mark.of),
        "checks": [
            {
                "asked": check.sentence,
                "points": number(check.points),
                "passed": check.is_passed,
                "instead": check.instead,
            }
            for check in mark.checks
        ],
    }
    for name in ("look_at", "picture", "omitted"):
        if value := getattr(mark, name):
            found[name] = value
    return found


def text_of(title: str, marks: Sequence[Mark]) -> str:
    """Return marks as people read them: what failed with what was the case, and the picture."""
    lines = [title, ""]
    width = max((len(mark.id) for mark in marks), default=0)
    for mark in marks:
        sign = "✓" if mark.is_full else "–"
        score = f"{number(mark.points)}/{number(mark.of)}"
        lines.append(f" {sign} {score:>7}  {mark.id:<{width}}  {mark.title}")
    for mark in marks:
        if not mark.is_full:
            lines += ["", *details_of(mark)]
    total = totals(marks)
    lines += ["", f"{total['points']} of {total['of']} points"]
    return "\n".join(lines) + "\n"


def details_of(mark: Mark) -> list[str]:
    """Return what was asked, what was the case, and where to look, line by line."""
    lines = [f"{mark.id}: {mark.title}"]
    if mark.omitted:
        return [*lines, f"  not tried: {mark.omitted}"]
    for check in mark.checks:
        if check.is_passed:
            lines.append(f"  ✓ {check.sentence}")
        else:
            lines += [f"  – {check.sentence}", f"    instead: {check.instead}"]
    if mark.look_at:
        lines.append(f"  look at: {mark.look_at}")
    if mark.picture:
        lines += ["", *(f"  {line}".rstrip() for line in mark.picture.splitlines())]
    return lines


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _gradescope(title: str, marks: Sequence[Mark]) -> dict[str, object]:
    return {
        "score": totals(marks)["points"],
        "output": title,
        "tests": [
            {
                "name": f"{mark.id}: {mark.title}",
                "score": number(mark.points),
                "max_score": number(mark.of),
                "status": "passed" if mark.is_full else "failed",
                "output": "\n".join(details_of(mark)),
            }
            for mark in marks
        ],
    }


def _junit(title: str, marks: Sequence[Mark]) -> str:
    failed = sum(not mark.is_full and not mark.omitted for mark in marks)
    suite = ElementTree.Element(
        "testsuite", name=title, tests=str(len(marks)), failures=str(failed)
    )
    for mark in marks:
        case = ElementTree.SubElement(suite, "testcase", classname=title, name=mark.id)
        if mark.omitted:
            ElementTree.SubElement(case, "skipped", message=printable(mark.omitted))
        elif not mark.is_full:
            words = next(check.instead for check in mark.checks if not check.is_passed)
            failure = ElementTree.SubElement(case, "failure", message=printable(words))
            failure.text = printable("\n".join(details_of(mark)))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def printable(text: str) -> str:
    """Return text without what XML cannot hold: a program may have printed anything."""
    return "".join(
        c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text
    )
