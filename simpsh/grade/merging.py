"""`simpsh grade merge`: the results of several machines, or of a job array, become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.grade.results import Result


def merged(results: Sequence[Result]) -> list[Result]:
    """Return one result for each submission, by name.

    Raises:
        UsageProblem: there is none; or they are of different tasks; or two of one submission say
            different things.
    """
    if not results:
        raise UsageProblem("grade merge: there are no results")
    tasks = sorted({result.task for result in results})
    if len(tasks) > 1:
        raise UsageProblem(f"grade merge: these are results of different tasks: {', '.join(tasks)}")
    found: dict[str, Result] = {}
    for result in results:
        other = found.setdefault(result.name, result)
        if other.key != result.key or other.points != result.points:
            raise UsageProblem(
                f"grade merge: {result.name} has two results that differ; remove one of them"
            )
    return [found[name] for name in sorted(found)]


def part_of(count: int, part: str) -> range:
    """Return which of so many submissions are those of one part.

    Args:
        count: how many there are.
        part: K/N: the Kth of N parts.

    Raises:
        UsageProblem: it is no such thing.

    >>> list(part_of(7, "2/3"))
    [1, 4]
    """
    first, slash, second = part.partition("/")
    if not (slash and first.isdigit() and second.isdigit() and 1 <= int(first) <= int(second)):
        raise UsageProblem(f"grade: --part {part}: it is K/N, the Kth of N parts, from 1/N on")
    return range(int(first) - 1, count, int(second))
