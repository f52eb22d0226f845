"""A picture that is too tall, made to fit: sleeps first, then alike rows together, then details.

Nothing is lost: the lanes go on showing what has no words of its own, and `:timeline` shows all.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

from simpsh.course.screen.grouping import grouped
from simpsh.course.screen.rows import Row
from simpsh.course.screen.text import counted
from simpsh.course.screen.wording import YOU

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.chronicle.model import Chronicle

_DETAILS = (("look",), ("pipe",), ("set",), ("delivery",), ("read",), ("session",))
_LEAST_TELLING = (("news",), ("adoption",))
_CROWDED = 10
EVERYTHING = 1000
"""As many rows as this mean that nothing is folded."""


def fitted(chronicle: Chronicle, rows: Sequence[Row], most: int) -> list[Row]:
    """Return at most `most` rows, folded as little as that allows.

    Of a process that sleeps several times only the last time is told in words, unless
    everything is wanted.
    """
    if most >= EVERYTHING:
        return with_freedom(chronicle, list(rows))
    kept = _last_sleeps(rows)
    if len(kept) > min(most, _CROWDED):
        kept = _without_passing_sleeps(chronicle, kept)
    if len(kept) > most:
        kept = grouped(chronicle, kept, most)
    for kinds in _DETAILS:
        kept = _without(kept, kinds, len(kept) - most)
    kept = _without_plain_end(_without_told_rests(kept, len(kept) - most), most)
    for kinds in _LEAST_TELLING:
        kept = _without(kept, kinds, len(kept) - most)
    if len(kept) > most:
        kept = _cut(kept, most)
    return with_freedom(chronicle, kept)


def _last_sleeps(rows: Sequence[Row]) -> list[Row]:
    last = {row.who: row for row in rows if row.kind == "sleep"}
    return [row for row in rows if row.kind != "sleep" or row is last[row.who]]


def _without_passing_sleeps(chronicle: Chronicle, rows: list[Row]) -> list[Row]:
    """Leave out the sleeps that end; the lanes show them."""
    return [
        row
        for row in rows
        if row.kind != "sleep"
        or row.mark
        or chronicle.processes[row.who].state_at(rows[-1].index) in ("waiting", "blocked")
    ]


def _without(rows: list[Row], kinds: tuple[str, ...], number: int) -> list[Row]:
    """Leave out up to `number` rows of these kinds, from the top."""
    kept = []
    for row in rows:
        if number > 0 and row.kind in kinds and not row.mark:
            number -= 1
        else:
            kept.append(row)
    return kept


def _without_told_rests(rows: list[Row], number: int) -> list[Row]:
    """Leave out up to `number` rests after which you act: you do so only when nobody moves."""
    kept = []
    for row, below in zip_longest(rows, rows[1:]):
        if number > 0 and row.kind == "rest" and below is not None and below.who == YOU:
            number -= 1
        else:
            kept.append(row)
    return kept


def _without_plain_end(rows: list[Row], most: int) -> list[Row]:
    """Leave out that the first process ends as it should, if it is the last thing that happens."""
    last = rows[-1] if rows else None
    is_plain = last is not None and last.kind == "exit" and last.phrase == "ends, status 0"
    is_first = last is not None and last.who == rows[0].who and not last.mark
    return rows[:-1] if len(rows) > most and is_plain and is_first else rows


def _cut(rows: list[Row], most: int) -> list[Row]:
    """Leave out the middle; one row says how much."""
    begin = max(1, (most - 1) * 2 // 3)
    end = len(rows) - max(1, most - 1 - begin)
    left_out = rows[begin:end]
    words = f"… {counted(len(left_out), 'step')} more (:timeline)"
    return [*rows[:begin], Row(left_out[-1].index, "gap", "", words), *rows[end:]]


def with_freedom(chronicle: Chronicle, rows: list[Row]) -> list[Row]:
    """Mark the rows that no causal chain ties to the row above."""
    if not chronicle.shows_all_causes:
        return rows
    told = rows[:1]
    for above, row in pairwise(rows):
        told.append(replace(row, is_free=_is_free(chronicle, above, row)))
    return told


def _is_free(chronicle: Chronicle, above: Row, row: Row) -> bool:
    """Tell whether nothing in the one row had to come before anything in the other."""
    if YOU in (row.who, above.who) or row.kind in ("rest", "gap") or row.index == above.index:
        return row.kind == above.kind == "sleep"
    return all(
        chronicle.unordered(first, second)
        for first in (*above.also, above.index)
        for second in (*row.also, row.index)
    )
