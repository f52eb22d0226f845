"""The terminal of the line editor: keyboard and screen, without queries to the terminal.

Querying the cursor's position costs a round trip, and the reply can get mixed with typed keys.
"""

from __future__ import annotations

import codecs
import os
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import Renderer

from simpsh.repl.foreign_output import ForeignOutput
from simpsh.repl.terminal_io import enter_raw_mode, has_hung_up, has_input, is_foreground
from simpsh.shell.jobs.controlling_terminal import set_modes
from simpsh.shell.jobs.interrupts import bytes_waiting
from simpsh.shell.jobs.terminal_reset import to_column_zero

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.shell.jobs.controlling_terminal import Modes, Terminal


class TerminalOutput(Vt100_Output):
    """Draws without querying the cursor's position.

    prompt_toolkit would query it to learn how much room is below the cursor, which takes a second
    on a terminal that does not answer. Instead a prompt starts with one row and scrolls for more.
    """

    def __init__(self, stream: TextIOWrapper, foreign: ForeignOutput | None = None) -> None:
        """Draw on `stream`; `foreign` watches its terminal."""
        self._stream = stream
        self._foreign = foreign

        def size() -> Size:
            known = self._find_size()
            return Size(rows=known.lines or 24, columns=known.columns or 80)

        super().__init__(stream, size, enable_cpr=False)

    def _find_size(self) -> os.terminal_size:
        """Return the size of the terminal; 0 for a number that the kernel does not know."""
        try:
            return os.get_terminal_size(self._stream.fileno())
        except OSError:
            return os.terminal_size((0, 0))

    def begin_line(self, *, marks: bool = True) -> None:
        """Begin a fresh line; see to_column_zero()."""
        self.write_raw(to_column_zero(self._find_size().columns, marks=marks))

    def takes_others_output(self) -> bool:
        """Return whether another process may have written since the last call."""
        return self._foreign is not None and self._foreign.take()

    def begin_below_others(self, renderer: Renderer) -> bool:
        """Begin on a fresh line if another process may have written since the last drawing.

        Then the rows of the drawing are not known: they stay on the screen, and the next drawing
        is complete. Returns whether that is so.
        """
        if not self.takes_others_output():
            return False
        renderer.reset()
        self.begin_line()
        return True

    def erase(self, renderer: Renderer) -> None:
        """Erase the last drawing, unless another process may have written since."""
        if not self.begin_below_others(renderer):
            renderer.erase(leave_alternate_screen=False)

    def flush(self) -> None:
        """Write the drawing; do nothing without a terminal."""
        is_drawing = any(self._buffer)
        if is_drawing and self._foreign is not None:
            self._foreign.note()
        # EIO: the terminal has hung up. The keyboard reports it, and the shell exits.
        with suppress(OSError):
            super().flush()
        if is_drawing and self._foreign is not None:
            self._foreign.discard_own()

    def close(self) -> None:
        """Close the stream to the terminal."""
        # Closing flushes data that could not be written before.
        with suppress(OSError):
            self._stream.close()
        if self._foreign is not None:
            self._foreign.close()

    def get_rows_below_cursor_position(self) -> int:
        """Return the number of rows that are certainly available, including the cursor's row."""
        return 1


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
        """See enter_raw_mode() in terminal_io.py."""
        return enter_raw_mode(self.fileno(), self._terminal)
