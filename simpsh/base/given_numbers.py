"""Numbers that a caller passes to the public library: whole numbers and time limits.

A pid, descriptor, signal, inode or count is anything with `__index__`, such as numpy's integers. A
time limit is anything with `__float__`. True and False are refused: `PidFd.open(True)` would
otherwise open init.
"""

from __future__ import annotations

import math
from operator import index


def whole_number(given: object, what: str) -> int:
    """Return a whole number; `what` begins the error message, such as `a signal is a number`.

    Raises TypeError: it is a bool, a float or no number at all.

    >>> whole_number(True, "a signal is a number")
    Traceback (most recent call last):
    TypeError: a signal is a number, not True
    """
    if not isinstance(given, bool):
        try:
            return int(index(given))  # type: ignore[arg-type] # an int, also of a subclass
        except TypeError:
            pass
    raise TypeError(f"{what}, not {given!r}") from None


def number_of_seconds(given: object) -> float:
    """Return a time limit as a float.

    Raises TypeError: it is a bool, or no number. ValueError: NaN, which cannot be compared.
    """
    if isinstance(given, bool) or not hasattr(given, "__float__"):
        raise TypeError(f"a time limit is a number of seconds, not {given!r}")
    seconds = float(given)
    if math.isnan(seconds):
        raise ValueError("a time limit is a number of seconds, not NaN")
    return seconds
