"""Which submissions are alike: worth a look, and no more than that.

Two programs for one small task resemble each other anyway. So a share is told only of programs that
are long enough, and what many of a class have in common, a passage of the lecture, does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from simpsh.base.phrases import counted, escaped, shortened
from simpsh.base.record import Record
from simpsh.grade.reports.class_results import Result

LEAST = 10
"""A program with fewer fingerprints than these is too short to be compared."""
_COMMON = 10
"""What so many submissions have, and a tenth of the class, is common to the class."""
_MOST_TOLD, _LONGEST_NAME = 20, 40


class SimilarPair(Record):
    """Two submissions that are alike."""

    first: str
    second: str
    percent: int
    """How much of the shorter program is in the other one, too."""


def similar_pairs(results: Sequence[Result], least_percent: int) -> list[SimilarPair]:
    """Return the pairs that are alike, the most alike first.

    Args:
        results: of one class.
        least_percent: how much of the shorter program must be in the other one.
    """
    usual = max(_COMMON, len(results) // 10)
    often = Counter(one for result in results for one in result.fingerprint)
    own = {
        result.name: frozenset(one for one in result.fingerprint if often[one] <= usual)
        for result in results
    }
    long_enough = [name for name in sorted(own) if len(own[name]) >= LEAST]
    found = []
    for first, second in combinations(long_enough, 2):
        shared = len(own[first] & own[second])
        percent = 100 * shared // min(len(own[first]), len(own[second]))
        if shared and percent >= least_percent:
            found.append(SimilarPair(first, second, percent))
    return sorted(found, key=lambda pair: (-pair.percent, pair.first, pair.second))


def similar_lines(pairs: Sequence[SimilarPair]) -> list[str]:
    """Return the pairs for people, a line each; of many, the most alike ones."""
    lines = [
        f"worth a look: {_shown(pair.first)} and {_shown(pair.second)} are alike: "
        f"{pair.percent} % of the shorter program"
        for pair in pairs[:_MOST_TOLD]
    ]
    if more := len(pairs) - _MOST_TOLD:
        lines += [f"and {counted(more, 'more pair')}"] if more > 0 else []
    return lines


def _shown(name: str) -> str:
    return shortened(escaped(name), _LONGEST_NAME)
