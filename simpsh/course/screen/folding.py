"""A picture that is too tall, made to fit: sleeps first, then alike rows together, then details.

Nothing is lost: the lanes go on showing what has no words of its own, and `:timeline` shows all.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from simpsh.course.screen.rows import YOU, Row
from simpsh.course.screen.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.chronicle.model import Chronicle

_GROUPED = {"fork", "exit", "reap", "signal", "delivery", "stop", "continue"}
_LEAST_TELLING = (("look",), ("pipe",), ("set",), ("delivery", "news"), ("read",), ("session",))
_CROWDED = 10


def fitted(chronicle: Chronicle, rows: Sequence[Row], most: int) -> list[Row]:
    """Return at most `most` rows, folded as little as that allows.

    Of a process that sleeps several times only the last time is told in words, always.
    """
    kept = _last_sleeps(rows)
    if len(kept) > min(most, _CROWDED):
        kept = _without_passing_sleeps(chronicle, kept)
    if len(kept) > most:
        kept = _grouped(chronicle, kept)
    for kinds in _LEAST_TELLING:
        if len(kept) > most:
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


def _grouped(chronicle: Chronicle, rows: list[Row]) -> list[Row]:
    """Put rows together that follow each other and say the same of several processes."""
    told: list[Row] = []
    for row in rows:
        if told and _is_alike(told[-1], row):
            told[-1] = _joined(chronicle, told[-1], row)
        else:
            told.append(row)
    return told


def _is_alike(above: Row, row: Row) -> bool:
    if above.kind != row.kind or row.kind not in _GROUPED or row.mark:
        return False
    if row.kind in ("fork", "reap", "signal"):
        return above.who == row.who
    return row.phrase == above.phrase or (bool(above.also) and _plural(row.phrase) == above.phrase)


def _joined(chronicle: Chronicle, above: Row, row: Row) -> Row:
    if row.kind in ("fork", "reap", "signal"):
        others = (*above.others, *row.others)
        verb = {"fork": "forks", "reap": "collects", "signal": row.phrase.split(" to ")[0] + " to"}
        names = [chronicle.label(name) for name in others]
        phrase = f"{verb[row.kind]} {listed(names)}"
        return replace(
            above, others=others, phrase=phrase, index=row.index, also=(*above.also, above.index)
        )
    phrase = above.phrase if above.also else _plural(above.phrase)
    return replace(
        above,
        others=(*above.others, row.who),
        phrase=phrase,
        index=row.index,
        also=(*above.also, above.index),
    )


_PLURALS = {"is": "are", "goes": "go", "ends,": "end,", "gets": "get", "stops:": "stop:"}


def _plural(phrase: str) -> str:
    verb, blank, rest = phrase.partition(" ")
    return f"{_PLURALS.get(verb, verb)}{blank}{rest}"


def listed(names: Sequence[str], most: int = 2) -> str:
    """Return names for people; of many only their number: the lanes show who they are.

    >>> listed(["child", "child 2"]), listed(["a", "b", "c", "d", "e"])
    ('child and child 2', '5 processes')
    """
    if len(names) > most:
        return counted(len(names), "process", "processes")
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _without(rows: list[Row], kinds: tuple[str, ...], number: int) -> list[Row]:
    """Leave out up to `number` rows of these kinds, from the top."""
    kept = []
    for row in rows:
        if number > 0 and row.kind in kinds and not row.mark:
            number -= 1
        else:
            kept.append(row)
    return kept


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
    if YOU in (row.who, above.who) or row.kind in ("rest", "gap") or row.index == above.index:
        return row.kind == above.kind == "sleep"
    return chronicle.unordered((above.index, *above.also)[-1], row.index)
