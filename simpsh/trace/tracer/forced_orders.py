"""Forced orders: whether the parent or the child runs first after each birth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

ORDERS = {
    "parents first": (True, True),
    "children first": (False, False),
    "first the parent, then the second child": (True, False),
    "first the child, then the parent": (False, True),
}
"""By name: whether the parent runs first after the first, third … birth, and after the second,
fourth … birth. The other process waits until all others sleep."""


def waits_after_birth(order: str) -> Callable[[int, int], int]:
    """Return the function that chooses the process that waits; see TracerOptions.holds.

    >>> waits = waits_after_birth("first the child, then the parent")
    >>> waits(1, 2), waits(1, 3)
    (1, 3)
    """
    turns = cycle(ORDERS[order])
    return lambda parent, child: child if next(turns) else parent
