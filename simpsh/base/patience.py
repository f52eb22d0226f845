"""Time limits, and how they are extended on slow machines.

SIMPSH_PATIENCE=N, from 1 to 100, multiplies the limits of demonstrations, of exploring, of
exercises, of `grade`, and of an explored program's computing between two steps. Limits only end
hanging programs; results do not depend on them.
"""

from __future__ import annotations

import os

VARIABLE = "SIMPSH_PATIENCE"
_MOST = 100.0


def patience() -> float:
    """Return the factor for limits; 1 if SIMPSH_PATIENCE is not a valid number."""
    try:
        wanted = float(os.environ.get(VARIABLE, "1"))
    except ValueError:
        return 1.0
    return wanted if 1 <= wanted <= _MOST else 1.0
