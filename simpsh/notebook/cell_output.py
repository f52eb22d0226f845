r"""The output of commands on a kernel's terminal, converted for a cell.

A cell shows text, colours (SGR sequences), `\r` and `\b`. It has no screen: sequences that move the
cursor or set a title are removed, and so is output on the alternate screen.
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
"""An incomplete sequence at the end of the output so far."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SCREEN = re.compile(r"\x1b\[\?(?:47|1047|1049)([hl])")
_MOST_HELD = 4096
"""A longer sequence is shown as text."""


COMPLAINT, END_OF_COMPLAINT = "\x1b]simpsh;complaint\x07", "\x1b]simpsh;end of complaint\x07"
"""Mark an error message of the shell, which goes to the stream of standard error."""
_END = "\x1b]simpsh;end of "
"""The beginning of END_OF_COMPLAINT and of END_OF_CELL, which both end an error message."""
_UNSHOWN = re.compile(r"[^ -\U0010ffff\t\n\r\b]")


class CellOutput:
    """Converts a terminal's bytes to text for a cell, piece by piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        """An incomplete sequence or line end."""
        self._stream = "stdout"
        self.is_on_screen = False
        """Whether a program uses the alternate screen, whose content is not shown."""

    def text_of(self, data: bytes) -> tuple[list[tuple[str, str]], list[str]]:
        """Return the text to show for the next bytes, by stream, and the removed sequences."""
        text = self._held + self._decoder.decode(data)
        begun = _BEGUN.search(text)
        cut = len(text)
        if begun is not None and cut - begun.start() < _MOST_HELD:
            cut = begun.start()
        if text[:cut].endswith("\r"):
            # The terminal ends lines with `\r\n`; the `\n` may still come.
            cut -= 1
        text, self._held = text[:cut], text[cut:]
        shown: list[tuple[str, list[str]]] = []
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
                if sequence == COMPLAINT or sequence.startswith(_END):
                    self._stream = "stderr" if sequence == COMPLAINT else "stdout"
                left_out.append(sequence)
        self._show(text[at:], shown)
        return [(stream, "".join(parts).replace("\r\n", "\n")) for stream, parts in shown], left_out

    def _show(self, text: str, shown: list[tuple[str, list[str]]]) -> None:
        if text and not self.is_on_screen:
            if not shown or shown[-1][0] != self._stream:
                shown.append((self._stream, []))
            shown[-1][1].append(text if _COLOUR.fullmatch(text) else _UNSHOWN.sub("", text))


_MOST_SHOWN, _END_SHOWN = 100_000, 4_000
"""Characters of a cell's output that are shown at the beginning and at the end: a browser loads a
notebook as one file."""


class CellReader:
    """The frontend while a cell runs: shows output up to a limit."""

    def __init__(self) -> None:
        self._count = 0
        self._end = ""
        """The last characters of the output."""

    def pass_on(self, text: str, stream: str) -> None:
        """Show a text below the cell."""
        raise NotImplementedError

    def show(self, text: str, stream: str = "stdout") -> None:
        """Show a piece of output, up to the limit."""
        beginning = text[: max(0, _MOST_SHOWN - self._count)]
        self._count += len(text)
        self._end = (self._end + text)[-_END_SHOWN:]
        if beginning or not text:
            self.pass_on(beginning, stream)

    def finish(self) -> None:
        """Report how much was not shown, and show the end."""
        more = self._count - _MOST_SHOWN
        if more > len(self._end):
            omitted = f"{more - len(self._end):,} of {self._count:,} characters are not shown here"
            self.pass_on(f"\nsimpsh: {omitted}; COMMAND >FILE keeps them all\n", "stdout")
        if more > 0:
            self.pass_on(self._end[-more:], "stdout")
