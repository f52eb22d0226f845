"""Phrases about statuses, errors and printed bytes, shared by all that tell of steps."""

from __future__ import annotations

import os

from simpsh.base.phrases import by_ending, errno_name, escaped


def status_clause(status: int) -> str:
    """Return how a process ended, to follow its name.

    >>> status_clause(0x0300), status_clause(9)
    ('ended with status 3', 'was killed by SIGKILL')
    """
    return by_ending(status, "ended with status {}", "was killed by {}", "ended")


def next_status_clause(status: int) -> str:
    """Return how a process is about to end.

    >>> next_status_clause(0), next_status_clause(15)
    ('ends with status 0', 'dies, killed by SIGTERM')
    """
    return by_ending(status, "ends with status {}", "dies, killed by {}", "ends")


def errno_clause(number: int) -> str:
    """Return why a call failed.

    >>> errno_clause(10)
    'no child processes (ECHILD)'
    """
    words = os.strerror(number)
    return f"{words[:1].lower()}{words[1:]} ({errno_name(number)})"


def quoted_output(data: bytes, longest: int = 60) -> str:
    r"""Return bytes as text in quotes for people; of a long text the end.

    >>> print(quoted_output(b"a\tb\n"), quoted_output(b"0123456789", 4))
    “a\tb\n” “…6789”
    """
    text = escaped(data.decode("utf-8", "backslashreplace"))
    return f"“{text}”" if len(text) <= longest else f"“…{text[-longest:]}”"
