"""The geometry of the SVG timeline: where each process's lane and each step's column is."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.chronicle.model import Chronicle, Process
    from simpsh.view.timeline_rows import Row

LANE, TOP, LEFT, LABELS = 38, 48, 18, 118
_WIDEST, _NARROWEST = 46, 18
_PAGE = 1240


class Geometry:
    """Places for processes and steps, in units of the picture."""

    def __init__(self, chronicle: Chronicle, rows: Sequence[Row]) -> None:
        self.chronicle = chronicle
        self.rows = rows
        self.lanes = {name: place for place, name in enumerate(_drawn(chronicle, rows))}
        self.column = max(_NARROWEST, min(_WIDEST, (_PAGE - LABELS - 60) / max(1, len(rows))))
        self._indices = [row.index for row in rows]
        self.adopters = sorted({who for name in self.lanes for who in self._outsiders(name)})
        self.width = LEFT + len(rows) * self.column + 30
        self.height = TOP + (len(self.lanes) + len(self.adopters)) * LANE

    def x(self, place: float) -> float:
        """Return where a step is drawn, by its place among the rows."""
        return LEFT + place * self.column

    def y(self, name: str) -> float:
        """Return the middle of a lane: a process's, or an outside adopter's."""
        if name in self.lanes:
            return TOP + self.lanes[name] * LANE
        return TOP + (len(self.lanes) + self.adopters.index(name)) * LANE

    def place(self, index: int | None) -> int:
        """Return the first step that is not before an event; the end for None."""
        return len(self.rows) if index is None else bisect_left(self._indices, index)

    def _outsiders(self, name: str) -> Iterator[str]:
        for _, adopter in self.chronicle.processes[name].adoptions:
            if adopter not in self.lanes:
                yield adopter

    def stretches(self, process: Process) -> Iterator[tuple[str, int, int]]:
        """Return a process's states as stretches of steps; those between two steps are left out."""
        for interval in process.intervals:
            begin, end = self.place(interval.begin), self.place(interval.end)
            if end > begin:
                yield interval.state, begin, end


def _drawn(chronicle: Chronicle, rows: Sequence[Row]) -> list[str]:
    """Return the processes that occur in the steps, in order of birth."""
    named = {row.name for row in rows} | {row.other for row in rows}
    return [name for name in chronicle.processes if name in named]


def shortened(words: str, most: int) -> str:
    """Return at most `most` characters of a text, with a mark where it was cut."""
    return words if len(words) <= most else words[: max(1, most - 1)] + "…"
