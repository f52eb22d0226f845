"""What the user answers to a prompt when it is no command line."""

from __future__ import annotations

from enum import Enum


class Pressed(Enum):
    """An answer without a text."""

    END = "end of input: ^D on an empty line, or the terminal is gone"
    INTERRUPT = "^C: the line is given up"
    AGAIN = "nobody pressed anything: something must be done first, then the prompt comes back"


Answer = str | Pressed
