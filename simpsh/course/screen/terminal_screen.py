"""Lines of styled pieces on a real terminal, or on whatever standard output is.

Styles appear on a terminal alone. NO_COLOR (no-color.org) keeps bold and dim.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from simpsh import console
from simpsh.view.styled_text import Block, Line, Piece, painted, plain, stripped

_CONTROLS = dict.fromkeys(b"\a\b\v\f\r")
"""Characters that would ring or move the cursor: they are left out."""


class TerminalScreen:
    """The terminal, or whatever standard output is."""

    def __init__(self) -> None:
        self._has_passing = False
        self._has_styles = os.isatty(1) and os.environ.get("TERM") not in ("dumb", "unknown")
        self._colours = console.colours()

    @property
    def width(self) -> int:
        """Columns now; 80 where there is no terminal."""
        return console.width()

    @property
    def height(self) -> int:
        """Lines now; 24 or more where there is no terminal."""
        return console.height()

    def wait(self, words: str) -> None:
        """Say what is being waited for, in a line that goes away with the next wait() or show()."""
        if self._has_styles:
            self._clear()
            self._write(((Piece(words, "dim"),),))
            self._has_passing = True

    def show(self, block: Block) -> None:
        """Print lines: no blanks at their ends, none of them broken or cut."""
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
        try:
            console.show(text, is_painted=True)
        except BrokenPipeError:
            # Who closed the pipe, such as head(1), has read enough.
            raise SystemExit(1) from None
