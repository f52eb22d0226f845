"""The evidence for an order: a chain of causes from one event to another."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from simpsh.events import Line, Reparent, SignalDeliver

if TYPE_CHECKING:
    from simpsh.chronicle.model import Chronicle
    from simpsh.events import What


def chain(chronicle: Chronicle, first: int, last: int) -> tuple[int, ...]:
    """Return the shortest chain of causes: the two events, and where it changes the process.

    Empty if there is no such chain. Events between them that stay in one process are left out.
    """
    came_from: dict[int, int] = {last: last}
    todo = deque([last])
    while todo and first not in came_from:
        event = todo.popleft()
        for cause in _causes(chronicle, event, first):
            if cause not in came_from:
                came_from[cause] = event
                todo.append(cause)
    if first not in came_from:
        return ()
    way = [first]
    while way[-1] != last:
        way.append(came_from[way[-1]])
    return _told(chronicle, way)


def _causes(chronicle: Chronicle, event: int, first: int) -> list[int]:
    """Return what directly caused an event: others, or the one before it in its own process.

    Of its own process only those matter at which a chain can leave: they are skipped through.
    """
    causes = [one for one in chronicle.causes.direct(event) if one >= first]
    before = _previous(chronicle, event)
    return [*causes, before] if before is not None and before >= first else causes


def _previous(chronicle: Chronicle, event: int) -> int | None:
    events, owners = chronicle.events, chronicle.owners
    if _is_beside(events[event].what):
        return None
    for index in range(event - 1, -1, -1):
        is_own = owners[index] == owners[event] and events[index].tid == events[event].tid
        if is_own and not _is_beside(events[index].what):
            return index
    return None


def _told(chronicle: Chronicle, way: list[int]) -> tuple[int, ...]:
    """Leave out what lies between two crossings within one process."""
    kept = [way[0]]
    for before, here, after in zip(way, way[1:], way[2:], strict=False):
        crosses = chronicle.owners[before] != chronicle.owners[here]
        leaves = chronicle.owners[here] != chronicle.owners[after]
        if (crosses or leaves) and not isinstance(chronicle.events[here].what, Line):
            kept.append(here)
    return tuple(dict.fromkeys([*kept, way[-1]]))


def _is_beside(what: What) -> bool:
    """Tell whether an event comes to a process without its program's taking part."""
    return isinstance(what, Reparent) or (isinstance(what, SignalDeliver) and what.effect != "")
