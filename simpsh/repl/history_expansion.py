"""History expansion: `!!` and `!3`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simpsh.base.errors import SimpshError

_PIECE = re.compile(r"'[^']*'?|\\.|[$][{]?!|!(!|-?[0-9]+)|.", re.DOTALL)
"""A quoted text, an escaped character, `$!`, a reference to the history, or a character."""


def expanded(text: str, entries: Sequence[str]) -> str:
    """Return a line with each `!!`, `!3` and `!-3` replaced by that line of the history.

    Raises SimpshError: the history has no such line.

    >>> expanded("sudo !!; echo '!!' $! !1", ["ls", "make install"])
    "sudo make install; echo '!!' $! ls"
    """
    pieces = []
    is_in_double_quotes = False
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        assert match is not None
        piece = match[0]
        if is_in_double_quotes and piece[0] == "'":
            piece = "'"
        at += len(piece)
        is_in_double_quotes ^= piece == '"'
        pieces.append(_entry(match[1], entries) if match[1] else piece)
    return "".join(pieces)


def _entry(name: str, entries: Sequence[str]) -> str:
    number = -1 if name == "!" else int(name)
    index = number - 1 if number > 0 else len(entries) + number
    if not (number and 0 <= index < len(entries)):
        raise SimpshError(f"!{name}: the history has no such line; 'history' lists them")
    return entries[index]
