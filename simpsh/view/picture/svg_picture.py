"""The timeline as SVG: a lane for each process, a column for each step, time to the right.

The picture is complete by itself: it needs no script. A page may still lay it out anew, with
other columns and other lanes, because each element says where it belongs: `data-i` is its step,
`data-l` its lane, `data-e` the step at which a bar ends, `data-a` and `data-b` the lanes that an
arrow joins, `data-d` how far a mark stands from the middle of its lane, `data-j` and `data-w` the
room that words need (see label_room).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from simpsh.base.phrases import counted, shortened
from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife, ProgramRun
from simpsh.view.picture.label_room import ABOVE, BAR, BELOW, Edge, LabelRoom, Spot
from simpsh.view.picture.step_marks import CHARACTER, Words, marks_of
from simpsh.view.picture.svg_elements import (
    DEFINITIONS,
    moved,
    number,
    pill,
    plain,
    svg,
    tag,
    text_tag,
)
from simpsh.view.picture.svg_style import STYLE
from simpsh.view.timeline.timeline_rows import TimelineRow

LANE, TOP, LEFT, LABELS, AXIS = 44, 12, 24, 132, 36
"""Pixels: the height of a lane, what is free above and at the left, the names' width, the axis."""
_WIDEST, _NARROWEST = 46, 18
_PAGE = 1240
_HEIGHTS = {"running": 16, "waiting": 5, "blocked": 5, "stopped": 16, "zombie": 10}
_EDGES = {ABOVE: -8, BAR: 0, BELOW: 8}
"""Where the marks of a zone begin, from the middle of the lane."""
_BOLD = 7.1
"""The width of a character of a program's name."""
_PAUSE_MILLISECONDS, _PAUSE_SHARE = 8, 0.02
_LABEL_LETTERS = 15


class TimelinePicture:
    """The drawing of a run: places for processes and steps, and the elements in painting order."""

    def __init__(self, chronicle: Chronicle, rows: Sequence[TimelineRow]) -> None:
        self.chronicle = chronicle
        self.rows = rows
        drawn = _drawn(chronicle, rows)
        adopters = {who for name in drawn for _, who in chronicle.processes[name].adoptions}
        self.adopters = sorted(adopters - set(drawn))
        self.lanes = {name: lane for lane, name in enumerate((*drawn, *self.adopters))}
        self.column = max(_NARROWEST, min(_WIDEST, (_PAGE - LABELS - 60) / max(1, len(rows))))
        self.width = LEFT + len(rows) * self.column + 30
        self.height = TOP + len(self.lanes) * LANE + TOP
        self._indices = [row.index for row in rows]
        # The program of a lesson's demonstration is called as its first process is.
        self._labels_used = {process.label for process in chronicle.processes.values()}
        self._marks = [
            marks_of(chronicle, self.lanes, place, row) for place, row in enumerate(rows)
        ]
        edges = [mark.edge for mark in self._marks if mark.edge is not None]
        self._room = LabelRoom(len(rows), edges)
        for place, mark in enumerate(self._marks):
            if mark.lane is not None and mark.reach:
                self._room.block(mark.lane, mark.zone, place, mark.reach)

    @property
    def processes(self) -> list[ProcessLife]:
        """The processes that have a lane, in its order."""
        return [self.chronicle.processes[name] for name in self.lanes if name not in self.adopters]

    def x(self, place: float) -> float:
        """Return where a step is drawn, by its place among the rows."""
        return LEFT + place * self.column

    def y(self, lane: int) -> float:
        """Return the middle of a lane."""
        return TOP + (lane + 0.5) * LANE

    def place(self, index: int | None) -> int:
        """Return the first step that is not before an event; the end for None."""
        return len(self.rows) if index is None else bisect_left(self._indices, index)

    def stretches(self, process: ProcessLife) -> Iterator[tuple[str, int, int]]:
        """Return a process's states as stretches of steps; those between two steps are left out."""
        for interval in process.intervals:
            begin, end = self.place(interval.begin), self.place(interval.end)
            if end > begin:
                yield interval.state, begin, end

    def kinds(self) -> list[str]:
        """Return what occurs in the drawing: states, then kinds of steps, for a legend."""
        states = {state for one in self.processes for state, _, _ in self.stretches(one)}
        return [*states, *{row.kind for row in self.rows}]

    def labels(self) -> str:
        """Draw the names of the lanes, as an SVG of its own that stays in view."""
        return svg(self._labels(), LABELS, self.height, class_="labels", aria_hidden="true")

    def axis(self) -> str:
        """Draw the numbers of the steps, and where time passed between two of them."""
        content = "".join((*self._numbers(), *self._pauses()))
        return svg(content, self.width, AXIS, class_="axis", aria_hidden="true")

    def timeline(self, name: str = "timeline") -> str:
        """Draw everything but the names, the axis, and what svg_elements defines.

        Args:
            name: the element's id.
        """
        processes = counted(len(self.processes), "process", "processes")
        count = f"{processes}, {counted(len(self.rows), 'step')}"
        content = (
            tag("title", "Process timeline")
            + tag("desc", f"{count}. The same steps are listed as text below the picture.")
            + tag("g", self._content(with_hidden=True), class_="content")
        )
        return svg(content, self.width, self.height, id=name, role="img")

    def slide(self, title: str = "") -> str:
        """Draw everything into one SVG file, its style too."""
        above = AXIS + (34 if title else 0)
        width, height = LABELS + self.width, self.height + above
        body = (
            tag("style", STYLE)
            + DEFINITIONS
            + tag("rect", class_="card", width=round(width), height=height)
            + (text_tag(shortened(title, 110), class_="title", x=14, y=26) if title else "")
            + tag("g", self._labels(), transform=moved(0, above))
            + tag(
                "g",
                "".join((*self._numbers(), *self._pauses())),
                class_="axis",
                transform=moved(LABELS, above - AXIS),
            )
            + tag("g", self._content(with_hidden=False), transform=moved(LABELS, above))
        )
        inside = svg(body, width, height, class_="timeline alone")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{inside}\n'

    def _labels(self) -> str:
        parts = []
        for name, lane in self.lanes.items():
            process = self.chronicle.processes.get(name)
            if process is None or name in self.adopters:
                inside = text_tag(shortened(name, _LABEL_LETTERS), class_="outsider", x=14, y=4)
            else:
                program = self._program_name(process.programs[-1]) if process.programs else ""
                label = shortened(process.label, _LABEL_LETTERS - 2)
                inside = text_tag(label, class_="name", x=14, y=4) + text_tag(
                    shortened(program, max(1, _LABEL_LETTERS - len(label))),
                    class_="program",
                    x=round(22 + _BOLD * len(label)),
                    y=4,
                )
            parts.append(
                tag("g", inside, class_="lane", data_l=lane, transform=moved(0, self.y(lane)))
            )
        return "".join(parts)

    def _program_name(self, program: ProgramRun) -> str:
        return "" if program.name in self._labels_used else program.name

    def _numbers(self) -> Iterator[str]:
        """Number the columns: they are steps, all of one width, whatever time they took."""
        stride = 1 if self.column >= 34 else 5
        for place in range(len(self.rows)):
            if place == 0 or (place + 1) % stride == 0:
                yield text_tag(str(place + 1), class_="number", x=self.x(place), y=14)

    def _pauses(self) -> Iterator[str]:
        """Say between two columns how much time passed there, where it was much."""
        until = len(self.rows)
        for place, milliseconds in reversed(self._jumps()):
            words = f"+{_duration(milliseconds)}"
            needed = CHARACTER * len(words) + 8
            fits = self.column * (until - place) >= needed
            yield text_tag(
                words,
                class_="pause",
                x=4,
                y=30,
                data_i=place,
                data_j=until,
                data_w=round(needed),
                transform=moved(self.x(place - 0.5), 0),
                display=None if fits else "none",
            )
            until = place

    def _jumps(self) -> list[tuple[int, float]]:
        times = [row.milliseconds for row in self.rows]
        span = times[-1] - times[0] if times else 0
        least = max(_PAUSE_MILLISECONDS, _PAUSE_SHARE * span)
        return [
            (place, times[place] - times[place - 1])
            for place in range(1, len(times))
            if times[place] - times[place - 1] > least
        ]

    def _content(self, *, with_hidden: bool) -> str:
        """Draw the inside of the timeline, back to front."""
        words = self._all_words()
        if not with_hidden:
            words = [one for one in words if ' display="none"' not in one]
        layers = (
            ("guides", self._guides()),
            ("edges", self._edges()),
            ("bars", self._bars()),
            ("marks", self._steps()),
            ("words", words),
        )
        return "".join(tag("g", "".join(drawn), class_=name) for name, drawn in layers)

    def _guides(self) -> Iterator[str]:
        for name, lane in self.lanes.items():
            yield tag(
                "path",
                class_="guide outside" if name in self.adopters else "guide",
                d=f"M0 0H{number(self.width - 8)}",
                data_l=lane,
                transform=moved(0, self.y(lane)),
            )
        for place, _ in self._jumps():
            yield tag(
                "path",
                class_="jump",
                d=f"M0 0V{number(self.height)}",
                data_i=place,
                transform=moved(self.x(place - 0.5), 0),
            )

    def _edges(self) -> Iterator[str]:
        for mark in self._marks:
            if mark.edge is not None:
                yield self._edge(mark.edge)
        for place, row in enumerate(self.rows):
            if row.kind == "rest":
                line = tag("path", class_="rest-line", d=f"M0 0V{number(self.height)}")
                yield tag("g", line, class_="rest", data_i=place, transform=moved(self.x(place), 0))

    def _edge(self, edge: Edge) -> str:
        there = self.y(edge.target)
        here = there - LANE if edge.source is None else self.y(edge.source)
        sign = 1 if there > here else -1
        begin = there - 29 if edge.source is None else here + 9 * sign
        end = there - 10 * sign
        return tag(
            "path",
            class_=f"edge {edge.kind}",
            d=f"M0 {number(begin)}V{number(end)}",
            marker_end=f"url(#m-{edge.kind})",
            data_i=edge.place,
            data_a=edge.source,
            data_b=edge.target,
            transform=moved(self.x(edge.place), 0),
        )

    def _bars(self) -> Iterator[str]:
        for process in self.processes:
            lane = self.lanes[process.name]
            for state, begin, end in self.stretches(process):
                x, height = self.x(begin), _HEIGHTS[state]
                yield tag(
                    "rect",
                    class_=f"bar {state}",
                    data_i=begin,
                    data_e=end,
                    data_l=lane,
                    x=x,
                    y=self.y(lane) - height / 2,
                    width=self.x(min(end, len(self.rows) - 0.4)) - x,
                    height=height,
                    rx=3 if height > 5 else 2,
                )

    def _steps(self) -> Iterator[str]:
        """Draw the marks; each carries its sentence for a pointer that rests on it."""
        for place, (row, mark) in enumerate(zip(self.rows, self._marks, strict=True)):
            down = _EDGES[mark.zone]
            where = (
                moved(self.x(place), self.y(mark.lane) + down) if mark.lane is not None else None
            )
            yield tag(
                "g",
                tag("title", plain(row.text)) + mark.shape,
                class_=f"step {row.kind}",
                data_i=place,
                data_l=mark.lane,
                data_d=down or None,
                transform=where,
            )

    def _all_words(self) -> list[str]:
        """Draw the words, from the right to the left: so each knows what is at its right."""
        drawn = [
            self._word(one, place)
            for place in range(len(self.rows) - 1, -1, -1)
            for one in self._marks[place].words
        ]
        for process in self.processes:
            drawn += [*self._state_words(process), *self._program_words(process)]
        return drawn

    def _word(self, words: Words, place: int) -> str:
        spots = [
            (zone, self._room.beside(words.lane, zone, place, words.offset, words.width))
            for zone in words.zones
        ]
        zone, spot = next((one for one in spots if one[1].fits(self.column)), spots[0])
        if zone != BAR:
            self._room.take(words.lane, zone, spot)
        if words.is_pill:
            shape = pill(words.text, is_good=words.is_good)
            return tag("g", shape, **self._where(spot, words.lane))
        return text_tag(
            words.text,
            class_=f"{words.kind} zone",
            x=words.offset,
            y=-12 if zone == ABOVE else 19,
            **self._where(spot, words.lane),
        )

    def _state_words(self, process: ProcessLife) -> Iterator[str]:
        lane = self.lanes[process.name]
        for state, begin, end in self.stretches(process):
            if state != "running":
                spot = self._room.within(lane, begin, end, CHARACTER * len(state), self.column)
                yield text_tag(
                    state, class_="state", x=spot.offset, y=3.5, **self._where(spot, lane)
                )

    def _program_words(self, process: ProcessLife) -> Iterator[str]:
        lane = self.lanes[process.name]
        programs = [
            one
            for before, one in zip([None, *process.programs], process.programs, strict=False)
            # The command itself: told when the recording began, and again by its execve.
            if before is None or before.is_copy or before.argv != one.argv
        ]
        ends = [*(self.place(one.begin) for one in programs[1:]), self.place(process.exit)]
        for program, end in zip(programs, ends, strict=False):
            name = self._program_name(program)
            width = _BOLD * len(name)
            spots = [
                self._room.within(lane, max(begin, first), min(until, end), width, self.column)
                for first in [self.place(program.begin)]
                for state, begin, until in self.stretches(process)
                if state == "running" and max(begin, first) < min(until, end)
            ]
            if spots and name:
                spot = next((one for one in spots if one.fits(self.column)), spots[0])
                kind = "inside copy" if program.is_copy else "inside"
                yield text_tag(name, class_=kind, x=spot.offset, y=4, **self._where(spot, lane))

    def _where(self, spot: Spot, lane: int) -> dict[str, object]:
        """Return the attributes that put words into their place, and say what room they need."""
        return {
            "data_i": spot.place,
            "data_l": lane,
            "data_j": spot.until,
            "data_w": round(spot.needed + 0.5),
            "transform": moved(self.x(spot.place), self.y(lane)),
            "display": None if spot.fits(self.column) else "none",
        }


def _drawn(chronicle: Chronicle, rows: Sequence[TimelineRow]) -> list[str]:
    """Return the processes that occur in the steps, in order of birth."""
    named = {row.name for row in rows} | {row.other for row in rows}
    return [name for name in chronicle.processes if name in named]


def _duration(milliseconds: float) -> str:
    """Return a time for people.

    >>> _duration(216.4), _duration(12_340)
    ('216 ms', '12.3 s')
    """
    if milliseconds < 10_000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"
