"""Phrases that every view of a run shares: commands, texts, statuses and errors, for people."""

from __future__ import annotations

import errno
import os

from simpsh.wait_status import Continued, Exited, Killed, Stopped, decode


def quoted(text: str) -> str:
    r"""Return text in quotes, its control characters escaped.

    >>> print(quoted('a\tb\x1b'))
    "a\tb\x1b"
    """
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
    return f'"{shown}"'


def command(argv: tuple[str, ...]) -> str:
    """Return a command line for people: quoted where needed, control characters escaped."""
    return " ".join(_word(word) for word in argv)


def _word(word: str) -> str:
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode()
        for char in word
    )
    return f"'{shown}'" if " " in word or not word or shown != word else word


def ending(status: int) -> str:
    """Say how a process ended.

    >>> ending(0x0300), ending(9)
    ('exits with status 3', 'is killed by SIGKILL')
    """
    match decode(status):
        case Exited(code):
            return f"exits with status {code}"
        case Killed(signal, dumped_core):
            return f"is killed by {signal}{' and leaves a core' if dumped_core else ''}"
        case _:
            return "ends"


def status_words(status: int) -> str:
    """Say what a collected status tells.

    >>> status_words(0x0300), status_words(9)
    ('exit status 3', 'killed by SIGKILL')
    """
    match decode(status):
        case Exited(code):
            return f"exit status {code}"
        case Killed(signal, _):
            return f"killed by {signal}"
        case _:
            return "a change of state"


def status_news(status: int) -> str:
    """Say what a wait learned of a child that may live on."""
    match decode(status):
        case Stopped(signal):
            return f"was stopped by {signal}"
        case Continued():
            return "goes on"
        case _:
            return f"ended: {status_words(status)}"


def short_status(status: int) -> str:
    """Return a status in a few characters: the code, or the signal's name without SIG.

    >>> short_status(0x0300), short_status(15)
    ('3', 'TERM')
    """
    match decode(status):
        case Exited(code):
            return str(code)
        case Killed(signal, _):
            return signal.name.removeprefix("SIG")
        case _:
            return "?"


def errno_words(number: int) -> str:
    """Return an errno by name and meaning.

    >>> errno_words(2)
    'ENOENT, no such file or directory'
    """
    words = os.strerror(number)
    return f"{errno.errorcode.get(number, number)}, {words[:1].lower()}{words[1:]}"
