"""The mark that each kind of step makes in the SVG timeline."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from simpsh.events import Pipe
from simpsh.view.svg_geometry import LANE, shortened
from simpsh.view.svg_marks import arrow, badge, cross, diamond, pill, tag, text, triangle
from simpsh.view.timeline_words import redirections

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.view.svg_geometry import Geometry
    from simpsh.view.timeline_rows import Row


def mark(at: Geometry, place: int, row: Row) -> str:
    """Draw one step; it carries its sentence for a pointer that rests on it."""
    draw = _MARKS.get(row.kind)
    body = draw(at, row, at.x(place), at.y(row.name)) if draw and row.name in at.lanes else ""
    told = tag("title", html.escape(row.text.encode("utf-8", "backslashreplace").decode()))
    return tag("g", told + body, class_=f"step {row.kind}", data_i=place)


def _fork(at: Geometry, row: Row, x: float, y: float) -> str:
    """Draw an arrow from the parent to the child's lane."""
    dot = tag("circle", class_="dot fork", cx=x, cy=y, r=3.2)
    if row.other not in at.lanes:
        return dot
    return arrow("fork", x, y, at.y(row.other) - 9) + dot


def _exec(at: Geometry, row: Row, x: float, y: float) -> str:
    """Draw a diamond, and the redirections under it."""
    found = redirections(at.chronicle, row.index)
    words = "".join(
        text(shortened(one.replace("pipe ", ""), 22), class_="note", x=x + 9, y=y + 19 + 10 * line)
        for line, one in enumerate(found[:2])
    )
    return diamond(x, y) + words


def _failed_exec(_at: Geometry, _row: Row, x: float, y: float) -> str:
    """Draw a hollow diamond."""
    return diamond(x, y, is_hollow=True)


def _exit(_at: Geometry, _row: Row, x: float, y: float) -> str:
    """Draw a dot at the end of the program."""
    return tag("circle", class_="end", cx=x, cy=y, r=6.5)


def _reap(at: Geometry, row: Row, x: float, y: float) -> str:
    """Draw the status on its way from the zombie to whoever collects it."""
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


def _adoption(at: Geometry, row: Row, x: float, y: float) -> str:
    """Draw a dotted arrow to the adopter."""
    adopter = at.chronicle.processes[row.name].parent_at(row.index)
    if adopter not in at.lanes and adopter not in at.adopters:
        return ""
    there = at.y(adopter)
    sign = 1 if there > y else -1
    words = text("adopted", class_="note adoption", x=x + 6, y=there - 9 * sign + 4)
    return arrow("adoption", x, y + 9 * sign, there - 6 * sign) + words


def _signal(at: Geometry, row: Row, x: float, y: float) -> str:
    """Draw a dashed arrow from the sender to the target, with the signal's name."""
    sender, target = (row.name, row.other) if row.kind == "signal" else (row.other, row.name)
    short = next((word[3:] for word in row.text.split() if word.startswith("SIG")), "")
    end = at.y(target) if target in at.lanes else y
    begin = at.y(sender) if sender in at.lanes else end - 30
    if sender == target:
        begin = end - 26
    sign = 1 if end > begin else -1
    where = end - 20 * sign if abs(end - begin) > 24 else (begin + end) / 2
    name = text(short, class_="note signal", x=x + 5, y=where + 4)
    return arrow("signal", x, begin, end - 11 * sign) + name


def _pipe(at: Geometry, row: Row, x: float, y: float) -> str:
    """Draw the new pipe's letter above the lane."""
    what = at.chronicle.events[row.index].what
    life = at.chronicle.pipes.get(what.pipe) if isinstance(what, Pipe) else None
    return badge(life.name if life is not None else "?", x, y - 18)


def _transfer(_at: Geometry, row: Row, x: float, y: float) -> str:
    """Draw a triangle: bytes in, or out."""
    return triangle(row.kind, x, y - 10 if row.kind == "write" else y + 9)


def _close(_at: Geometry, _row: Row, x: float, y: float) -> str:
    """Draw a small cross above the lane."""
    return cross(x, y - 14, "closed")


def _rest(at: Geometry, _row: Row, x: float, _y: float) -> str:
    """Draw a line through all lanes: nobody moves any more."""
    return tag("line", class_="rest-line", x1=x, x2=x, y1=26, y2=at.height - 14) + text(
        "at rest", class_="note rest", x=x + 5, y=36
    )


_MARKS: dict[str, Callable[[Geometry, Row, float, float], str]] = {
    "fork": _fork,
    "exec": _exec,
    "exec-error": _failed_exec,
    "exit": _exit,
    "reap": _reap,
    "adoption": _adoption,
    "signal": _signal,
    "delivery": _signal,
    "pipe": _pipe,
    "read": _transfer,
    "write": _transfer,
    "close": _close,
    "rest": _rest,
}
