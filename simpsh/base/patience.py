"""Time limits: what may be one, and how much longer they are on a machine that is slow.

SIMPSH_PATIENCE=N makes the limits of a demonstration, of a search of its orders, of an exercise, of
`grade`, and of what an explored program computes between two steps N times as long, from 1 to 100.
No limit decides on what is true: it ends what hangs.
"""

from __future__ import annotations

import math
import os

VARIABLE = "SIMPSH_PATIENCE"
_MOST = 100.0


def patience() -> float:
    """Return by how much limits are longer than usual; 1 if SIMPSH_PATIENCE is no such number."""
    try:
        wanted = float(os.environ.get(VARIABLE, "1"))
    except ValueError:
        return 1.0
    return wanted if 1 <= wanted <= _MOST else 1.0


def number_of_seconds(given: object) -> float:
    """Return a time limit that can be compared with.

    Raises TypeError: it is no number. ValueError: it is NaN, which is neither more nor less than
    anything.
    """
    if not hasattr(given, "__float__"):
        raise TypeError(f"a time limit is a number of seconds, not {given!r}")
    seconds = float(given)
    if math.isnan(seconds):
        raise ValueError("a time limit is a number of seconds, not NaN")
    return seconds
