"""Lines of styled pieces on a real terminal: the only file that knows rich.

Five middle tones for the processes: at least 3.8 : 1 on black and on white alike, so that no
theme has to be asked for. NO_COLOR (no-color.org) keeps bold and dim.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from simpsh.course.screen.styled import Piece, stripped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from simpsh.course.screen.styled import Block, Line

STYLES = {
    "lane0": "#0087d7",
    "lane1": "#d75f00",
    "lane2": "#af5fd7",
    "lane3": "#008787",
    "lane4": "#878700",
    "keyword": "bold",
    "string": "#268a4e",
    "comment": "dim italic",
    "code": "bold",
}
"""Our words for styles, in rich's; others, such as bold and dim, are rich's own."""


class TerminalScreen:
    """The terminal, or whatever standard output is."""

    def __init__(self) -> None:
        self._made: Console | None = None
        self._has_passing = False

    @property
    def _console(self) -> Console:
        if self._made is None:
            from rich.console import Console

            self._made = Console(file=sys.stdout, highlight=False, emoji=False, markup=False)
        return self._made

    @property
    def width(self) -> int:
        """Columns now; 80 where there is no terminal."""
        return self._console.size.width

    @property
    def height(self) -> int:
        """Lines now; 24 or more where there is no terminal."""
        return self._console.size.height

    def wait(self, words: str) -> None:
        """Say what is being waited for, in a line that goes away with the next show()."""
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._console.print(_text((Piece(words, "dim"),)), soft_wrap=True, end="")
            sys.stdout.flush()
            self._has_passing = True

    def show(self, block: Block) -> None:
        """Print lines: no blanks at their ends, none of them broken or cut."""
        if self._has_passing:
            self._has_passing = False
            sys.stdout.write("\r\x1b[2K")
        for one in block:
            self._console.print(_text(stripped(one)), soft_wrap=True)
        sys.stdout.flush()


def _text(one: Line) -> Text:
    from rich.text import Text

    text = Text(end="")
    for piece in one:
        words = (STYLES.get(word, word) for word in piece.style.split())
        text.append(piece.text, style=" ".join(words))
    return text
