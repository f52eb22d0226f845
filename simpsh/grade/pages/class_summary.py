"""A class in numbers: how many have which points, and which mistakes are frequent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from simpsh.base.record import Record
from simpsh.grade.reports.class_results import Result
from simpsh.grade.reports.grade_marks import GradedCheck, Mark, number

_MOST_SINGLE = 20
"""Up to so many points, each number of points is a bar of its own."""
_BARS = 10


class PointsBar(Record):
    """How many submissions have so many points."""

    label: str
    """`3`, or `3 to 5`."""
    count: int


class Mistake(Record):
    """Something that several submissions have in common."""

    asked: str
    """What should have been the case, or what happened in place of everything."""
    instead: str
    """What was the case most often; empty if `asked` says it."""
    names: tuple[str, ...]
    """Who made it."""


def points_bars(results: Sequence[Result]) -> list[PointsBar]:
    """Return how the points are distributed, from none to full marks."""
    most = max(result.of for result in results)
    points = [min(number(result.points), most) for result in results]
    if most <= _MOST_SINGLE and all(one == int(one) for one in (*points, most)):
        counts = Counter(int(one) for one in points)
        return [PointsBar(str(one), counts[one]) for one in range(int(most) + 1)]
    # Full marks are a bar of their own: with others in it, it would tell nothing.
    width = most / _BARS or 1.0
    filled = Counter(int(one / width) for one in points)
    bars = [
        PointsBar(f"{number(place * width)} to {number((place + 1) * width)}", filled[place])
        for place in range(_BARS)
    ]
    return [*bars, PointsBar(str(number(most)), filled[_BARS])]


def median_points(results: Sequence[Result]) -> float:
    """Return the points that half of the submissions have at least."""
    points = sorted(result.points for result in results)
    middle = len(points) // 2
    return points[middle] if len(points) % 2 else (points[middle - 1] + points[middle]) / 2


def frequent_mistakes(results: Sequence[Result], most: int) -> list[Mistake]:
    """Return what failed, the most frequent first; of what failed together, only the cause.

    Args:
        results: of one class.
        most: how many at most.
    """
    names: dict[str, list[str]] = {}
    instead: dict[str, Counter[str]] = {}
    for result in results:
        for asked, words in dict(_mistakes(result)).items():
            names.setdefault(asked, []).append(result.name)
            instead.setdefault(asked, Counter())[words] += 1
    found = [
        Mistake(asked, instead[asked].most_common(1)[0][0], tuple(who))
        for asked, who in names.items()
    ]
    # What was asked later depends on what was asked before: the order of the checks stays.
    return sorted(found, key=lambda one: -len(one.names))[:most]


def _mistakes(result: Result) -> Iterator[tuple[str, str]]:
    if result.problem:
        # No check says more than this.
        problem = result.problem.removeprefix(f"{result.name}: ")
        yield problem.partition(": ")[0], problem
        return
    for mark in result.marks:
        if mark.disqualified:
            yield "another program did the work", mark.disqualified
            continue
        if mark.decisive:
            first = mark.decisive.splitlines()[0]
            yield first.partition(": ")[0], first
        # Of several behaviours, each is named.
        before = f"{mark.id}: " if len(result.marks) > 1 else ""
        yield from ((f"{before}{check.sentence}", check.instead) for check in _failed(mark))


def _failed(mark: Mark) -> list[GradedCheck]:
    return [check for check in mark.checks if not check.is_passed and not check.is_open]
