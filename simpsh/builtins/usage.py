"""What all builtins share: taking options apart, and writing their output."""

from __future__ import annotations

import os

from simpsh.errors import UsageProblem
from simpsh.kernel.descriptors import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def options(operands: Sequence[str], letters: str) -> tuple[str, list[str]]:
    """Split operands into option letters, in order, and the rest (POSIX XBD 12.2).

    Raises:
        UsageProblem: a letter is not among `letters`.

    >>> options(["-Lx", "--", "-y"], "Lx")
    ('Lx', ['-y'])
    """
    found = ""
    rest = list(operands)
    while rest and len(rest[0]) > 1 and rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "--":
            break
        for letter in word[1:]:
            if letter not in letters:
                raise UsageProblem(f"-{letter}: no such option")
        found += word[1:]
    return found, rest


def say(text: str) -> None:
    """Write a builtin's output to standard output, unbuffered.

    Raises:
        OSError: EPIPE, ENOSPC, EBADF …; the caller's caller turns it into one line.
    """
    if text:
        try:
            data = os.fsencode(text)
        except UnicodeEncodeError:
            # A locale without these characters: what can be said of it is better than nothing.
            data = text.encode("ascii", "replace")
        write_all(1, data)
