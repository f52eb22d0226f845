"""Takes a lesson at a terminal: waits for its stops."""

import re

SECONDS = 100.0
"""The time limit for a run on a busy machine."""
WHOLE = r"(?:[^\n(:]*(?:\([^)\n]*\)|to reveal):|[^\n(]*Enter: (?:go on|run it|reveal|one answer))"
"""A complete prompt; a busy machine may show half of one first."""
_STOP = re.compile(rf"\[[^]]+\] {WHOLE}|>>")
_EDITOR_BEGINS = b"\x1b[?2004h"


def next_stop(terminal, after=0):
    """Wait until the cursor is after a prompt beyond an offset of the output; return it."""
    found = []
    # New output follows the echo of the typed newline. The line editor also writes newlines to move
    # the cursor, but it requests bracketed paste each time it begins. A shell paints its first
    # prompt before that.
    new = _EDITOR_BEGINS if _EDITOR_BEGINS in terminal.raw[:after] else b"\n"

    def look():
        rows, (row, _) = terminal.screen().split("\n"), terminal.cursor()
        prompt = rows[row] if row < len(rows) else ""
        is_new = not after or new in terminal.raw[after:]
        if prompt == ">>":
            is_new = _EDITOR_BEGINS in terminal.raw[after:]
        if is_new and _STOP.fullmatch(prompt):
            found.append(prompt)
        return bool(found)

    terminal.wait_until(look, "the next stop never came", SECONDS)
    return found[-1]


def type_line(terminal, line=""):
    """Type a line at a stop, and return the next stop."""
    offset = len(terminal.raw)
    terminal.send(f"{line}\r")
    return next_stop(terminal, offset)
