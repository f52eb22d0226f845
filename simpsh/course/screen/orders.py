"""Every output that is possible: a small picture each, and how often it was seen by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.observation import STUCK
from simpsh.course.screen.picture import draw_small
from simpsh.course.screen.styled import beside, line, styled, width_of
from simpsh.course.screen.table import Table, set_table
from simpsh.course.screen.text import counted, wrapped
from simpsh.course.screen.ways import run_of
from simpsh.course.screen.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.course.observation import Search
    from simpsh.course.screen.styled import Block

MOST_PICTURES = 4
_GAP = 4
_NARROWEST = 28


def orders(search: Search, width: int, most: int) -> Block:
    """Show what is possible, in pictures where they fit, else in a table.

    Args:
        search: every order, and the plain runs.
        width: the longest line, in columns.
        most: the most lines.
    """
    below = [(), *conclusion(search, width)]
    pictures = _grid(search, width) if len(search.possible) <= MOST_PICTURES else []
    if not pictures or len(pictures) + len(below) > most:
        pictures = set_table(_table(search, max(3, most - len(below) - 1)), width)
    return [*pictures, *below]


def conclusion(search: Search, width: int) -> Block:
    """Say how many outputs there are, and whether that is all."""
    return [row for words in conclusions(search) for row in wrapped(styled(words, "dim"), width)]


def conclusions(search: Search) -> Sequence[str]:
    """Return what is to be said below the outputs, in sentences."""
    number = len(search.possible)
    what = counted(number, "output is", "outputs are")
    tried = counted(search.runs, "order")
    if search.is_complete:
        return [f"{what} possible; {tried} tried, all others are equal to one of these."]
    why = f" ({'; '.join(search.flags)})" if search.flags else ""
    return [f"At least {what} possible; {tried} tried, but not all{why}."]


def seen_words(search: Search, output: str) -> str:
    """Say how often an output came when nobody interfered."""
    return f"seen here: {search.seen.get(output, 0)} of {search.native}"


def _grid(search: Search, width: int) -> Block:
    """Set the pictures side by side, as many in a row as fit."""
    pictures = []
    for output in sorted(search.possible):
        drawn = picture_of(search, output, width)
        seen = [styled(seen_words(search, output), "dim")] if search.native else []
        pictures.append([*drawn, *seen])
    widest = max(width_of_block(picture) for picture in pictures) if pictures else 0
    wide = max(_NARROWEST - _GAP, widest)
    per_row = max(1, (width + _GAP) // (wide + _GAP))
    block: Block = []
    for place in range(0, len(pictures), per_row):
        if block:
            block.append(())
        block.extend(_side_by_side(pictures[place : place + per_row], wide))
    return block


def _side_by_side(pictures: Sequence[Block], wide: int) -> Block:
    """Set pictures in columns of one width; what is seen of them stands on one line."""
    tallest = max(map(len, pictures))
    row: Block = []
    for picture in reversed(pictures):
        # The last line, how often it was seen, stands at the bottom of each.
        filled = [*picture[:-1], *([()] * (tallest - len(picture))), picture[-1]]
        first = filled[0] if filled else ()
        blanks = wide - sum(width_of(piece.text) for piece in first)
        filled[0] = line(first, " " * max(0, blanks)) if row else first
        row = beside(filled, row, _GAP) if row else filled
    return row


def width_of_block(block: Block) -> int:
    """Return the width of the longest line."""
    return max((sum(width_of(piece.text) for piece in one) for one in block), default=0)


def picture_of(search: Search, output: str, width: int) -> Block:
    """Draw one way to an output, as a run."""
    way = search.possible[output]
    is_stuck = output.endswith(STUCK)
    return draw_small(way.witness or run_of(search.names, way, is_stuck=is_stuck), width)


def output_words(output: str, longest: int = 60) -> str:
    """Return an output in quotes; of one after which somebody can never go on, that as well.

    >>> output_words("a" + STUCK)
    '“a”, then nobody can move'
    """
    written = output.removesuffix(STUCK)
    words = quoted(written, longest) if written else "nothing"
    return f"{words}, then nobody can move" if output.endswith(STUCK) else words


def _table(search: Search, most: int) -> Table:
    """List the outputs, those that were seen most often first where not all can be shown."""
    shown = sorted(search.possible)
    if len(shown) > most:
        kept = sorted(shown, key=lambda output: -search.seen.get(output, 0))[: most - 1]
        shown = [output for output in shown if output in kept]
    rows = [
        [styled(output_words(output), "bold"), styled(seen_words(search, output)[11:], "")]
        for output in shown
    ]
    left_out = len(search.possible) - len(shown)
    if left_out:
        rows.append([styled(f"… and {left_out} more", "dim"), ()])
    return Table(["output that is possible", "seen here"], rows)


def table_of(search: Search) -> Table:
    """Return all outputs as a table."""
    return _table(search, len(search.possible) + 1)
