"""Which column of a timeline each process gets: lanes are given at birth and free after the end.

Where more processes live at once than there is room for lanes, the rest share the last column,
which shows how many they are.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.chronicle.model import Chronicle
    from simpsh.view.timeline_rows import Row

TIME_WIDTH = 9
"""The column of milliseconds, and the mark of a row that could come earlier."""
_SENTENCE_WIDTHS = (34, 44)
_WIDE_LANE, _NARROW_LANE = 3, 2
_CROWD_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything goes."""

    lanes: dict[str, int]
    """The lane of each process that has one; the others share the crowd's column."""
    count: int
    """How many lanes there are."""
    lane_width: int
    """Characters for each lane."""
    has_crowd: bool
    """Whether some processes had to share the last column."""

    @property
    def width(self) -> int:
        """Characters for all the lanes together."""
        return self.count * self.lane_width + (_CROWD_WIDTH if self.has_crowd else 0)

    def column(self, name: str) -> int:
        """Return where a process's lane is, in characters from the first lane."""
        return self.lanes.get(name, self.count) * self.lane_width


def layout_of(chronicle: Chronicle, rows: Sequence[Row], width: int) -> Layout:
    """Give each process a lane, within a page of `width` characters."""
    unlimited, needed = _assign(chronicle, rows, len(chronicle.processes))
    room = width - TIME_WIDTH - (_SENTENCE_WIDTHS[0] if width < 100 else _SENTENCE_WIDTHS[1])
    for lane_width in (_WIDE_LANE, _NARROW_LANE):
        if needed * lane_width <= room:
            return Layout(unlimited, needed, lane_width, has_crowd=False)
    limit = max(2, (room - _CROWD_WIDTH) // _NARROW_LANE)
    lanes, count = _assign(chronicle, rows, limit)
    return Layout(lanes, count, _NARROW_LANE, has_crowd=True)


def _assign(chronicle: Chronicle, rows: Sequence[Row], limit: int) -> tuple[dict[str, int], int]:
    """Walk through the rows; return the lanes and how many are used."""
    lanes: dict[str, int] = {}
    free: list[int] = []
    met: set[str] = set()
    used = 0
    for row in rows:
        born = _born(row)
        if born and born not in met:
            # Who found no lane at birth gets none later: a lane is one life from top to bottom.
            met.add(born)
            lane = _take(free, lanes.get(row.name, -1))
            if lane is None and used < limit:
                lane, used = used, used + 1
            if lane is not None:
                lanes[born] = lane
        for name in _gone(chronicle, row):
            if name in lanes:
                heapq.heappush(free, lanes[name])
    return lanes, used


def _born(row: Row) -> str:
    if row.kind == "fork":
        return row.other
    return row.name if row.kind != "reap" else ""


def _take(free: list[int], parent: int) -> int | None:
    """Take the first free lane, to the right of the parent's if there is one."""
    if not free:
        return None
    right = [lane for lane in free if lane > parent]
    if not right:
        return None
    lane = min(right)
    free.remove(lane)
    heapq.heapify(free)
    return lane


def _gone(chronicle: Chronicle, row: Row) -> tuple[str, ...]:
    if row.kind != "reap":
        return ()
    name = row.other or row.name
    process = chronicle.processes.get(name)
    return (name,) if process is not None and process.reap == row.index else ()
