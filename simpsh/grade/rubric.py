"""A rubric says what is asked, and how many points it is worth.

    title = "Lab 3: a shell with jobs"

    [points]
    run = 10              # ten points, shared out among its checks as usual
    "run.waits" = 5       # one check by itself
    fg = 8

With a rubric, what it does not name is not asked.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError, UsageProblem
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.grade.behaviour import Behaviour


class Rubric(Record):
    """Which behaviours are asked, and the points of their checks."""

    title: str = ""
    weights: Mapping[str, float] | None = None
    """By `behaviour` or `behaviour.check`; None for everything at its usual points."""

    def asks(self, behaviour: Behaviour) -> bool:
        """Tell whether a behaviour, or a check of it, is asked."""
        if self.weights is None:
            return True
        return any(name.partition(".")[0] == behaviour.id for name in self.weights)

    def points(self, behaviour: Behaviour, key: str) -> float:
        """Return what a check of a behaviour is worth."""
        usual = {name: points for name, (_, points) in behaviour.checks.items()}
        if self.weights is None:
            return usual[key]
        alone = {name: self.weights.get(f"{behaviour.id}.{name}") for name in usual}
        given = alone[key]
        if given is not None:
            return given
        whole = self.weights.get(behaviour.id, 0.0)
        rest = whole - sum(points for points in alone.values() if points is not None)
        shared = sum(points for name, points in usual.items() if alone[name] is None)
        return max(0.0, rest) * usual[key] / shared


def read_rubric(path: str, behaviours: Sequence[Behaviour]) -> Rubric:
    """Read a rubric.

    Args:
        path: a TOML file; see the head of this module.
        behaviours: what can be asked.

    Raises:
        SimpshError: the file cannot be read.
        UsageProblem: it is no TOML, or names something that cannot be asked.
    """
    try:
        with open(path, "rb") as file:
            text = tomllib.load(file)
    except OSError as error:
        raise SimpshError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path}: not TOML: {error}") from error
    points = text.get("points")
    if not isinstance(points, dict) or not points:
        raise UsageProblem(f"{path}: a table [points] is missing: which behaviours are asked?")
    known = {one.id for one in behaviours}
    known |= {f"{one.id}.{key}" for one in behaviours for key in one.checks}
    for name, value in points.items():
        if name not in known:
            raise UsageProblem(f"{path}: {name}: no such behaviour; 'grade shell --list' has them")
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise UsageProblem(f"{path}: {name} = {value!r}: points are a number, 0 or more")
    title = text.get("title", "")
    return Rubric(str(title), {name: float(value) for name, value in points.items()})
