"""Forced orders: who runs first after a birth; children, signals and ends early or late."""

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

# Further orders, between a process and what it waits for. “First” is the first process.
AT_BIRTH = "at once"
"""At the birth of a child, the next act of the user comes; the child runs before its parent."""
BEFORE_SLEEP = "right before the sleep"
"""Children and signals come between the last check of the first process and the call in which it
sleeps: whenever it sleeps, it is put back before that call, and held there."""
CHILDREN_LATE = "children late"
"""Children begin only when nothing else can move."""
PARENT_LATE = "the parent late"
"""The first process ends only when nothing else can move."""


def waits_after_birth(order: str) -> Callable[[int, int], int]:
    """Return the function that chooses the process that waits; see TracerOptions.holds.

    >>> waits = waits_after_birth("first the child, then the parent")
    >>> waits(1, 2), waits(1, 3)
    (1, 3)
    """
    turns = cycle(ORDERS[order])
    return lambda parent, child: child if next(turns) else parent
