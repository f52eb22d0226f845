"""The prompt starts at column 0, wherever the program before it left the cursor.

Asking the terminal for the cursor's position costs a round trip, and the answer can get lost
among what the user types. Nothing is asked here: a mark is written, then blanks to the width of
the screen, then a carriage return. If the cursor stood at column 0 this ends on the same line,
and the mark is wiped out; else on the next one, and the mark stays and says that the output
had no final newline.
"""

from __future__ import annotations

MARK = "⏎"

_PLAIN, _DIM = "\x1b[0m", "\x1b[2m"
_WIPE = "\r\x1b[K"


def to_column_zero(columns: int, *, marks: bool = True) -> str:
    r"""Return what brings the cursor to column 0 of a fresh line and resets the colours.

    The terminal must wrap lines and delay the wrap at the last column, as xterm and all its
    relatives do ("xenl" in terminfo(5)).

    Args:
        columns: the width of the screen.
        marks: whether the mark is shown; what stands on the line may be the echo of keys that
            were pressed too early.

    >>> to_column_zero(4)
    '\x1b[0m\x1b[2m⏎\x1b[0m   \r\x1b[K'
    """
    mark = f"{_DIM}{MARK}{_PLAIN}" if marks else " "
    return f"{_PLAIN}{mark}{' ' * (columns - 1)}{_WIPE}"


def wiped() -> str:
    """Return what brings the cursor to column 0 and wipes the line, where nothing was printed."""
    return _WIPE
