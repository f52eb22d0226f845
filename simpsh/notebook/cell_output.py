r"""What commands write to a kernel's terminal, as a cell can show it.

A cell shows text, colours (SGR sequences), `\r` and `\b`. It has no screen: what moves a cursor or
sets a title is left out, and what a program writes on the alternate screen as well.
"""

from __future__ import annotations

import codecs
import re

_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\"
    r"|[ -/]*[0-Z\\-~])"
)
"""An escape sequence: CSI, OSC, another string, or a short one (ECMA-48)."""
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)?\Z")
"""The beginning of one, at the end of what has come so far."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SCREEN = re.compile(r"\x1b\[\?(?:47|1047|1049)([hl])")
_SHOWN = "\t\n\r\b"
_MOST_HELD = 4096
"""A sequence that is longer is none: it is shown as it is."""


class CellOutput:
    """Turns bytes of a terminal into text for a cell, piece by piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        """The beginning of a sequence, or of a line's end, whose rest is still to come."""
        self.is_on_screen = False
        """Whether a program has taken the alternate screen: what it draws is not shown."""

    def text_of(self, data: bytes) -> tuple[str, list[str]]:
        """Return what a cell shows of the next bytes, and the sequences that were left out."""
        text = self._held + self._decoder.decode(data)
        begun = _BEGUN.search(text)
        cut = len(text)
        if begun is not None and cut - begun.start() < _MOST_HELD:
            cut = begun.start()
        if text[:cut].endswith("\r"):
            # Of `\r\n`, which a terminal makes of every end of a line, the rest may come later.
            cut -= 1
        text, self._held = text[:cut], text[cut:]
        shown: list[str] = []
        left_out: list[str] = []
        at = 0
        for match in _SEQUENCE.finditer(text):
            self._show(text[at : match.start()], shown)
            at = match.end()
            if _COLOUR.fullmatch(match[0]):
                self._show(match[0], shown)
            else:
                sequence = match[0]
                screen = _SCREEN.fullmatch(sequence)
                if screen is not None:
                    self.is_on_screen = screen[1] == "h"
                left_out.append(sequence)
        self._show(text[at:], shown)
        return "".join(shown).replace("\r\n", "\n"), left_out

    def _show(self, text: str, shown: list[str]) -> None:
        if text and not self.is_on_screen:
            is_colour = text[0] == "\x1b"
            kept = (char for char in text if char >= " " or char in _SHOWN)
            shown.append(text if is_colour else "".join(kept))


def leaves_screen(data: bytes) -> bool:
    r"""Return whether these bytes leave the alternate screen: what stands before was drawn on it.

    >>> leaves_screen(b"drawn\x1b[?1049ltext"), leaves_screen(b"text")
    (True, False)
    """
    match = _SCREEN.search(data.decode("latin-1"))
    return match is not None and match[1] == "l"
