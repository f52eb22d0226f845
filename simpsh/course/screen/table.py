"""A table as a value, and its setting in columns that fit the width."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.course.screen.styled import Piece, line, line_width, padded, plain, stripped, styled
from simpsh.course.screen.text import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.course.screen.styled import Block, Line

_GAP = 3
_NARROWEST = 8


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Line]]
    note: str = ""
    """What its signs mean, in a line below."""


def set_table(table: Table, width: int) -> Block:
    """Set a table in columns; where they do not fit, the widest cells are broken."""
    widths = _widths(table, width)
    block = _row([styled(head, "bold") for head in table.heads], widths)
    for row in table.rows:
        block.extend(_row(row, widths))
    if table.note:
        block.extend(wrapped(styled(table.note, "dim"), width))
    return block


def _widths(table: Table, width: int) -> list[int]:
    rows = [[styled(head, "") for head in table.heads], *table.rows]
    widths = [max(line_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    while sum(widths) + _GAP * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(cells: Sequence[Line], widths: Sequence[int]) -> Block:
    broken = [
        # A cell that fits keeps the blanks at its beginning: the depth of a tree.
        [cell] if line_width(cell) <= width else wrapped(cell, width)
        for cell, width in zip(cells, widths, strict=True)
    ]
    block: Block = []
    for number in range(max(map(len, broken))):
        parts: list[Line | str] = []
        for place, lines in enumerate(broken):
            cell = lines[number] if number < len(lines) else ()
            parts.append(padded(cell, widths[place] + _GAP))
        block.append(stripped(line(*parts)))
    return block


def plain_table(table: Table) -> Sequence[str]:
    """Return a table as sentences: the first cell names the row, each other its head."""
    sentences = []
    first = ""
    for row in table.rows:
        cells = [plain(cell) for cell in row]
        # A cell that repeats the one above it is left out of the columns, never of a sentence.
        first = cells[0] or first
        said = [
            f"{head}: {cell}" if head else cell
            for head, cell in zip(table.heads[1:], cells[1:], strict=True)
            if cell
        ]
        sentences.append(f"{first}: {'; '.join(said)}." if first else f"{'; '.join(said)}.")
    return sentences


def with_odd_ones(values: Sequence[Sequence[str]]) -> list[list[Line]]:
    """Return cells, bold where one row differs from all others, which agree."""
    columns = list(zip(*values, strict=True))
    odd = []
    for column in columns:
        counts = Counter(column)
        is_telling = len(counts) == 2 and len(column) > 2
        odd.append(
            {value for value, count in counts.items() if count == 1} if is_telling else set()
        )
    return [
        [(Piece(value, "bold" if value in odd[place] else ""),) for place, value in enumerate(row)]
        for row in values
    ]
