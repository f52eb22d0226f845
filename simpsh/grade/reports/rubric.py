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
from collections.abc import Iterable, Mapping, Sequence
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
        """Return what checks are worth, by names and usual points; `run.waits` is one of `run`."""
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
        """Return a mark with the checks that are asked; a check worth nothing is not asked."""
        if self.weights is None:
            return mark
        points = self.points([(check.key, check.points) for check in mark.checks])
        asked = [
            changed(check, points=worth)
            for check, worth in zip(mark.checks, points, strict=True)
            if worth
        ]
        return changed(mark, checks=tuple(asked))


def rubric_of(path: str, names: Iterable[str], what: str) -> Rubric:
    """Read a rubric from a TOML file; see the head of this module.

    `names` can be asked; `what` says what another name is, and where names are told.

    Raises SimpshError: the file cannot be read. UsageProblem: it is no TOML, or names something
    else; the message has the line.
    """
    try:
        document = read_toml(path)
    except BadData as problem:
        raise UsageProblem(str(problem)) from problem
    known = {*names}

    def problem_of(name: str, words: str) -> UsageProblem:
        """Say a mistake with its line, which TOML's reader does not tell."""
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if re.sub(r"[\s\"']", "", line.partition("=")[0]).strip("[]") == name:
                    return UsageProblem(f"{path}:{number}: {words}")
        return UsageProblem(f"{path}: {words}")

    for name in document:
        if name not in _KNOWN:
            words = f"a rubric has {' and '.join(_KNOWN)}, and no {escaped(name)}"
            raise problem_of(name, words)
    points = document.get("points")
    if not isinstance(points, dict) or not points:
        raise UsageProblem(f"{path}: a table [points] is missing: which behaviours are asked?")
    flat: dict[str, object] = {}
    for name, value in points.items():
        # `run.waits` may be without quotes, which is a table in a table.
        is_table = isinstance(value, dict) and value
        flat |= (
            {f"{name}.{key}": below for key, below in value.items()} if is_table else {name: value}
        )
    weights: dict[str, float] = {}
    for name, value in flat.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; is it {near[0]}?" if near else ""
            raise problem_of(name, f"{escaped(name)}: {what}{hint}")
        with suppress(TypeError, ValueError, OverflowError):
            if (weight := number_of(value)) >= 0:
                weights[name] = weight
                continue
        raise problem_of(name, f"{name} = {value!r}: points are a number, 0 or more")
    return Rubric(str(document.get("title", "")), weights)
