"""`!!` and `!3`: lines typed before, put into a line before it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simpsh.base.errors import SimpshError

_PIECE = re.compile(r"'[^']*'?|\\.|[$][{]?!|!(!|-?[0-9]+)|.", re.DOTALL)
"""Quoted text, a character after a backslash, `$!`, a line of the history, or a character."""


def expanded(text: str, entries: Sequence[str]) -> str:
    """Return a line with each `!!`, `!3` and `!-3` replaced by the line that it means.

    Raises SimpshError: there is no such line.

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
    place = number - 1 if number > 0 else len(entries) + number
    if not (number and 0 <= place < len(entries)):
        raise SimpshError(f"!{name}: the history has no such line; 'history' lists them")
    return entries[place]
