r"""The output of commands on a kernel's terminal, converted for a cell.

A cell shows text, colours (SGR sequences), `\r` and `\b`. It has no screen: other sequences, which
move the cursor or set a title, are removed.
"""

from __future__ import annotations

import codecs
import re

END_OF_CELL = "\x1b]simpsh;end of cell\x07"
"""Written to the terminal after the output of a cell; no program writes it."""
_SEQUENCE = (
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\"
    r"|[ -/]*[0-Z\\-~])"
)
"""An escape sequence: CSI, OSC, another string, or a short one (ECMA-48)."""
_COLOUR = r"\x1b\[[0-9;]*m"
_LEFT_OUT = re.compile(rf"(?!{_COLOUR}){_SEQUENCE}|(?!{_COLOUR})[^ -\U0010ffff\t\n\r\b]")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)?\Z")
"""An incomplete sequence at the end of the output so far."""
_MOST_HELD = 4096
"""A longer sequence is shown as text."""


class CellOutput:
    """Converts a terminal's bytes to text for a cell, piece by piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        """An incomplete sequence or line end."""

    def text_of(self, data: bytes) -> tuple[str, bool]:
        """Return the text to show for the next bytes, and whether the output of the cell ends."""
        text = self._held + self._decoder.decode(data)
        begun = _BEGUN.search(text)
        cut = len(text)
        if begun is not None and cut - begun.start() < _MOST_HELD:
            cut = begun.start()
        if text[:cut].endswith("\r"):
            # The terminal ends lines with `\r\n`; the `\n` may still come.
            cut -= 1
        text, self._held = text[:cut], text[cut:]
        return _LEFT_OUT.sub("", text).replace("\r\n", "\n"), END_OF_CELL in text
