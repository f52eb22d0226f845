"""Forced orders: who runs first after each birth, where what happens may depend on it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

ORDERS = {
    "parents first": (True, True),
    "children first": (False, False),
    "first the parent, then the second child": (True, False),
    "first the child, then the parent": (False, True),
}
"""By name: whether the parent of the first, third … child, and of the second, fourth … runs first,
until all sleep."""


def waits_after_birth(order: str) -> Callable[[int, int], int]:
    """Return what says, of a parent and its new child, who waits in an order; see `holds`.

    >>> waits = waits_after_birth("first the child, then the parent")
    >>> waits(1, 2), waits(1, 3)
    (1, 3)
    """
    turns = cycle(ORDERS[order])
    return lambda parent, child: child if next(turns) else parent
