"""Time limits on a machine that is slow: emulated, or shared by a class.

SIMPSH_PATIENCE=N makes the limits of a demonstration, of a search of its orders, of an exercise, of
`grade`, and of what an explored program computes between two steps N times as long, from 1 to 100.
No limit decides on what is true: it ends what hangs.
"""

from __future__ import annotations

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
