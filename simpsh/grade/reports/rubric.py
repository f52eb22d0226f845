"""A rubric: which checks are asked, and the points of each.

    title = "Lab 3: a shell with jobs"

    [points]
    run = 10              # ten points, shared out among its checks as usual
    "run.waits" = 5       # one check by itself
    fg = 8

A name is that of a behaviour of a shell, of one of its checks, or of a check of an exercise. What
has no name there is not asked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from simpsh.base.errors import UsageProblem
from simpsh.base.outside_json import BadData, number_of, read_toml
from simpsh.base.phrases import escaped
from simpsh.base.record import Record, changed
from simpsh.grade.reports.grade_marks import Mark

_KNOWN = ("title", "points")


class Rubric(Record):
    """Which checks are asked, and their points."""

    title: str = ""
    weights: Mapping[str, float] | None = None
    """By name; None for everything at its usual points."""

    def asks(self, name: str) -> bool:
        """Return whether a behaviour, or a check of it, is asked."""
        return self.weights is None or any(
            weight.partition(".")[0] == name for weight in self.weights
        )

    def points(self, checks: Sequence[tuple[str, float]]) -> list[float]:
        """Return what each check is worth.

        Args:
            checks: their names and their usual points. `run.waits` is a check of `run`.
        """
        if self.weights is None:
            return [usual for _, usual in checks]
        points = [0.0] * len(checks)
        for name, weight in self.weights.items():
            own = [place for place, (key, _) in enumerate(checks) if key == name]
            if not own:
                # The checks that have no points by themselves share what others leave.
                below = [key for key, _ in checks if key.startswith(f"{name}.")]
                alone = {key for key in below if key in self.weights}
                own = [n for n, (key, _) in enumerate(checks) if key in below and key not in alone]
                weight = max(0.0, weight - sum(self.weights[key] for key in alone))
            whole = sum(checks[place][1] for place in own)
            for place in own:
                points[place] = weight * (checks[place][1] / whole if whole else 1 / len(own))
        return points

    def weighed(self, mark: Mark) -> Mark:
        """Return the mark of an exercise or a command with the checks that are asked."""
        if self.weights is None:
            return mark
        points = self.points([(check.key, check.points) for check in mark.checks])
        asked = [
            changed(check, points=worth)
            for check, worth in zip(mark.checks, points, strict=True)
            if {check.key, check.key.partition(".")[0]} & {*self.weights}
        ]
        return changed(mark, checks=tuple(asked))


def rubric_of(path: str, names: Iterable[str], what: str) -> Rubric:
    """Read a rubric.

    Args:
        path: a TOML file; see the head of this module.
        names: what can be asked.
        what: what a name is that is none of them, and where names are told.

    Raises:
        SimpshError: the file cannot be read.
        UsageProblem: it is no TOML, or names something that cannot be asked; the message has
            the line.
    """
    try:
        document = read_toml(path)
    except BadData as problem:
        raise UsageProblem(str(problem)) from problem
    known = {*names}
    lines = _RubricLines(path)
    for name in document:
        if name not in _KNOWN:
            raise lines.problem(
                name, f"a rubric has {' and '.join(_KNOWN)}, and no {escaped(name)}"
            )
    points = document.get("points")
    if not isinstance(points, dict) or not points:
        raise UsageProblem(f"{path}: a table [points] is missing: which behaviours are asked?")
    weights: dict[str, float] = {}
    for name, value in _flat(points):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; is it {near[0]}?" if near else ""
            raise lines.problem(name, f"{escaped(name)}: {what}{hint}")
        with suppress(TypeError, ValueError, OverflowError):
            if (weight := number_of(value)) >= 0:
                weights[name] = weight
                continue
        raise lines.problem(name, f"{name} = {value!r}: points are a number, 0 or more")
    return Rubric(str(document.get("title", "")), weights)


def _flat(points: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield names and points; `run.waits` may be without quotes, which is a table in a table."""
    for name, value in points.items():
        if isinstance(value, dict) and value:
            yield from ((f"{name}.{key}", below) for key, below in value.items())
        else:
            yield name, value


class _RubricLines:
    """Finds the line of a name: TOML's reader does not tell it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def problem(self, name: str, words: str) -> UsageProblem:
        """Return what to raise about a name."""
        with open(self._path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                key = re.sub(r"[\s\"']", "", line.partition("=")[0]).strip("[]")
                if key == name:
                    return UsageProblem(f"{self._path}:{number}: {words}")
        return UsageProblem(f"{self._path}: {words}")
