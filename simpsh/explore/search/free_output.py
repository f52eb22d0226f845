"""Whether a free run has printed a text of the model: marks stand for pids, which differ.

The first pid of a free run is chosen, and the kernel hands out the next ones in order.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from simpsh.base.process_names import FIRST, birth_path
from simpsh.explore.objects.name_words import MARKS

FIRST_PID = 20_000
"""The pid of the program: programs rarely print it otherwise."""
_PID = rb"2\d{4}"


def without_adopter(output: bytes) -> bytes:
    """Replace the pid of this process, which adopts the orphans of free runs, by that of init."""
    return re.sub(rb"(?<!\d)%d(?!\d)" % os.getpid(), b"1", output)


def outside_pids() -> bytes:
    """Return a pattern of the pids outside that a program may ask for: parent, init and session."""
    return b"|".join(b"%d" % pid for pid in sorted({1, os.getppid(), os.getsid(0)}))


def _fits(name: str, pid: int, others: Mapping[str, int]) -> bool:
    """Return whether a process may have a pid, given the pids of others."""
    return (name == FIRST) == (pid == FIRST_PID) and not any(
        pid == other_pid
        or (_is_older(other, name) and pid < other_pid)
        or (_is_older(name, other) and pid > other_pid)
        for other, other_pid in others.items()
    )


def _is_older(name: str, other: str) -> bool:
    """Return whether a process must have been born before another: an ancestor, an elder sibling.

    >>> _is_older("P1", "P2.1"), _is_older("P1.1", "P2"), _is_older("P0", "P3")
    (True, False, True)
    """
    path, below = birth_path(name), birth_path(other)
    if len(path) > len(below) or name == other:
        return False
    return path == below[: len(path)] or (
        path[:-1] == below[: len(path) - 1] and path[-1] < below[len(path) - 1]
    )


def prints(output: bytes, text: bytes, outside: bytes) -> bool:
    """Return whether a free run may have printed a text as `output`; see outside_pids().

    A program may also print what looks like a mark: then each such mark is a pid or not.
    """
    if output == text:
        return True
    pattern, end, names = b"", 0, list[str]()
    for match in MARKS.finditer(text):
        pattern += re.escape(text[end : match.start()])
        if match["process"]:
            pattern += b"(?:%s|(%s))" % (match[0], _PID)
            names.append(match["process"].decode())
        else:
            pattern += b"(?:%s|%s)" % (match[0], outside)
        end = match.end()
    found = re.fullmatch(pattern + re.escape(text[end:]), output)
    if found is None:
        return False
    pairs = {(name, int(pid)) for name, pid in zip(names, found.groups(), strict=True) if pid}
    given = dict(pairs)
    return len(given) == len(pairs) and all(
        _fits(name, pid, {other: given[other] for other in given if other != name})
        for name, pid in given.items()
    )
