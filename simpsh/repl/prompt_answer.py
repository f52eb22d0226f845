"""What a prompt returns: a command, or a key without one."""

from __future__ import annotations

from enum import Enum


class KeyAnswer(Enum):
    """What the user answers to a prompt when it is no command line."""

    END = "end of input: ^D on an empty line, or the terminal is gone"
    INTERRUPT = "^C: the line is given up"
    AGAIN = "no key: something must be done first, then the prompt comes back"


Answer = str | KeyAnswer
