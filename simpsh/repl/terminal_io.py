"""The terminal of the line editor: keyboard and screen, without queries to the terminal.

Querying the cursor's position costs a round trip, and the reply can get mixed with typed keys. To
begin at column 0, write a mark, blanks to the width of the screen, and a carriage return: the mark
remains visible only if the previous output had no final newline.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.output.vt100 import Vt100_Output

from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.shell.jobs.controlling_terminal import PROMPT_TIME, modes_of, retried, set_modes
from simpsh.shell.jobs.interrupts import bytes_waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.shell.jobs.controlling_terminal import Modes, Terminal


class TerminalOutput(Vt100_Output):
    """Draws without querying the cursor's position.

    prompt_toolkit would query it to learn how much room is below the cursor, which takes a second
    on a terminal that does not answer. Instead a prompt starts with one row and scrolls for more.
    """

    def __init__(self, stream: TextIOWrapper) -> None:
        self._stream = stream

        def size() -> Size:
            try:
                size = os.get_terminal_size(stream.fileno())
            except OSError:
                return Size(rows=24, columns=80)
            return Size(rows=size.lines or 24, columns=size.columns or 80)

        super().__init__(stream, size, enable_cpr=False)

    def flush(self) -> None:
        """Write the drawing; do nothing without a terminal."""
        # EIO: the terminal has hung up. The keyboard reports it, and the shell exits.
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        """Close the stream to the terminal."""
        # Closing flushes data that could not be written before.
        with suppress(OSError):
            self._stream.close()

    def get_rows_below_cursor_position(self) -> int:
        """Return the number of rows that are certainly available, including the cursor's row."""
        return 1


_INPUT, _LOCAL, _CHARACTERS = 0, 3, 6
"""Indices into the list of tcgetattr."""

_PASTE_BEGINS, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"
_ESCAPE = 0x1B
_FIRST_PRINTABLE = 0x20


class TerminalInput(Vt100Input):
    """Reads no further than a key that may end the prompt.

    As in other shells, bytes after Enter belong to the program that the line starts, so they stay
    in the terminal's queue.
    """

    def __init__(
        self,
        stdin: TextIO,
        is_done: Callable[[], bool] = lambda: False,
        terminal: Terminal | None = None,
    ) -> None:
        """Read from `stdin`, a terminal.

        `is_done` returns whether the prompt has ended, so that nothing more must be read.
        `terminal` has the modes for jobs, if the terminal is shared with them.
        """
        super().__init__(stdin)
        self._is_done = is_done
        self._terminal = terminal
        self._is_raw = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._last = b""
        """The last bytes read; the length is that of a mark of bracketed paste."""
        self._is_in_paste = False

    def read_keys(self) -> list[KeyPress]:
        """Return the pressed keys; `closed` is true after the last one."""
        if self._is_done():
            return []
        data = self._read()
        # ICRNL makes Enter a newline, as the programs after the prompt expect.
        text = self._decoder.decode(data.replace(b"\n", b"\r"))
        self.vt100_parser.feed(text)
        keys, self._buffer = self._buffer, []
        if not data and (has_hung_up(self.fileno()) or not is_foreground(self.fileno())):
            # Reads fail with EIO from now on; the line editor would wait for input forever.
            self.stdin_reader.closed = True
        return keys

    def _read(self) -> bytes:
        """Read up to the first control character outside of a bracketed paste."""
        descriptor, data = self.fileno(), bytearray()
        with suppress(OSError):  # EIO, EAGAIN: no input
            if not has_input(descriptor):
                return b""
            left = max(1, bytes_waiting(descriptor))
            while left > 0:
                size = self._missing_of_end() if self._is_in_paste else 1
                piece = os.read(descriptor, min(size, left))
                if not piece:
                    self.stdin_reader.closed = True
                    break
                left -= len(piece)
                data += piece
                self._last = (self._last + piece)[-len(_PASTE_ENDS) :]
                if self._is_in_paste:
                    self._is_in_paste = self._last != _PASTE_ENDS
                elif self._last == _PASTE_BEGINS:
                    self._is_in_paste = True
                elif piece[0] < _FIRST_PRINTABLE and piece[0] != _ESCAPE:
                    break
        return bytes(data)

    def _missing_of_end(self) -> int:
        """Return the number of bytes that can be read without passing the end of a paste."""
        return next(
            len(_PASTE_ENDS) - size
            for size in range(len(_PASTE_ENDS) - 1, -1, -1)
            if self._last.endswith(_PASTE_ENDS[:size])
        )

    @contextmanager
    def raw_mode(self) -> Iterator[None]:
        """Enter raw mode for a `with` block; nested blocks do nothing."""
        if self._is_raw:
            yield
            return
        before = self.enter_raw_mode()
        self._is_raw = True
        try:
            yield
        finally:
            self._is_raw = False
            modes = before if self._terminal is None else self._terminal.modes
            with suppress(termios.error):
                set_modes(self.fileno(), modes, termios.TCSANOW)

    def enter_raw_mode(self) -> Modes:
        """Enter raw mode; return the previous modes.

        Raises EOFError: the terminal has hung up, or this process is in an orphaned background
        group. See termios(3).
        """
        try:
            before = modes_of(self.fileno())
            raw = [*before]
            raw[_INPUT] &= ~(termios.IXON | termios.IXOFF | termios.INLCR | termios.IGNCR)
            raw[_INPUT] |= termios.ICRNL
            raw[_LOCAL] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
            raw[_CHARACTERS] = [*before[_CHARACTERS]]
            raw[_CHARACTERS][termios.VMIN] = 1
            raw[_CHARACTERS][termios.VTIME] = 0 if self._terminal is None else PROMPT_TIME
            set_modes(self.fileno(), raw, termios.TCSANOW)
        except termios.error as error:
            raise EOFError from error
        return before


def has_input(descriptor: int) -> bool:
    """Return whether a read would not block."""
    return bool(retried(lambda: select.select([descriptor], (), (), 0)[0]))


def has_hung_up(descriptor: int) -> bool:
    """Return whether the terminal has hung up."""
    hang_up = select.poll()
    hang_up.register(descriptor, 0)
    return bool(retried(lambda: hang_up.poll(0)))


def is_foreground(descriptor: int) -> bool:
    """Return whether this process may read from the terminal. See tcgetpgrp(3)."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        # ENOTTY: it is not our controlling terminal, so process groups do not matter.
        return True


def open_screen() -> TextIOWrapper:
    """Open a stream to the terminal that is independent of `exec 2>file`."""
    terminal = 2 if os.isatty(2) else 1
    descriptor = fcntl.fcntl(terminal, fcntl.F_DUPFD_CLOEXEC, OWN_LOWEST)
    # Replace characters that cannot be encoded.
    return open(descriptor, "w", encoding="utf-8", errors="replace", newline="")


def has_reflow(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal is known to rewrap its text when its width changes.

    Terminals do not report this. If it is unknown, nothing above the prompt may be erased.
    """
    return bool(_WITH_REFLOW & environment.keys()) and not _WITHOUT_REFLOW & environment.keys()


_WITH_REFLOW = {
    *("TMUX", "VTE_VERSION", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "WEZTERM_PANE"),
    *("KONSOLE_VERSION", "WT_SESSION", "GHOSTTY_RESOURCES_DIR"),
}
"""Variables that are set by terminals with reflow."""

_WITHOUT_REFLOW = {"STY", "XTERM_VERSION"}
"""Variables of terminals without reflow, which may run inside a terminal with reflow."""

MARK = "⏎"

_PLAIN, _DIM = "\x1b[0m", "\x1b[2m"
WIPE = "\r\x1b[K"
"""Moves the cursor to column 0 and erases the line."""


def to_column_zero(columns: int, *, marks: bool = True) -> str:
    r"""Return the sequence that moves to column 0 of a fresh line and resets the colours.

    The terminal must wrap lines and delay the wrap at the last column, like xterm and most others
    ("xenl" in terminfo(5)).

    `marks`: show ⏎ after text without a newline; not if that may be the echo of keys typed early.

    >>> to_column_zero(4)
    '\x1b[0m\x1b[2m⏎\x1b[0m   \r\x1b[K'
    """
    mark = f"{_DIM}{MARK}{_PLAIN}" if marks else " "
    return f"{_PLAIN}{mark}{' ' * (columns - 1)}{WIPE}"
