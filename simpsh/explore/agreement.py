"""Which outcome is it that a free run has shown? Its pids are numbers, the outcome's are names."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simpsh.explore.ending import Ending
    from simpsh.explore.native import Native

_NAME = re.compile(rb"<(P(?:\.[0-9]+)*)>")


def agrees(native: Native, ending: Ending) -> bool:
    """Tell whether a free run may have had an outcome; statuses of descendants are not known."""
    if native.is_stuck != bool(ending.deadlock):
        return False
    status = dict(ending.statuses).get("P", -1)
    if native.status != status and not native.is_stuck:
        return False
    if not prints(native.output, ending.output):
        return False
    return native.is_stuck or _same_files(native, ending)


def prints(output: bytes, symbolic: bytes) -> bool:
    """Tell whether bytes are an output in which pids are shown by their processes' names.

    >>> prints(b"7 8 7", b"<P> <P.1> <P>"), prints(b"7 8 8", b"<P> <P.1> <P>")
    (True, False)
    """
    if b"<P" not in symbolic:
        return output == symbolic
    return _pattern(symbolic).fullmatch(output) is not None


def _same_files(native: Native, ending: Ending) -> bool:
    there, expected = dict(native.files), dict(ending.files)
    return there.keys() == expected.keys() and all(
        prints(there[name], expected[name]) for name in expected
    )


@cache
def _pattern(symbolic: bytes) -> re.Pattern[bytes]:
    seen: dict[bytes, int] = {}
    pattern, end = b"", 0
    for match in _NAME.finditer(symbolic):
        pattern += re.escape(symbolic[end : match.start()])
        name = match[1]
        if name in seen:
            pattern += b"(?P=p%d)" % seen[name]
        else:
            seen[name] = len(seen) + 1
            pattern += b"(?P<p%d>[0-9]+)" % seen[name]
        end = match.end()
    return re.compile(pattern + re.escape(symbolic[end:]), re.DOTALL)
