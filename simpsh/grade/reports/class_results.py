"""The results of a class: each stored in its own file, merged, and reported.

Results of several machines, or of a job array, become one list. The list is reported as a table for
people, as CSV or JSON, or in the form of Gradescope.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from simpsh.base.errors import SimpshError, UsageProblem, naming
from simpsh.base.file_store import write_whole
from simpsh.base.outside_json import expecting, fields_of, number_of, read_own_json, record_of
from simpsh.base.phrases import counted, escaped, printable, shorten, spreadsheet_cell
from simpsh.base.record import Record, changed
from simpsh.grade.reports.grade_marks import HIDDEN, GradedCheck, Mark, number
from simpsh.grade.reports.roster import ClassList, Student

FORM = 7
_ENDING = ".json"
_LONGEST_NAME = 200


class Result(Record):
    """The marks of a submission, and their reasons."""

    name: str
    key: str
    """A hash of content, task and limits. A result with the same key is kept."""
    task: str
    """The title of the task; all results of a class have this title."""
    marks: tuple[Mark, ...]
    problem: str = ""
    """The reason why judging stopped early, as a sentence."""
    remarks: tuple[str, ...] = ()
    """A sentence for each of its files that was left out."""
    feedback: str = ""
    not_isolated: tuple[str, ...] = ()
    """Parts of the machine that were not isolated from it; see Sandbox.missing."""
    seconds: float = 0.0
    recording: str = ""
    """The recording of the run that explains the marks best; empty for none."""
    program: str = ""
    """The file that was judged, with the submission's name; empty if there was none."""
    judged_by: str = ""
    """The versions of simpsh, of the kernel and of Python."""
    withheld: tuple[float, float] = (0.0, 0.0)
    """The points, got and possible, of checks that for_student() removed from `marks`."""

    @property
    def points(self) -> float:
        """How many points it got."""
        return self.withheld[0] + sum(mark.points for mark in self.marks)

    @property
    def of(self) -> float:
        """How many points there are."""
        return self.withheld[1] + sum(mark.of for mark in self.marks)

    @property
    def graded(self) -> list[tuple[Mark, GradedCheck]]:
        """Each check, with the mark that it belongs to."""
        return [(mark, check) for mark in self.marks for check in mark.checks]


class OtherVersion(SimpshError):
    """A result has the form of another version of simpsh, and is not to be replaced."""


def for_student(result: Result, *, keeps_hidden: bool = False) -> Result:
    """Return a result for its student: all points, but not all checks and reasons.

    Hidden checks are removed, unless the receiver hides them itself, as Gradescope does.
    """
    marks: list[Mark] = []
    is_limited = False
    for mark in result.marks:
        visible = tuple(check for check in mark.checks if check.visibility != HIDDEN)
        is_limited |= visible != mark.checks
        checks = mark.checks if keeps_hidden else visible
        if checks != mark.checks:
            mark = changed(mark, checks=checks, picture="", decisive="", look_at="")
        if checks:
            marks.append(mark)
    if not is_limited:
        return result
    limited = changed(result, marks=tuple(marks), feedback="", recording="")
    return changed(limited, withheld=(result.points - limited.points, result.of - limited.of))


def path_of(folder: str, name: str) -> str:
    """Return the path of a submission's result, a different one for each name."""
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return os.path.join(folder, name + _ENDING)
    return os.path.join(folder, hashlib.sha256(os.fsencode(name)).hexdigest() + _ENDING)


def remove(folder: str, name: str) -> None:
    """Remove the stored result of a submission, if any: it may belong to other contents.

    Raises SimpshError.
    """
    path = path_of(folder, name)
    with naming(path), suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        os.unlink(path)


def save(result: Result, folder: str) -> None:
    """Write a result into a folder, atomically; raises SimpshError."""
    value = {"form": FORM, **_value_of(result)}
    text = json.dumps(value, ensure_ascii=True, indent=1, default=fields_of) + "\n"
    # No other user may read results, least of all a submission. A link that another user may have
    # put there must not choose the file that is replaced.
    path = path_of(folder, result.name)
    write_whole(path, text, 0o600, follows=False)


def _value_of(result: Result) -> dict[str, object]:
    fields = {name: getattr(result, name) for name in Result._fields if name != "withheld"}
    return fields | {"points": number(result.points), "of": number(result.of)}


def load(path: str) -> Result:
    """Read a result; raise SimpshError if it cannot be read, or is not a valid result.

    Raises NotTrusted: another user may have written it. OtherVersion: it is not to be replaced.
    """
    with expecting(f"{path}: this is not a result of this simpsh's grade; remove it"):
        value = read_own_json(path)
        if number_of(value["form"]) != FORM:
            raise OtherVersion(
                f"{path}: another version of simpsh wrote this result; judge into another folder, "
                "with -o DIR"
            )
        return record_of(Result, value)


def stored(folder: str, name: str) -> Result | None:
    """Return the stored result of a submission; None if there is none, or a damaged one.

    A result that another user may have written is none. Raises OtherVersion.
    """
    try:
        return load(path_of(folder, name))
    except OtherVersion:
        raise
    except SimpshError:
        return None


def change_words(old: Result, new: Result) -> str:
    """Return which points of a submission differ between two results, with the new reasons."""
    before = {_column(*pair): pair[1] for pair in old.graded}
    words = []
    for mark, check in new.graded:
        other = before.get(_column(mark, check))
        if other is not None and other.got != check.got:
            reason = f" ({check.instead})" if check.instead else ""
            gained = f"{number(other.got)} → {number(check.got)}"
            words.append(f"{_column(mark, check)} {gained}{reason}")
    totals = " → ".join(f"{number(each.points)}/{number(each.of)}" for each in (old, new))
    problem = [new.problem or f"no longer: {old.problem}"] if new.problem != old.problem else []
    return f"{escaped(new.name)}: {totals}: {'; '.join([*problem, *words])}".rstrip(": ")


FORMATS = ("text", "csv", "json", "gradescope")
"""The forms of class_report()."""
_LONGEST_REMARK, _LONGEST_SHOWN = 100, 40


def class_report(
    results: Sequence[Result], form: str = "text", class_list: ClassList | None = None
) -> str:
    """Return results of one task in one of FORMATS, with a newline at its end.

    A class list adds the students of each submission, and the students without one. CSV has a row
    for each submission, and with a class list for each student.
    `gradescope` is the results.json of an autograder, for one submission.

    Raises UsageProblem: several submissions do not fit into the form.
    """
    if form == "gradescope" and len(results) != 1:
        raise UsageProblem(f"grade: --format {form} is for one submission: --only NAME")
    match form:
        case "csv":
            return _csv(results, class_list)
        case "json":
            values = [
                {
                    **_value_of(changed(result, recording="")),
                    "remark": with_student(result, class_list),
                }
                for result in results
            ]
            return json_text({"task": results[0].task, "submissions": values})
        case "gradescope":
            return _gradescope(results[0])
        case _:
            return "".join(f"{line}\n" for line in _table(results, class_list))


_OF_CLASS = ("id", "name", "team")


def _csv(results: Sequence[Result], class_list: ClassList | None) -> str:
    """Return the table; each column has one meaning, and an empty cell is not known.

    `state` is `judged`, `not judged` or `not handed in`; only what was judged has points. The
    columns of checks have the points that each got.
    """
    keys = list(dict.fromkeys(_column(*pair) for result in results for pair in result.graded))
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    columns = _OF_CLASS if class_list is not None else ()
    writer.writerow(("submission", "points", "of", "remark", "state", *columns, *keys))
    rows: list[list[str | float]] = []
    judged = {result.name for result in results}
    for result in results:
        got = {_column(*pair): number(pair[1].got) for pair in result.graded}
        row = [result.name, number(result.points), number(result.of), remark(result), "judged"]
        cells = [got.get(key, "") for key in keys]
        students = class_list.of(result.name) if class_list is not None else [None]
        rows += [[*row, *_columns(it), *cells] for it in students]
    if class_list is not None:
        nothing, of = [""] * len(keys), number(results[0].of)
        for lacking in (each for each in class_list.hand_ins if each not in judged):
            whose = [_columns(student) for student in class_list.of(lacking)]
            rows += [[lacking, "", of, "", "not judged", *each, *nothing] for each in whose]
        whose = [_columns(student) for student in class_list.absent()]
        rows += [["", "", of, "", "not handed in", *each, *nothing] for each in whose]
    for name, *others in rows:
        # Two names never become one: blanks in a name are kept.
        texts = (one_line(cell) if isinstance(cell, str) else cell for cell in others)
        shown = [escaped(str(name)), *texts]
        writer.writerow(spreadsheet_cell(cell) if isinstance(cell, str) else cell for cell in shown)
    return output.getvalue()


def _column(mark: Mark, check: GradedCheck) -> str:
    return f"{mark.id}.{check.key}"


def _columns(student: Student | None) -> tuple[str, ...]:
    """Return the cells of _OF_CLASS; none without a student."""
    return (student.id, student.name, student.team) if student is not None else ()


def _gradescope(result: Result) -> str:
    result = for_student(result, keeps_hidden=True)
    remarks = filter(None, (result.problem, *result.remarks))
    sentences = (f"{words[:1].upper()}{words[1:]}." for words in remarks)
    parts = (result.task, *sentences, result.feedback, not_isolated([result]))
    tests = [
        {
            "name": f"{mark.id}: {check.sentence}",
            "score": number(check.got),
            "max_score": number(check.points),
            "status": "passed" if check.is_passed else "failed",
            "output": check.instead,
            **({"visibility": check.visibility} if check.visibility else {}),
        }
        for mark, check in result.graded
        if check.points
    ]
    value = {
        "score": number(result.points),
        "output": "\n\n".join(filter(None, parts)),
        "output_format": "text",
        "execution_time": round(result.seconds),
        "tests": tests,
    }
    return json_text(value)


def _table(results: Sequence[Result], class_list: ClassList | None) -> Iterator[str]:
    names = [shorten(escaped(result.name), _LONGEST_SHOWN) for result in results]
    width = max(map(len, names))
    yield f"{results[0].task}: {counted(len(results), 'submission')}"
    yield ""
    for result, name in zip(results, names, strict=True):
        sign = "✓" if result.points == result.of and not remark(result) else "✗"
        score = f"{number(result.points)}/{number(result.of)}"
        words = shorten(one_line(with_student(result, class_list)), _LONGEST_REMARK)
        yield f" {sign} {score:>7}  {name:<{width}}  {words}".rstrip()
    yield ""
    yield summary(results)
    if words := not_isolated(results):
        yield words
    if class_list is not None and (absent := class_list.absent()):
        names = [one_line(student.name or student.id) for student in absent]
        yield f"not handed in: {', '.join(names)}"


def json_text(value: object) -> str:
    r"""Return a value as JSON, with `\udcXX` for each byte of a file name that is no text."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=fields_of) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()


def remark(result: Result) -> str:
    """Return a sentence about the lost points; empty for full marks."""
    if result.problem or result.remarks:
        return "; ".join(dict.fromkeys(filter(None, (result.problem, *result.remarks))))
    reasons = list(
        dict.fromkeys(
            check.instead for _, check in result.graded if not check.is_passed and check.points
        )
    )
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{reasons[0]}{more}" if reasons else ""


def with_student(result: Result, class_list: ClassList | None) -> str:
    """Return the remark on a result, after its students if known."""
    whose = class_list.describe(result.name) if class_list is not None else ""
    return ": ".join(filter(None, (whose, remark(result))))


def not_isolated(results: Sequence[Result]) -> str:
    """Return the parts of the machine that were not isolated, in words; empty if all were."""
    missing = sorted({word for result in results for word in result.not_isolated})
    return f"not isolated: {', '.join(missing)}" if missing else ""


def summary(results: Sequence[Result]) -> str:
    """Return how many have full marks, and the average."""
    full = sum(result.points == result.of for result in results)
    average = sum(result.points for result in results) / len(results)
    return f"{full} with full marks; {number(average)} of {number(results[0].of)} on average"


def one_line(text: str) -> str:
    """Return text on one line, with its control characters escaped."""
    return " ".join(printable(text).split())
