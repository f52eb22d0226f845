"""The result of one submission, in a file of its own: written whole, read again to merge."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.grade.marks import Check, Mark
from simpsh.grade.reports import value_of
from simpsh.grade.writing import write_whole
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

FORM = 1
_ENDING = ".json"
_LONGEST_NAME = 200


class Result(Record):
    """What a submission got."""

    name: str
    key: str
    """What was judged by what: content, task, version; only the same is not judged again."""
    task: str
    """What all results that belong together were asked, in a word or two."""
    marks: tuple[Mark, ...]
    problem: str = ""
    """Why it was not judged to its end, in a sentence."""
    remarks: tuple[str, ...] = ()
    """What it did that was out of proportion, in sentences."""
    feedback: str = ""
    """What its author is told."""
    missing: tuple[str, ...] = ()
    """What was not kept apart from it; see grade.cage."""
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """How many points it got."""
        return sum(mark.points for mark in self.marks)

    @property
    def of(self) -> float:
        """How many points there are."""
        return sum(mark.of for mark in self.marks)


def path_of(folder: str, name: str) -> str:
    """Return the file of a submission's result; two names never have the same."""
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return os.path.join(folder, name + _ENDING)
    return os.path.join(folder, hashlib.sha256(os.fsencode(name)).hexdigest() + _ENDING)


def mark_value(mark: Mark) -> dict[str, object]:
    """Return a mark as JSON holds it, with the keys of its checks."""
    found = value_of(mark)
    checks = [
        {
            "key": check.key,
            "asked": check.sentence,
            "points": check.points,
            "passed": check.is_passed,
            "instead": check.instead,
        }
        for check in mark.checks
    ]
    return found | {"checks": checks}


def mark_from(value: object) -> Mark:
    """Return the mark that JSON holds.

    Raises:
        KeyError, TypeError, ValueError: it holds none.
    """
    if not isinstance(value, dict):
        raise TypeError("no mark")
    checks = [
        Check(
            str(one["asked"]),
            float(one["points"]),
            one["passed"] is True,
            str(one["instead"]),
            str(one["key"]),
        )
        for one in value["checks"]
    ]
    texts = {name: str(value.get(name, "")) for name in ("look_at", "picture", "omitted")}
    return Mark(str(value["id"]), str(value["title"]), tuple(checks), **texts)


def save(result: Result, folder: str) -> None:
    """Write a result into a folder, whole or not at all; raises SimpshError."""
    value = {
        "form": FORM,
        "name": result.name,
        "key": result.key,
        "task": result.task,
        "points": result.points,
        "of": result.of,
        "problem": result.problem,
        "remarks": list(result.remarks),
        "not_isolated": list(result.missing),
        "seconds": round(result.seconds, 2),
        "marks": [mark_value(mark) for mark in result.marks],
        "feedback": result.feedback,
    }
    text = json.dumps(value, ensure_ascii=True, indent=1) + "\n"
    # Others' results are nobody's business, a submission's least of all.
    write_whole(path_of(folder, result.name), text, 0o600)


def load(path: str) -> Result:
    """Read a result.

    Raises:
        SimpshError: it cannot be read, or is no result of this form.
    """
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
        if value["form"] == FORM:
            return _result_from(value)
    except OSError as error:
        raise SimpshError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # said below, as of a result of another form
    raise SimpshError(f"{path}: this is no result of this simpsh's grade; remove it")


def _result_from(value: dict[str, list[object]]) -> Result:
    texts = {name: str(value[name]) for name in ("name", "key", "task", "problem", "feedback")}
    return Result(
        **texts,
        marks=tuple(mark_from(one) for one in value["marks"]),
        remarks=tuple(map(str, value["remarks"])),
        missing=tuple(map(str, value["not_isolated"])),
        seconds=float(str(value["seconds"])),
    )


def load_all(folders: Sequence[str]) -> list[Result]:
    """Read all results in some folders, or files; raises SimpshError."""
    found = []
    for folder in folders:
        if os.path.isfile(folder):
            found.append(load(folder))
            continue
        try:
            names = sorted(os.listdir(folder))
        except OSError as error:
            raise SimpshError(f"{folder}: {error.strerror}") from error
        wanted = [one for one in names if one.endswith(_ENDING) and not one.startswith(".")]
        found += [load(os.path.join(folder, one)) for one in wanted]
    return found


def earlier(folder: str, name: str, key: str) -> Result | None:
    """Return the result that a submission has already; None if it must be judged (again)."""
    try:
        found = load(path_of(folder, name))
    except SimpshError:
        return None
    return found if found.key == key else None
