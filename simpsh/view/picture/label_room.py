"""Where words fit in a timeline without touching anything else.

A lane has three zones for words: above its bar, in it, below it. What stands or passes there at a
step is an obstacle. A word begins at a step and has room up to the next obstacle of its zone: it
fits as soon as the columns between the two are wide enough. So a page that makes its columns wider
or narrower needs two numbers for each word: the step of the obstacle, and the pixels up to it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

ABOVE, BAR, BELOW = "above", "bar", "below"
_MARGIN = 4.0
_ARROW = 6.0
"""Half the width of an arrow's head."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow of one step, straight up or down."""

    kind: str
    place: int
    source: int | None
    """The lane it comes from; None for outside, from above."""
    target: int


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a word is put: it is shown where `x(until) - x(place)` is `needed` pixels or more."""

    place: int
    offset: float
    """From the step's middle to the word's left edge."""
    until: int
    needed: float


class LabelRoom:
    """The obstacles of a drawing, by lane and zone.

    Args:
        steps: how many there are; behind the last one there is room for one more.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._obstacles: dict[tuple[int, str], list[tuple[int, float, float]]] = {}

    def block(self, lane: int, zone: str, place: int, reach: float) -> None:
        """Note an obstacle, by how far it reaches to both sides of its step."""
        insort(self._obstacles.setdefault((lane, zone), []), (place, reach, reach))

    def take(self, lane: int, zone: str, spot: Spot) -> None:
        """Note that a word was put there: what is left of it ends before it."""
        found = self._obstacles.setdefault((lane, zone), [])
        insort(found, (spot.place, _MARGIN - spot.offset, 0.0))

    def block_edge(self, edge: Edge) -> None:
        """Note what an arrow passes: it leaves its lane on one side, and arrives on another."""
        source = edge.target - 1 if edge.source is None else edge.source
        going_down = edge.target > source
        if edge.source is not None:
            self.block(source, BELOW if going_down else ABOVE, edge.place, _ARROW)
        self.block(edge.target, ABOVE if going_down else BELOW, edge.place, _ARROW)
        for lane in range(min(source, edge.target) + 1, max(source, edge.target)):
            for zone in (ABOVE, BAR, BELOW):
                self.block(lane, zone, edge.place, _ARROW)

    def beside(self, lane: int, zone: str, place: int, offset: float, width: float) -> Spot:
        """Return the room at the right of a step's mark."""
        found = self._obstacles.get((lane, zone), [])
        at = bisect_right(found, place, key=lambda obstacle: obstacle[0])
        until, left = (found[at][0], found[at][1]) if at < len(found) else (self._steps, 0.0)
        return Spot(place, offset, until, offset + width + _MARGIN + left)

    def within(self, lane: int, begin: int, until: int, width: float, column: float) -> Spot:
        """Return the best room in a stretch of a bar: the first that fits, else the widest."""
        found = self._obstacles.get((lane, BAR), [])
        first = bisect_left(found, begin, key=lambda obstacle: obstacle[0])
        last = bisect_left(found, until, key=lambda obstacle: obstacle[0])
        inside = found[first:last]
        if not inside or inside[0][0] > begin:
            inside = [(begin, 0.0, 0.0), *inside]
        ends = [*((place, left) for place, left, _ in inside[1:]), self._end(lane, until)]
        spots = [
            Spot(place, right + _MARGIN, end, right + width + 2 * _MARGIN + left)
            for (place, _, right), (end, left) in zip(inside, ends, strict=True)
        ]
        fitting = (one for one in spots if column * (one.until - one.place) >= one.needed)
        return next(fitting, None) or max(
            spots, key=lambda one: column * (one.until - one.place) - one.needed
        )

    def _end(self, lane: int, until: int) -> tuple[int, float]:
        """Return where a stretch ends, with the mark that may stand there."""
        found = self._obstacles.get((lane, BAR), [])
        at = bisect_left(found, until, key=lambda obstacle: obstacle[0])
        there = found[at : at + 1]
        return (until, there[0][1]) if there and there[0][0] == until else (until, 0.0)
