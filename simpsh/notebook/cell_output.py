r"""What commands write to a kernel's terminal, as a cell can show it.

A cell shows text, colours (SGR sequences), `\r` and `\b`. It has no screen: what moves a cursor or
sets a title is left out, and what a program writes on the alternate screen as well.
"""

from __future__ import annotations

import codecs
import re
from typing import IO

from simpsh.base.record import Record
from simpsh.console import in_words

_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\"
    r"|[ -/]*[0-Z\\-~])"
)
"""An escape sequence: CSI, OSC, another string, or a short one (ECMA-48)."""
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)?\Z")
"""The beginning of one, at the end of what has come so far."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SCREEN = re.compile(r"\x1b\[\?(?:47|1047|1049)([hl])")
_MOST_HELD = 4096
"""A sequence that is longer is none: it is shown as it is."""


COMPLAINT, END_OF_COMPLAINT = "\x1b]simpsh;complaint\x07", "\x1b]simpsh;end of complaint\x07"
"""What stands around a complaint of the shell's: it goes to the stream of standard error."""
_END = "\x1b]simpsh;end of "
"""How the end of a complaint begins, and that of a cell, at which no complaint goes on."""
_CLEAR = "\x1b[2J"
_UNSHOWN = re.compile(r"[^ -\U0010ffff\t\n\r\b]")


class CellOutput:
    """Turns bytes of a terminal into text for a cell, piece by piece."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        """The beginning of a sequence, or of a line's end, whose rest is still to come."""
        self._stream = "stdout"
        self.is_on_screen = False
        """Whether a program has taken the alternate screen: what it draws is not shown."""

    def text_of(self, data: bytes) -> tuple[list[tuple[str, str]], list[str]]:
        """Return what a cell shows of the next bytes, and the sequences that were left out.

        What is shown are pieces of text, each with the name of its stream; `clear` for none, where
        what stands above is to go.
        """
        text = self._held + self._decoder.decode(data)
        begun = _BEGUN.search(text)
        cut = len(text)
        if begun is not None and cut - begun.start() < _MOST_HELD:
            cut = begun.start()
        if text[:cut].endswith("\r"):
            # Of `\r\n`, which a terminal makes of every end of a line, the rest may come later.
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
                if sequence == _CLEAR and not self.is_on_screen:
                    shown.append(("clear", []))
                left_out.append(sequence)
        self._show(text[at:], shown)
        return [(stream, "".join(parts).replace("\r\n", "\n")) for stream, parts in shown], left_out

    def _show(self, text: str, shown: list[tuple[str, list[str]]]) -> None:
        if text and not self.is_on_screen:
            if not shown or shown[-1][0] != self._stream:
                shown.append((self._stream, []))
            shown[-1][1].append(text if _COLOUR.fullmatch(text) else _UNSHOWN.sub("", text))


_MOST_SHOWN, _END_SHOWN, _MOST_KEPT = 100_000, 4_000, 1_000_000_000
"""Characters of a cell's output: the beginning and the end that are shown, and what a file gets."""


class KeyboardRequest(Record):
    """A command of the foreground that wants the keyboard."""

    name: str
    """How people call it; empty for the shell itself."""
    takes_keys: bool
    """Whether it takes single keys rather than lines: it wants a screen, which a cell is not."""
    is_secret: bool
    """Whether what is typed is not to be shown: it has turned the echo off."""


class CellReader:
    """The frontend while a cell runs: it shows output, in part and the rest in a file, and asks.

    A notebook is one file, which a browser has to open again.
    """

    def __init__(self) -> None:
        self._file: IO[str] | None = None
        self._count = 0
        self._beginning: list[str] = []
        self._lack = ""
        """Why the file has not all; empty if it has."""
        self.end = ""
        """The last characters that came."""

    def pass_on(self, text: str, stream: str) -> None:
        """Show a text below the cell."""
        raise NotImplementedError

    def new_file(self) -> IO[str]:
        """Return a file for all of the output."""
        raise NotImplementedError

    def ask(self, request: KeyboardRequest) -> str | None:
        """Ask the person for what a command wants, if one can be asked; raise KeyboardInterrupt."""
        raise NotImplementedError

    def show(self, text: str, stream: str = "stdout") -> None:
        """Show a piece of output, or keep it."""
        beginning = text[: max(0, _MOST_SHOWN - self._count)]
        self._count += len(text)
        self.end = (self.end + text)[-_END_SHOWN:]
        if beginning or not text:
            self._beginning.append(beginning)
            self.pass_on(beginning, stream)
        if self._count > _MOST_SHOWN:
            if self._file is None:
                self._file = self.new_file()
                self._keep("".join(self._beginning), self._file)
            self._keep(text[len(beginning) :], self._file)

    def _keep(self, text: str, file: IO[str]) -> None:
        if self._count > _MOST_KEPT:
            self._lack = f"{_MOST_KEPT:,} are its limit"
        try:
            file.write("" if self._lack else text)
            file.flush()
        except OSError as error:
            self._lack = in_words(error)

    def finish(self) -> None:
        """Say how much was not shown, and show the end."""
        if self._file is None:
            return
        more = self._count - _MOST_SHOWN
        if more > len(self.end):
            what = f"{more - len(self.end):,} of {self._count:,} characters are not shown here"
            which = f"the first of them ({self._lack})" if self._lack else "all of them"
            where = f"{self._file.name} has {which} until this kernel ends"
            self.pass_on(f"\nsimpsh: {what}: {where}\n", "stdout")
        self.pass_on(self.end[-more:], "stdout")
