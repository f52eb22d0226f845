"""Where each process's lane stands: under its full name while there is room, else closer.

parent  child   server          p   c1  c2  c3  c4  +3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.course.screen.styled import width_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NUMBERS = 6
"""Columns for the listing's line number and the mark of a row that is free."""
_SENTENCE = 32
"""Columns that the sentences need at least."""
_WIDE, _SHORT = 8, 4


@dataclass(frozen=True, slots=True)
class Lanes:
    """The columns of a picture."""

    columns: Mapping[str, int]
    """Where each process that has a lane is drawn, by name."""
    heads: Sequence[tuple[int, str, str]]
    """What stands above: column, process, its name or a short form of it."""
    right: int
    """The column at which the sentences begin."""
    crowd: int = -1
    """The column of those who have no lane of their own; -1 if all have one."""


def lanes_for(labels: Mapping[str, str], width: int, *, start: int = NUMBERS) -> Lanes:
    """Give each process a lane.

    Args:
        labels: the shown name of each process, in order of birth.
        width: the picture's, in columns.
        start: the column of the first lane's head.
    """
    longest = max((width_of(label) for label in labels.values()), default=0)
    room = width - start - _SENTENCE
    for step in (max(longest + 1, _WIDE), longest + 1):
        if step * len(labels) <= room:
            return _named(labels, start, max(step, _SHORT))
    return _short(labels, start, max(2 * _SHORT, room))


def _named(labels: Mapping[str, str], start: int, step: int) -> Lanes:
    columns, heads = {}, []
    for place, (name, label) in enumerate(labels.items()):
        begin = start + place * step
        columns[name] = begin + width_of(label) // 2
        heads.append((begin, name, label))
    return Lanes(columns, heads, start + step * len(labels) + (1 if start else 0))


def _short(labels: Mapping[str, str], start: int, room: int) -> Lanes:
    """Use short names; who comes after the last lane that fits is part of the crowd."""
    names = short_names(list(labels.values()))
    step = max(_SHORT, max(map(len, names)) + 1)
    count = len(labels) if step * len(labels) <= room else max(2, room // step - 1)
    columns, heads = {}, []
    for place, name in enumerate(list(labels)[:count]):
        columns[name] = start + place * step + 1
        heads.append((columns[name] - 1, name, names[place]))
    right = start + step * count
    if count == len(labels):
        return Lanes(columns, heads, right + 1)
    heads.append((right, "", f"+{len(labels) - count}"))
    return Lanes(columns, heads, right + step + 1, right + 1)


def short_names(labels: Sequence[str]) -> list[str]:
    """Return short forms that differ: the first letters that are needed, and the number.

    >>> short_names(["parent", "child", "child 2", "program"])
    ['pa', 'c', 'c2', 'pr']
    """
    parts = [_parted(label) for label in labels]
    words = {word for word, _ in parts}
    return [_shortest(word, words) + number for word, number in parts]


def _parted(label: str) -> tuple[str, str]:
    word, _, number = label.rpartition(" ")
    if word and number.isdigit():
        return word, number
    word, dot, number = label.partition(".")
    return (word, dot + number) if number and number.replace(".", "").isdigit() else (label, "")


def _shortest(word: str, words: set[str]) -> str:
    for length in range(1, len(word)):
        if not any(other != word and other.startswith(word[:length]) for other in words):
            return word[:length]
    return word
