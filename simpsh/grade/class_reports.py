"""The results of a class as a table for people, and in the forms that other programs read."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from simpsh.errors import UsageProblem
from simpsh.grade.reports import details_of, number, printable
from simpsh.grade.results import mark_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.grade.results import Result

FORMATS = ("text", "csv", "json", "junit", "gradescope")
"""What class_report() knows."""
_LONGEST_REMARK = 100


def class_report(results: Sequence[Result], form: str = "text") -> str:
    """Return results in one of FORMATS, with a newline at its end.

    Args:
        results: at least one, all of the same task.
        form: text: a table; csv; json; junit: JUnit XML, a suite for each submission; gradescope:
            the results.json of an autograder, for one submission.

    Raises:
        UsageProblem: several submissions do not fit into the form.
    """
    match form:
        case "csv":
            return _csv(results)
        case "json":
            return _json({"task": results[0].task, "submissions": [_value(r) for r in results]})
        case "junit":
            return _junit(results)
        case "gradescope":
            if len(results) != 1:
                raise UsageProblem("grade: --format gradescope is for one submission: grade one")
            return _json(gradescope(results[0]))
        case _:
            return _text(results)


def gradescope(result: Result) -> dict[str, object]:
    """Return what Gradescope reads of a submission; see its autograder specification."""
    said = [f"{one[:1].upper()}{one[1:]}." for one in (result.problem, *result.remarks) if one]
    return {
        "score": number(result.points),
        "output": "\n\n".join(filter(None, (result.task, *said, result.feedback))),
        "output_format": "text",
        "execution_time": round(result.seconds),
        "tests": [
            {
                "name": f"{mark.id}: {check.sentence}",
                "score": number(check.points if check.is_passed else 0),
                "max_score": number(check.points),
                "status": "passed" if check.is_passed else "failed",
                "output": "" if check.is_passed else check.instead,
            }
            for mark in result.marks
            for check in mark.checks
        ],
    }


def remark(result: Result) -> str:
    """Say in one sentence what kept a submission from full marks; empty if nothing did."""
    if result.problem or result.remarks:
        return "; ".join(dict.fromkeys(filter(None, (result.problem, *result.remarks))))
    for mark in result.marks:
        if mark.omitted:
            return f"not tried: {mark.omitted}"
    failed = [check for mark in result.marks for check in mark.checks if not check.is_passed]
    said = list(dict.fromkeys(check.instead for check in failed))
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return f"{said[0]}{more}" if said else ""


def _text(results: Sequence[Result]) -> str:
    width = max(len(one_line(result.name)) for result in results)
    count = f"{len(results)} submission{'s' if len(results) > 1 else ''}"
    lines = [f"{results[0].task}: {count}", ""]
    for result in results:
        sign = "✓" if result.points == result.of and not remark(result) else "–"
        score = f"{number(result.points)}/{number(result.of)}"
        words = one_line(remark(result))
        if len(words) > _LONGEST_REMARK:
            words = f"{words[: _LONGEST_REMARK - 1]}…"
        lines.append(f" {sign} {score:>7}  {one_line(result.name):<{width}}  {words}".rstrip())
    lines += ["", _sum(results)]
    missing = sorted({word for result in results for word in result.missing})
    if missing:
        lines.append(f"not isolated: {', '.join(missing)}")
    return "\n".join(lines) + "\n"


def _sum(results: Sequence[Result]) -> str:
    tried = [result for result in results if not any(mark.omitted for mark in result.marks)]
    if not tried:
        return "none was tried"
    full = sum(result.points == result.of for result in tried)
    average = sum(result.points for result in tried) / len(tried)
    words = f"{full} with full marks; {number(average)} of {number(tried[0].of)} on average"
    left = len(results) - len(tried)
    return f"{words}; {left} not tried" if left else words


def one_line(text: str) -> str:
    r"""Return text on one line, without what a terminal would obey.

    >>> one_line("two\nlines")
    'two lines'
    """
    return " ".join(printable(text).split())


def _csv(results: Sequence[Result]) -> str:
    keys = [f"{mark.id}.{check.key}" for mark in results[0].marks for check in mark.checks]
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(("submission", "points", "of", "remark", *keys))
    for result in results:
        got = [
            number(check.points if check.is_passed else 0)
            for mark in result.marks
            for check in mark.checks
        ]
        row = (_cell(one_line(result.name)), number(result.points), number(result.of))
        writer.writerow((*row, _cell(one_line(remark(result))), *got))
    return output.getvalue()


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> _cell("=1+1"), _cell("alice")
    ("'=1+1", 'alice')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _value(result: Result) -> dict[str, object]:
    return {
        "name": result.name,
        "points": number(result.points),
        "of": number(result.of),
        "remark": remark(result),
        "not_isolated": list(result.missing),
        "seconds": round(result.seconds, 2),
        "marks": [mark_value(mark) for mark in result.marks],
    }


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2) + "\n"
    # File names may be no text at all.
    return text.encode("utf-8", "replace").decode()


def _junit(results: Sequence[Result]) -> str:
    suites = ElementTree.Element("testsuites", name=printable(results[0].task))
    for result in results:
        checks = [(mark, check) for mark in result.marks for check in mark.checks]
        failed = sum(not check.is_passed for _, check in checks)
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=printable(result.name),
            tests=str(len(checks)),
            failures=str(failed),
            time=str(round(result.seconds, 2)),
        )
        for mark, check in checks:
            name = printable(check.sentence)
            case = ElementTree.SubElement(suite, "testcase", classname=mark.id, name=name)
            if mark.omitted:
                ElementTree.SubElement(case, "skipped", message=printable(mark.omitted))
            elif not check.is_passed:
                words = one_line(check.instead)
                failure = ElementTree.SubElement(case, "failure", message=words)
                failure.text = printable("\n".join(details_of(mark)))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
