"""Lines of styled pieces as HTML: the same screens as on a terminal, for a page or a notebook."""

from __future__ import annotations

from simpsh.view.picture.svg_elements import plain, tag
from simpsh.view.styled_text import Block, Line, stripped

_NOT_IN_EVERY_FONT = "∥"
"""Fonts of equal widths lack it, and a browser takes it from another: it gets a cell of its own."""


def html_of_block(block: Block) -> str:
    """Return lines as one `pre` element; each style is a class: `s-bold`, `s-lane2`, `s-cell`."""
    # The first newline is none to a browser, and the last one ends a line.
    lines = "".join(f"{_html_of(stripped(one))}\n" for one in block)
    return f"<pre>\n{lines}</pre>"


def _html_of(one: Line) -> str:
    whole = "".join(
        tag("span", plain(piece.text), class_=" ".join(f"s-{word}" for word in piece.style.split()))
        if piece.style
        else plain(piece.text)
        for piece in one
    )
    return whole.replace(_NOT_IN_EVERY_FONT, tag("span", _NOT_IN_EVERY_FONT, class_="s-cell"))
