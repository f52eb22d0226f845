"""The pieces of the SVG timeline: tags, and the mark that each kind of step makes."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from simpsh.view.phrases import short_status

if TYPE_CHECKING:
    from simpsh.chronicle.model import Process

DIGIT_WIDTH = 7


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


def text(content: str, **attributes: object) -> str:
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
    """Return a small cross: somebody or something is gone."""
    return tag("path", class_=kind, d=f"M{_number(x - 4)} {_number(y - 4)}l8 8m0 -8l-8 8")


def pill(process: Process, x: float, y: float) -> str:
    """Return the status that a process left, in a pill: green for 0, red for anything else."""
    status = short_status(process.status) if process.status is not None else "?"
    width = DIGIT_WIDTH * len(status) + 9
    kind = "pill ok" if status == "0" else "pill"
    return tag("rect", class_=kind, x=x - width / 2, y=y - 8, width=width, height=16, rx=8) + text(
        status, class_="pill-text", x=x, y=y + 4
    )


def badge(letter: str, x: float, y: float, kind: str = "pipe") -> str:
    """Return a letter in a circle: a pipe."""
    return tag("circle", class_=kind, cx=x, cy=y, r=8) + text(
        letter, class_="pipe-text", x=x, y=y + 4
    )


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
