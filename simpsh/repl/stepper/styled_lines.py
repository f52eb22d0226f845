"""Lines of the stepper's screen: of an exact width, in two columns, wrapped with an indent."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from simpsh.view.styled_text import Line, Piece, cut, line, line_width, padded, styled


def fitted(one: Line, width: int) -> Line:
    """Return a line of exactly `width` columns."""
    return padded(cut(one, width), width)


def spread(left: Line, right: Line, width: int) -> Line:
    """Return a line with one part at each margin; the left one gives way."""
    return line(fitted(left, max(0, width - line_width(right))), right)


def indented(style: str, text: str, width: int, *, indent: str = "", most: int = 99) -> list[Line]:
    """Return a text as lines of at most `width` columns, `most` of them."""
    rows = textwrap.wrap(
        text,
        max(8, width - len(indent)),
        max_lines=most,
        placeholder=" …",
        break_on_hyphens=False,
    )
    return [line(indent, Piece(row, style)) for row in rows]


def rule(title: str, width: int, right: str = "") -> Line:
    """Return a heading: its title in a line across."""
    before = line(Piece("── ", "rule"), Piece(title, "heading"), " ") if title else ()
    after = line(" ", Piece(right, "faint"), Piece(" ──", "rule")) if right else ()
    if line_width(before) + line_width(after) > width:
        after = ()
    dashes = "─" * max(0, width - line_width(before) - line_width(after))
    return line(before, Piece(dashes, "rule"), after)


def two_columns(left: Sequence[Line], right: Sequence[Line], width: int, total: int) -> list[Line]:
    """Put two columns side by side, the left one `width` columns wide, with a line between."""
    rows = max(len(left), len(right))
    lefts = [*left, *([()] * (rows - len(left)))]
    rights = [*right, *([()] * (rows - len(right)))]
    return [
        line(fitted(one, width), Piece(" │ ", "rule"), fitted(other, total - width - 3))
        for one, other in zip(lefts, rights, strict=True)
    ]


def plain_cut(text: str, width: int, style: str = "") -> Line:
    """Return a text of one style as a line of at most `width` columns."""
    return cut(styled(text, style), width)
