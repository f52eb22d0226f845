"""Takes a lesson at a terminal: waits for its stops."""

import re

SECONDS = 100.0
"""The time limit for a run on a busy machine."""
WHOLE = r"(?:[^\n(:]*(?:\([^)\n]*\)|to reveal):|[^\n(]*Enter: (?:go on|run it|reveal|one answer))"
"""A complete prompt; a busy machine may show half of one first."""
_STOP = re.compile(rf"\[[^]]+\] {WHOLE}|>>")


def next_stop(terminal, after=0):
    """Wait until the cursor is after a prompt beyond an offset of the output; return it."""
    found = []

    def look():
        rows, (row, _) = terminal.screen().split("\n"), terminal.cursor()
        prompt = rows[row] if row < len(rows) else ""
        # New output follows the echo of the typed newline; at a task, a new prompt does.
        is_new = (b">> " if prompt == ">>" else b"\n") in terminal.raw[after:]
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
