"""Brace expansion, at the prompt: `{a,b}` and `{1..3}` become several words."""

from __future__ import annotations

import re
from itertools import pairwise

from simpsh.shell.language.syntax_tree import Literal, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.shell.language.syntax_tree import Part

    Pieces = Sequence[Part | str]
    """Parts of a word, and unquoted characters."""

MOST = 100_000
"""The maximum number of words that one word may become."""
_SEQUENCE = re.compile(r"(?:(-?\d+)\.\.(-?\d+)|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?\d+))?", re.ASCII)


class _TooMany(Exception):
    """A word becomes more than MOST words."""


def expanded(
    parts: Sequence[Part], accept: Callable[[str], object]
) -> list[tuple[Part, ...]] | None:
    """Return the words that a word becomes, or None if they are too many.

    `accept` is called with the name of each form of braces.

    >>> len(expanded((Literal("a{b,c}{1..3}"),), print))
    {a,b}
    {1..3}
    6
    """
    pieces: list[Part | str] = []
    for part in parts:
        pieces.extend(part.text if isinstance(part, Literal) else (part,))
    try:
        return [merged(each) for each in _expand(pieces, accept)]
    except _TooMany:
        return None


def _expand(pieces: Pieces, accept: Callable[[str], object]) -> list[Pieces]:
    """Expand the first braces and, in each result, the following ones."""
    for start, piece in enumerate(pieces):
        braces = _alternatives(pieces, start, accept) if piece == "{" else None
        if braces is not None:
            alternatives, end = braces
            rests = _expand(pieces[end:], accept)
            if len(alternatives) * len(rests) > MOST:
                raise _TooMany
            return [[*pieces[:start], *each, *rest] for each in alternatives for rest in rests]
    return [pieces]


def _alternatives(
    pieces: Pieces, start: int, accept: Callable[[str], object]
) -> tuple[list[Pieces], int] | None:
    """Return the alternatives in the braces that begin at `start`, and the index after them."""
    depth = 0
    commas = []
    for at in range(start, len(pieces)):
        piece = pieces[at]
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth -= 1
        elif piece == "," and depth == 1:
            commas.append(at)
        if depth == 0:
            break
    else:
        return None
    if commas:
        accept("{a,b}")
        bounds = pairwise([start, *commas, at])
        inside = (pieces[begin + 1 : end] for begin, end in bounds)
        return [each for piece in inside for each in _expand(piece, accept)], at + 1
    text = "".join([piece for piece in pieces[start + 1 : at] if isinstance(piece, str)])
    if len(text) == at - start - 1 and (match := _SEQUENCE.fullmatch(text)):
        accept("{1..3}")
        return list(_sequence(match)), at + 1
    return None


def _sequence(match: re.Match[str]) -> list[str]:
    """Return the words of `1..3`, `a..e` or `01..10..2`."""
    first, last, first_letter, last_letter, step = match.groups()
    begin = int(first) if first else ord(first_letter)
    end = int(last) if first else ord(last_letter)
    distance = abs(int(step or 1)) or 1
    if abs(end - begin) // distance >= MOST:
        raise _TooMany
    numbers = range(begin, end + 1, distance) if begin <= end else range(begin, end - 1, -distance)
    if not first:
        return [chr(number) for number in numbers]
    is_padded = any(re.match("-?0[0-9]", text) for text in (first, last))
    width = max(len(first), len(last)) if is_padded else 0
    return [f"{number:0{width}d}" for number in numbers]
