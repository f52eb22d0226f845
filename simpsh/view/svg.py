"""The timeline as SVG: a lane for each process, a column for each step, time to the right.

The picture is complete by itself: it needs no script. Each element says with `data-i` at which
step it begins, and each bar with `data-e` at which it ends, for a page that steps through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.view.svg_geometry import LABELS, Geometry, shortened
from simpsh.view.svg_marks import DEFINITIONS, tag, text
from simpsh.view.svg_steps import mark
from simpsh.view.svg_style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.chronicle.model import Chronicle, Process
    from simpsh.view.timeline_rows import Row

_HEIGHTS = {"running": 16, "waiting": 5, "blocked": 5, "stopped": 16, "zombie": 9}
_CHARACTER = 6.6
_TICK_MILLISECONDS, _TICK_SHARE, _TICK_GAP = 8, 0.02, 56


class Picture(Geometry):
    """The drawing of a run: geometry, and the elements in painting order."""

    def labels(self) -> str:
        """Draw the names of the lanes, as an SVG of its own that stays in view."""
        parts = []
        for name in self.lanes:
            process, y = self.chronicle.processes[name], self.y(name) + 4
            program = process.programs[-1].name if process.programs else ""
            parts.append(text(process.label, class_="name", x=10, y=y))
            left = 18 + round(_CHARACTER * len(process.label) * 1.1)
            parts.append(
                text(shortened(program, 13 - len(process.label)), class_="program", x=left, y=y)
            )
        parts += [text(who, class_="outsider", x=10, y=self.y(who) + 4) for who in self.adopters]
        return tag("svg", "".join(parts), **self._size(LABELS, class_="labels", aria_hidden="true"))

    def timeline(self, element: str = "timeline") -> str:
        """Draw everything but the names."""
        count = f"{len(self.lanes)} processes, {len(self.rows)} steps."
        parts = [
            tag("title", "Process timeline"),
            tag("desc", f"{count} The same steps are listed as text below the picture."),
            DEFINITIONS,
            tag("g", self.content(), class_="content"),
        ]
        return tag("svg", "".join(parts), **self._size(self.width, id=element, role="img"))

    def content(self) -> str:
        """Draw the inside of the timeline, back to front."""
        later = [mark(self, place, row) for place, row in enumerate(self.rows)]
        cursor = tag(
            "rect",
            id="cursor",
            x=self.x(-0.5),
            y=24,
            width=self.column,
            height=self.height - 34,
            rx=5,
        )
        return "".join(
            [cursor, *self._ruler(), *self._guides(), *self._bars(), *later, *self._programs()]
        )

    def _size(self, width: float, **attributes: object) -> dict[str, object]:
        view = f"0 0 {width:.0f} {self.height}"
        return {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": view,
            "width": round(width),
            "height": self.height,
            **attributes,
        }

    def _ruler(self) -> Iterator[str]:
        """Mark real time where the clock jumped: the columns are steps, not moments."""
        last, at = None, -1000.0
        jump = max(
            _TICK_MILLISECONDS, _TICK_SHARE * (self.rows[-1].milliseconds if self.rows else 0)
        )
        for place, row in enumerate(self.rows):
            if last is None or row.milliseconds - last > jump:
                x = self.x(place)
                yield tag("line", class_="tick", x1=x, x2=x, y1=22, y2=self.height - 12)
                if x - at > _TICK_GAP:
                    yield text(f"{row.milliseconds:.0f} ms", class_="time", x=x, y=15)
                    at = x
            last = row.milliseconds

    def _guides(self) -> Iterator[str]:
        for name in (*self.lanes, *self.adopters):
            kind = "guide" if name in self.lanes else "guide outside"
            y = self.y(name)
            yield tag("line", class_=kind, x1=0, x2=self.width - 8, y1=y, y2=y)

    def _bars(self) -> Iterator[str]:
        for name in self.lanes:
            y = self.y(name)
            for state, begin, end in self.stretches(self.chronicle.processes[name]):
                x, height = self.x(begin), _HEIGHTS[state]
                width = self.x(min(end, len(self.rows) - 0.4)) - x
                yield tag(
                    "rect",
                    class_=f"bar {state}",
                    data_i=begin,
                    data_e=end,
                    x=x,
                    y=y - height / 2,
                    width=max(0, width),
                    height=height,
                    rx=3,
                )
                if state != "running" and width >= _CHARACTER * len(state) + 4:
                    below = y + 17 if state in ("zombie", "stopped") else y - 7
                    yield text(state, class_="state", data_i=begin, x=x + width / 2, y=below)

    def _programs(self) -> Iterator[str]:
        for name in self.lanes:
            process = self.chronicle.processes[name]
            programs = [
                one
                for before, one in zip([None, *process.programs], process.programs, strict=False)
                # The command itself: told when the recording began, and again by its execve.
                if before is None or before.is_copy or before.argv != one.argv
            ]
            ends = [*(self.place(one.begin) for one in programs[1:]), self.place(process.exit)]
            for program, end in zip(programs, ends, strict=False):
                found = self._room_for(process, self.place(program.begin), end, program.name)
                if found is not None:
                    kind = "inside copy" if program.is_copy else "inside"
                    x, begin = found
                    yield text(program.name, class_=kind, data_i=begin, x=x, y=self.y(name) + 4)

    def _room_for(
        self, process: Process, first: int, end: int, name: str
    ) -> tuple[float, int] | None:
        """Find where in its running bars a program's name fits."""
        for state, begin, until in self.stretches(process):
            begin, until = max(begin, first), min(until, end)
            offset = 12 if begin == first else 6
            if (
                state == "running"
                and self.x(until) - self.x(begin) > _CHARACTER * len(name) + offset
            ):
                return self.x(begin) + offset, begin
        return None


def slide(chronicle: Chronicle, rows: Sequence[Row], title: str = "") -> str:
    """Return the timeline as one SVG file, for slides: names, picture and style in one."""
    picture = Picture(chronicle, rows)
    above = 34 if title else 0
    width, height = LABELS + picture.width, picture.height + above
    body = (
        tag("style", STYLE)
        + DEFINITIONS
        + tag("rect", class_="card", width=round(width), height=height)
        + (text(shortened(title, 110), class_="title", x=12, y=24) if title else "")
        + tag("g", picture.labels(), transform=f"translate(0 {above})")
        + tag("g", picture.content(), transform=f"translate({LABELS} {above})")
    )
    view = f"0 0 {width:.0f} {height}"
    inside = tag(
        "svg",
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=view,
        width=round(width),
        height=height,
        class_="timeline alone",
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{inside}\n'
