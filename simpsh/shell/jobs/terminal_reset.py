"""Sequences that undo what a job may have left in the terminal, without asking the terminal.

A query would cost a round trip, few terminals answer it, and the next program may read the answer.
"""

from __future__ import annotations

KEYS_RESET = "".join(
    f"\x1b[?{mode}l" for mode in (9, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004, 1)
)
KEYS_RESET += "\x1b>\x1b[?25h"
"""Turns off mouse reports, focus reports, bracketed paste and application keys, and shows the
cursor. Has no visible effect if they are off.
"""

SCREEN_RESET = (
    "\x1b[?7h\x1b[?45h \b\x1b[?45l"  # a wrap that the terminal has delayed happens now
    "\x1b7\x1b[?69l\x1b[?6l\x1b[r\x1b8"  # no margins
    "\x1b[?1049h\x1b[?1049l"  # the main screen
    "\x1b[!p\x1b[4l\x1b[?7h\x1b[?5l\x1b[>4m\x1b[?2026l\x0f\x1b(B\x1b[0m"
)
"""Leaves the alternate screen and undoes margins, insert mode, disabled wrapping, reverse video,
reports of modified keys, held-back output, line drawing and colours.

It must not move the cursor or erase text, whatever was on:

- Leaving the alternate screen restores the cursor's position from before it; tmux does so even if
  that screen is not on. Selecting it first saves the position, or does nothing if it is on.
- Resetting margins or the origin mode moves the cursor to the corner, so its position is saved.
- Most terminals forget a delayed wrap when they restore a position, and would overwrite the last
  character of a full row. So a blank is written, and the cursor moves back; mode 45 lets it stay in
  the last column of xterm.
- DECSTR, `CSI ! p`, resets the origin mode of xterm, which restoring a position turns on again.
  urxvt then restores the saved position, so nothing may move the cursor after it was saved. The
  origin mode of tmux stays on.
"""

JOB_RESET = SCREEN_RESET + KEYS_RESET
"""Written after a job that may have left the terminal in a special state."""


MARK = "⏎"
"""Shown after text without a newline."""

_PLAIN, _DIM = "\x1b[0m", "\x1b[2m"
WIPE = "\r\x1b[K"
"""Moves the cursor to column 0 and erases the line."""


def to_column_zero(columns: int, *, marks: bool = True) -> str:
    r"""Return the sequence that moves to column 0 of a fresh line and resets the colours.

    It writes a mark and blanks to the width of the screen: the mark remains visible only if the
    previous output had no final newline. The terminal must wrap lines and delay the wrap at the
    last column, like xterm and most others ("xenl" in terminfo(5)).

    `columns` is 0 if the width is unknown: a wrong width would erase text, so a line is left empty.
    `marks`: show ⏎ after text without a newline; not if that may be the echo of keys typed early.

    >>> to_column_zero(4)
    '\x1b[0m\x1b[2m⏎\x1b[0m   \r\x1b[K'
    >>> to_column_zero(0)
    '\x1b[0m\r\n'
    """
    if not columns:
        return f"{_PLAIN}\r\n"
    mark = f"{_DIM}{MARK}{_PLAIN}" if marks else " "
    return f"{_PLAIN}{mark}{' ' * (columns - 1)}{WIPE}"
