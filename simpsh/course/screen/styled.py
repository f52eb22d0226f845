"""What a screen of the course is made of: lines of styled pieces, values that know no terminal.

A style is a few words: `bold`, `dim`, `italic`, `lane2` (the colour of the third process), and
for code `keyword`, `string`, `comment`. `rendering` turns them into what a terminal understands.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LANE_STYLES = 5
"""How many colours the processes share."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters that look alike."""

    text: str
    style: str = ""


Line = tuple[Piece, ...]
Block = list[Line]


def line(*parts: str | Piece | Line) -> Line:
    """Put a line together from plain text, pieces and other lines.

    >>> line("so ", Piece("it", "bold"))
    (Piece(text='so ', style=''), Piece(text='it', style='bold'))
    """
    pieces: list[Piece] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(Piece(part))
        elif isinstance(part, Piece):
            pieces.append(part)
        else:
            pieces.extend(part)
    return tuple(piece for piece in pieces if piece.text)


def styled(text: str, style: str) -> Line:
    """Return a line of one style."""
    return (Piece(text, style),) if text else ()


def plain(one: Line) -> str:
    """Return a line's characters alone."""
    return "".join(piece.text for piece in one)


def plain_block(block: Iterable[Line]) -> str:
    """Return a block's characters alone, without blanks at the ends of lines."""
    return "\n".join(plain(one).rstrip() for one in block)


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> width_of("┣━ “ab”"), width_of("漢")
    (7, 2)
    """
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if char < "\u0300":
        return 1
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def line_width(one: Line) -> int:
    """Return how many columns a line takes."""
    return sum(width_of(piece.text) for piece in one)


def padded(one: Line, width: int) -> Line:
    """Return a line with blanks at its end, so that something may stand beside it."""
    return line(one, " " * max(0, width - line_width(one)))


def cut(one: Line, width: int) -> Line:
    """Return a line of at most `width` columns; an ellipsis stands for what is left out."""
    if line_width(one) <= width:
        return one
    kept: list[Piece] = []
    room = max(0, width - 1)
    for piece in one:
        part = _beginning(piece.text, room)
        room -= width_of(part)
        if part:
            kept.append(Piece(part, piece.style))
        if part != piece.text:
            return (*kept, Piece("…", piece.style))
    return tuple(kept)


def _beginning(text: str, room: int) -> str:
    for place, char in enumerate(text):
        room -= _columns(char)
        if room < 0:
            return text[:place]
    return text


def stripped(one: Line) -> Line:
    """Return a line without blanks at its end: who copies it wants none. Like pieces are joined."""
    pieces: list[Piece] = []
    for piece in one:
        if pieces and pieces[-1].style == piece.style:
            pieces[-1] = Piece(pieces[-1].text + piece.text, piece.style)
        else:
            pieces.append(piece)
    while pieces and not pieces[-1].text.strip():
        pieces.pop()
    if pieces:
        pieces[-1] = Piece(pieces[-1].text.rstrip(), pieces[-1].style)
    return tuple(pieces)


def beside(left: Sequence[Line], right: Sequence[Line], gap: int) -> Block:
    """Set two blocks side by side, `gap` columns between them."""
    width = max((line_width(one) for one in left), default=0) + gap
    rows = max(len(left), len(right))
    block: Block = []
    for place in range(rows):
        one = left[place] if place < len(left) else ()
        other = right[place] if place < len(right) else ()
        block.append(stripped(line(padded(one, width), other) if other else one))
    return block


def lane_style(names: Sequence[str], name: str) -> str:
    """Return the style of a process's colour; bold for somebody outside.

    >>> lane_style(["parent", "child"], "child"), lane_style(["parent"], "you")
    ('lane1', 'bold')
    """
    return f"lane{names.index(name) % LANE_STYLES}" if name in names else "bold"
