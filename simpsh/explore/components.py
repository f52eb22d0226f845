"""Which states can be gone back to: the graph's strongly connected components, last ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def components(targets: Sequence[Sequence[int]], roots: Iterable[int] = (0,)) -> list[list[int]]:
    """Return the strongly connected components of what the roots reach (Tarjan 1972).

    A component comes after all those it leads to.

    Args:
        targets: for every state, the states that one step leads to.
        roots: where to begin.

    >>> components([[1], [2, 3], [1], []])
    [[3], [2, 1], [0]]
    """
    found: list[list[int]] = []
    order: dict[int, int] = {}
    for root in roots:
        if root not in order:
            _visit(root, targets, order, found)
    return found


def _visit(
    root: int, targets: Sequence[Sequence[int]], order: dict[int, int], found: list[list[int]]
) -> None:
    """Add the components that a root reaches and that are not found yet."""
    order[root] = len(order)
    low = {root: order[root]}
    waiting, is_waiting = [root], {root}
    path = [(root, iter(targets[root]))]
    while path:
        state, rest = path[-1]
        for target in rest:
            if target not in order:
                order[target] = low[target] = len(order)
                waiting.append(target)
                is_waiting.add(target)
                path.append((target, iter(targets[target])))
                break
            if target in is_waiting:
                low[state] = min(low[state], order[target])
        else:
            path.pop()
            if path:
                above = path[-1][0]
                low[above] = min(low[above], low[state])
            if low[state] == order[state]:
                place = _last(waiting, state)
                component = waiting[place:]
                del waiting[place:]
                is_waiting.difference_update(component)
                found.append(component[::-1])


def _last(items: list[int], item: int) -> int:
    place = len(items) - 1
    while items[place] != item:
        place -= 1
    return place
