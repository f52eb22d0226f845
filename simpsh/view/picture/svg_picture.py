"""The timeline as SVG: a lane for each process, a column for each step, time to the right.

The picture is complete by itself: it needs no script. Each element says with `data-i` at which
step it begins, and each bar with `data-e` at which it ends, for a page that steps through it.
"""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from simpsh.base.events import Pipe
from simpsh.base.phrases import counted, short_status, shortened
from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife
from simpsh.view.event_sentences import redirections
from simpsh.view.picture.svg_style import STYLE
from simpsh.view.timeline.timeline_rows import TimelineRow

LANE, TOP, LEFT, LABELS = 38, 48, 18, 118
_WIDEST, _NARROWEST = 46, 18
_PAGE = 1240
_HEIGHTS = {"running": 16, "waiting": 5, "blocked": 5, "stopped": 16, "zombie": 9}
_CHARACTER = 6.6
_TICK_MILLISECONDS, _TICK_SHARE, _TICK_GAP = 8, 0.02, 56


class TimelinePicture:
    """The drawing of a run: places for processes and steps, and the elements in painting order."""

    def __init__(self, chronicle: Chronicle, rows: Sequence[TimelineRow]) -> None:
        self.chronicle = chronicle
        self.rows = rows
        self.lanes = {name: place for place, name in enumerate(_drawn(chronicle, rows))}
        self.column = max(_NARROWEST, min(_WIDEST, (_PAGE - LABELS - 60) / max(1, len(rows))))
        self._indices = [row.index for row in rows]
        adopters = {who for name in self.lanes for _, who in chronicle.processes[name].adoptions}
        self.adopters = sorted(adopters - self.lanes.keys())
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

    def stretches(self, process: ProcessLife) -> Iterator[tuple[str, int, int]]:
        """Return a process's states as stretches of steps; those between two steps are left out."""
        for interval in process.intervals:
            begin, end = self.place(interval.begin), self.place(interval.end)
            if end > begin:
                yield interval.state, begin, end

    def labels(self) -> str:
        """Draw the names of the lanes, as an SVG of its own that stays in view."""
        parts = []
        for name in self.lanes:
            process, y = self.chronicle.processes[name], self.y(name) + 4
            program = process.programs[-1].name if process.programs else ""
            parts.append(text_tag(process.label, class_="name", x=10, y=y))
            left = 18 + round(_CHARACTER * len(process.label) * 1.1)
            parts.append(
                text_tag(shortened(program, 13 - len(process.label)), class_="program", x=left, y=y)
            )
        parts += [
            text_tag(who, class_="outsider", x=10, y=self.y(who) + 4) for who in self.adopters
        ]
        return svg("".join(parts), LABELS, self.height, class_="labels", aria_hidden="true")

    def timeline(self) -> str:
        """Draw everything but the names."""
        processes = counted(len(self.lanes), "process", "processes")
        count = f"{processes}, {counted(len(self.rows), 'step')}"
        parts = [
            tag("title", "Process timeline"),
            tag("desc", f"{count}. The same steps are listed as text below the picture."),
            DEFINITIONS,
            tag("g", self.content(), class_="content"),
        ]
        return svg("".join(parts), self.width, self.height, id="timeline", role="img")

    def content(self) -> str:
        """Draw the inside of the timeline, back to front."""
        later = [step_mark(self, place, row) for place, row in enumerate(self.rows)]
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
                    yield text_tag(f"{row.milliseconds:.0f} ms", class_="time", x=x, y=15)
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
                    yield text_tag(state, class_="state", data_i=begin, x=x + width / 2, y=below)

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
                    yield text_tag(program.name, class_=kind, data_i=begin, x=x, y=self.y(name) + 4)

    def _room_for(
        self, process: ProcessLife, first: int, end: int, name: str
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


def _drawn(chronicle: Chronicle, rows: Sequence[TimelineRow]) -> list[str]:
    """Return the processes that occur in the steps, in order of birth."""
    named = {row.name for row in rows} | {row.other for row in rows}
    return [name for name in chronicle.processes if name in named]


def slide(chronicle: Chronicle, rows: Sequence[TimelineRow], title: str = "") -> str:
    """Return the timeline as one SVG file, for slides: names, picture and style in one."""
    picture = TimelinePicture(chronicle, rows)
    above = 34 if title else 0
    width, height = LABELS + picture.width, picture.height + above
    body = (
        tag("style", STYLE)
        + DEFINITIONS
        + tag("rect", class_="card", width=round(width), height=height)
        + (text_tag(shortened(title, 110), class_="title", x=12, y=24) if title else "")
        + tag("g", picture.labels(), transform=f"translate(0 {above})")
        + tag("g", picture.content(), transform=f"translate({LABELS} {above})")
    )
    inside = svg(body, width, height, class_="timeline alone")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{inside}\n'


def step_mark(at: TimelinePicture, place: int, row: TimelineRow) -> str:
    """Draw one step; it carries its sentence for a pointer that rests on it."""
    draw = _MARKS.get(row.kind)
    body = draw(at, row, at.x(place), at.y(row.name)) if draw and row.name in at.lanes else ""
    told = tag("title", html.escape(row.text.encode("utf-8", "backslashreplace").decode()))
    return tag("g", told + body, class_=f"step {row.kind}", data_i=place)


def _fork(at: TimelinePicture, row: TimelineRow, x: float, y: float) -> str:
    """Draw an arrow from the parent to the child's lane."""
    dot = tag("circle", class_="dot fork", cx=x, cy=y, r=3.2)
    if row.other not in at.lanes:
        return dot
    return arrow("fork", x, y, at.y(row.other) - 9) + dot


def _exec(at: TimelinePicture, row: TimelineRow, x: float, y: float) -> str:
    """Draw a diamond, and the redirections under it."""
    found = redirections(at.chronicle, row.index)
    words = "".join(
        text_tag(
            shortened(one.replace("pipe ", ""), 22), class_="note", x=x + 9, y=y + 19 + 10 * line
        )
        for line, one in enumerate(found[:2])
    )
    return diamond(x, y) + words


def _reap(at: TimelinePicture, row: TimelineRow, x: float, y: float) -> str:
    """Draw the status on its way from the zombie to the process that collects it."""
    name = row.other if row.other in at.lanes else row.name
    process, there = at.chronicle.processes[name], at.y(name)
    if row.other not in at.lanes:
        outside = process.collector if process.collector in at.adopters else ""
        gone = cross(x, y) + pill(process, x, y + 18)
        return (arrow("reap", x, y, at.y(outside) - 6) if outside else "") + gone
    sign = 1 if there > y else -1
    shaft = arrow("reap", x, there, y + 10 * sign)
    middle = (y + there) / 2 if abs(there - y) <= LANE else there - 19 * sign
    return shaft + cross(x, there) + pill(process, x, middle)


def _adoption(at: TimelinePicture, row: TimelineRow, x: float, y: float) -> str:
    """Draw a dotted arrow to the adopter."""
    adopter = at.chronicle.processes[row.name].parent_at(row.index)
    if adopter not in at.lanes and adopter not in at.adopters:
        return ""
    there = at.y(adopter)
    sign = 1 if there > y else -1
    words = text_tag("adopted", class_="note adoption", x=x + 6, y=there - 9 * sign + 4)
    return arrow("adoption", x, y + 9 * sign, there - 6 * sign) + words


def _signal(at: TimelinePicture, row: TimelineRow, x: float, y: float) -> str:
    """Draw a dashed arrow from the sender to the target, with the signal's name."""
    sender, target = (row.name, row.other) if row.kind == "signal" else (row.other, row.name)
    short = next((word[3:] for word in row.text.split() if word.startswith("SIG")), "")
    end = at.y(target) if target in at.lanes else y
    begin = at.y(sender) if sender in at.lanes else end - 30
    if sender == target:
        begin = end - 26
    sign = 1 if end > begin else -1
    where = end - 20 * sign if abs(end - begin) > 24 else (begin + end) / 2
    name = text_tag(short, class_="note signal", x=x + 5, y=where + 4)
    return arrow("signal", x, begin, end - 11 * sign) + name


def _pipe(at: TimelinePicture, row: TimelineRow, x: float, y: float) -> str:
    """Draw the new pipe's letter above the lane."""
    what = at.chronicle.events[row.index].what
    letter = at.chronicle.pipe_name(what.pipe) if isinstance(what, Pipe) else ""
    circle = tag("circle", class_="pipe", cx=x, cy=y - 18, r=8)
    return circle + text_tag(letter or "?", class_="pipe-text", x=x, y=y - 14)


def _rest(at: TimelinePicture, _row: TimelineRow, x: float, _y: float) -> str:
    """Draw a line through all lanes: no process moves any more."""
    return tag("line", class_="rest-line", x1=x, x2=x, y1=26, y2=at.height - 14) + text_tag(
        "at rest", class_="note rest", x=x + 5, y=36
    )


_MARKS: dict[str, Callable[[TimelinePicture, TimelineRow, float, float], str]] = {
    "fork": _fork,
    "exec": _exec,
    "exec-error": lambda _at, _row, x, y: diamond(x, y, is_hollow=True),
    "exit": lambda _at, _row, x, y: tag("circle", class_="end", cx=x, cy=y, r=6.5),
    "reap": _reap,
    "adoption": _adoption,
    "signal": _signal,
    "delivery": _signal,
    "pipe": _pipe,
    "read": lambda _at, _row, x, y: triangle("read", x, y + 9),
    "write": lambda _at, _row, x, y: triangle("write", x, y - 10),
    "close": lambda _at, _row, x, y: cross(x, y - 14, "closed"),
    "rest": _rest,
}

_DIGIT_WIDTH = 7


def tag(name: str, content: str = "", **attributes: object) -> str:
    """Return an element; attribute values are escaped, content must be already.

    >>> tag("text", "a &lt; b", x=3, class_="name", data_i=1)
    '<text x="3" class="name" data-i="1">a &lt; b</text>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def svg(content: str, width: float, height: int, **attributes: object) -> str:
    """Return a picture of this size in units, each shown as a pixel."""
    return tag(
        "svg",
        content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height}",
        width=round(width),
        height=height,
        **attributes,
    )


def text_tag(content: str, **attributes: object) -> str:
    """Return a text element; the content is escaped."""
    return tag("text", html.escape(content), **attributes)


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def arrow(kind: str, x: float, begin: float, end: float) -> str:
    """Return a vertical arrow with a halo, so that crossings stay readable."""
    path = f"M{_number(x)} {_number(begin)}V{_number(end)}"
    marker = f"url(#m-{kind})"
    return tag("path", class_="halo", d=path) + tag(
        "path", class_=f"edge {kind}", d=path, marker_end=marker
    )


def diamond(x: float, y: float, *, is_hollow: bool = False) -> str:
    """Return the mark of an exec; hollow for one that failed."""
    kind = "exec hollow" if is_hollow else "exec"
    return tag("path", class_=kind, d=f"M{_number(x)} {_number(y - 10)}l7 10 -7 10 -7 -10z")


def cross(x: float, y: float, kind: str = "x") -> str:
    """Return a small cross: a process or an end of a pipe is gone."""
    return tag("path", class_=kind, d=f"M{_number(x - 4)} {_number(y - 4)}l8 8m0 -8l-8 8")


def pill(process: ProcessLife, x: float, y: float) -> str:
    """Return the status that a process left, in a pill: green for 0, red for anything else."""
    status = short_status(process.status) if process.status is not None else "?"
    width = _DIGIT_WIDTH * len(status) + 9
    kind = "pill ok" if status == "0" else "pill"
    return tag(
        "rect", class_=kind, x=x - width / 2, y=y - 8, width=width, height=16, rx=8
    ) + text_tag(status, class_="pill-text", x=x, y=y + 4)


def triangle(kind: str, x: float, y: float) -> str:
    """Return a small triangle: bytes that go in (write, up) or come out (read, down)."""
    sign = -1 if kind == "write" else 1
    return tag("path", class_=kind, d=f"M{_number(x - 5)} {_number(y)}h10l-5 {sign * 8}z")


DEFINITIONS = (
    "<defs>"
    '<pattern id="p-zombie" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" class="zombie-back"/>'
    '<rect width="2" height="6" class="zombie-stripe"/></pattern>'
    '<pattern id="p-stopped" width="7" height="8" patternUnits="userSpaceOnUse">'
    '<rect width="7" height="8" class="stopped-back"/>'
    '<rect x="2" width="2" height="8" class="stopped-stripe"/></pattern>'
    + "".join(
        f'<marker id="m-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto-start-reverse">'
        f'<path d="M0 .6 8 4 0 7.4z" class="head {kind}"/></marker>'
        for kind in ("fork", "reap", "signal", "adoption")
    )
    + "</defs>"
)
