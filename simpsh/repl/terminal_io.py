"""The terminal, as the line editor sees it: a keyboard and a screen that is never questioned.

Asking for the cursor's position costs a round trip, and the answer can get lost among what the
user types. To begin at column 0, a mark is written, then blanks to the width of the screen, then
a carriage return: if the output before had no final newline, the mark stays.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
from contextlib import suppress
from io import TextIOWrapper

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.output.vt100 import Vt100_Output

from simpsh.kernel.descriptors import OWN_LOWEST


class TerminalOutput(Vt100_Output):
    """Draws without asking where the cursor is.

    The line editor would ask the terminal for the cursor's row, to know how much room is below
    it: a round trip for each prompt, a second lost where the terminal does not answer, and
    answers among what the user types. A prompt starts with one row and scrolls for more.
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
        """Write out what was drawn; without a terminal, nothing."""
        # EIO: it has hung up. The keyboard will say so, and the shell leave in order.
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        """Close the stream to the terminal."""
        # What could not be written before is left in its buffer.
        with suppress(OSError):
            self._stream.close()

    def get_rows_below_cursor_position(self) -> int:
        """Return the rows that are certainly there, the cursor's included."""
        return 1


class TerminalInput(Vt100Input):
    """Notices when there will never be another key."""

    def read_keys(self) -> list[KeyPress]:
        """Return the keys that were pressed; `closed` is true after the last one."""
        keys = super().read_keys()
        hang_up = select.poll()
        hang_up.register(self.fileno(), 0)
        if not keys and (hang_up.poll(0) or not is_foreground(self.fileno())):
            # A read fails with EIO here, for ever, which the line editor takes for no input.
            self.stdin_reader.closed = True
        return keys


def is_foreground(descriptor: int) -> bool:
    """Return whether we may read from the terminal. See tcgetpgrp(3)."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        # ENOTTY: not our controlling terminal, which knows no groups to us.
        return True


def wait_for_foreground(descriptor: int) -> None:
    """Stop, as a read from the terminal would stop any other program, while it is another's.

    A group that no process could continue is not stopped by the kernel: this returns at once.
    """
    while not is_foreground(descriptor):
        try:
            if os.getsid(os.getppid()) != os.getsid(0):
                return  # our group has no parent in the session (POSIX XBD 3.242)
        except OSError:
            return
        ignored = signal.signal(signal.SIGTTIN, signal.SIG_DFL)
        os.kill(0, signal.SIGTTIN)
        signal.signal(signal.SIGTTIN, ignored)


def open_screen() -> TextIOWrapper:
    """Open a stream to the terminal that stays, whatever `exec 2>file` does to descriptor 2."""
    terminal = 2 if os.isatty(2) else 1
    own = fcntl.fcntl(terminal, fcntl.F_DUPFD_CLOEXEC, OWN_LOWEST)
    # What cannot be shown must not stop the drawing.
    return open(own, "w", encoding="utf-8", errors="replace", newline="")


MARK = "⏎"

_PLAIN, _DIM = "\x1b[0m", "\x1b[2m"
WIPE = "\r\x1b[K"
"""What brings the cursor to column 0 and wipes the line."""


def to_column_zero(columns: int, *, marks: bool = True) -> str:
    r"""Return what brings the cursor to column 0 of a fresh line and resets the colours.

    The terminal must wrap lines and delay the wrap at the last column, as xterm and all its
    relatives do ("xenl" in terminfo(5)).

    No mark is shown where what stands on the line may be the echo of keys pressed too early.

    >>> to_column_zero(4)
    '\x1b[0m\x1b[2m⏎\x1b[0m   \r\x1b[K'
    """
    mark = f"{_DIM}{MARK}{_PLAIN}" if marks else " "
    return f"{_PLAIN}{mark}{' ' * (columns - 1)}{WIPE}"
