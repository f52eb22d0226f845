"""Styled lines on a real terminal, or on any other standard output.

Styles are used on a terminal only. NO_COLOR (no-color.org) keeps bold and dim.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from simpsh import console
from simpsh.view.styled_text import Block, Line, Piece, cut, painted, plain, stripped

_CONTROLS = dict.fromkeys(b"\a\b\v\f\r")
"""Characters that ring the bell or move the cursor; they are removed."""


class TerminalScreen:
    """The terminal, or any other standard output."""

    def __init__(self) -> None:
        self._has_passing = False
        self._has_styles = os.isatty(1) and not console.wants_plain()
        self._colours = console.colours()

    @property
    def width(self) -> int:
        """The current number of columns; 80 without a terminal."""
        return console.width()

    @property
    def height(self) -> int:
        """The current number of lines; at least 24 without a terminal."""
        return console.height()

    def wait(self, words: str) -> None:
        """Show a progress line that the next wait() or show() erases."""
        if self._has_styles:
            self._clear()
            # A longer line would wrap, and its first row would stay.
            self._write((cut(((Piece(words, "dim"),)), self.width - 1),))
            self._has_passing = True

    def show(self, block: Block) -> None:
        """Print lines without trailing blanks; long lines are neither wrapped nor cut."""
        self._clear()
        self._write([stripped(row) for row in block], "\n")

    def _clear(self) -> None:
        if self._has_passing:
            self._has_passing = False
            console.say("\r\x1b[2K")

    def _write(self, rows: Iterable[Line], end: str = "") -> None:
        text = ""
        for row in rows:
            row = tuple(Piece(piece.text.translate(_CONTROLS), piece.style) for piece in row)
            text += (painted(row, self._colours) if self._has_styles else plain(row)) + end
        console.show(text, is_painted=True)
