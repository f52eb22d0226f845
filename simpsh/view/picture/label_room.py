"""Where words fit in a timeline without touching anything else.

A lane has three zones for words: above its bar, in it, below it. What stands or passes there at a
step is an obstacle. A word begins at a step and has room up to the next obstacle of its zone: it
fits as soon as the columns between the two are wide enough. So a page that makes its columns wider
or narrower needs two numbers for each word: the step of the obstacle, and the pixels up to it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

ABOVE, BAR, BELOW = "above", "bar", "below"
_MARGIN = 4.0
_ARROW = 6.0
"""Half the width of an arrow's head."""
_MOST_GAPS = 64
"""How many gaps of a long stretch are tried."""
_Obstacle = tuple[int, float, float]
"""Its step, and how far it reaches to the left and to the right."""


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

    def slack(self, column: float) -> float:
        """Return how many pixels are left over where columns are so wide."""
        return column * (self.until - self.place) - self.needed

    def fits(self, column: float) -> bool:
        """Return whether the word is shown where columns are so wide."""
        return self.slack(column) >= 0


class LabelRoom:
    """The obstacles of a drawing, by lane and zone.

    Args:
        steps: how many there are; behind the last one there is room for one more.
        edges: the arrows, in order of their steps.
    """

    def __init__(self, steps: int, edges: Sequence[Edge]) -> None:
        self._steps = steps
        self._obstacles: dict[tuple[int, str], list[_Obstacle]] = {}
        # An arrow may pass thousands of lanes: those between its ends are looked up when asked.
        self._spans = [_span(edge) for edge in edges]
        self._places = [edge.place for edge in edges]
        for edge, (_, high) in zip(edges, self._spans, strict=True):
            going_down = edge.target == high
            if edge.source is not None:
                self.block(edge.source, BELOW if going_down else ABOVE, edge.place, _ARROW)
            self.block(edge.target, ABOVE if going_down else BELOW, edge.place, _ARROW)

    def block(self, lane: int, zone: str, place: int, reach: float) -> None:
        """Note an obstacle, by how far it reaches to both sides of its step."""
        insort(self._obstacles.setdefault((lane, zone), []), (place, reach, reach))

    def take(self, lane: int, zone: str, spot: Spot) -> None:
        """Note that a word was put there: what is left of it ends before it."""
        found = self._obstacles.setdefault((lane, zone), [])
        insort(found, (spot.place, _MARGIN - spot.offset, 0.0))

    def beside(self, lane: int, zone: str, place: int, offset: float, width: float) -> Spot:
        """Return the room at the right of a step's mark."""
        following = self._along(lane, zone, place + 1)
        until, left, _ = next(following, (self._steps, 0.0, 0.0))
        return Spot(place, offset, until, offset + width + _MARGIN + left)

    def within(self, lane: int, begin: int, until: int, width: float, column: float) -> Spot:
        """Return the best room in a stretch of a bar: the first that fits, else the widest."""
        spots = []
        place, right = begin, 0.0
        for end, left, next_right in self._along(lane, BAR, begin):
            if end > begin or place > begin:
                to, reach = min((end, left), (until, 0.0), key=lambda one: one[0])
                spot = Spot(place, right + _MARGIN, to, right + width + 2 * _MARGIN + reach)
                spots.append(spot)
                if end >= until or spot.fits(column) or len(spots) == _MOST_GAPS:
                    break
            place, right = end, next_right
        else:
            spots.append(Spot(place, right + _MARGIN, until, right + width + 2 * _MARGIN))
        return max(spots, key=lambda one: (one.fits(column), one.slack(column)))

    def _along(self, lane: int, zone: str, begin: int) -> Iterator[_Obstacle]:
        """Yield what stands or passes in a lane's zone from a step on."""
        found = self._obstacles.get((lane, zone), [])
        own = found[bisect_left(found, begin, key=lambda obstacle: obstacle[0]) :]
        return merge(own, self._passing(lane, begin))

    def _passing(self, lane: int, begin: int) -> Iterator[_Obstacle]:
        for number in range(bisect_left(self._places, begin), len(self._places)):
            low, high = self._spans[number]
            if low < lane < high:
                yield self._places[number], _ARROW, _ARROW


def _span(edge: Edge) -> tuple[int, int]:
    source = edge.target - 1 if edge.source is None else edge.source
    return min(source, edge.target), max(source, edge.target)
