"""SVG elements as text, and the shapes of a timeline.

A shape is drawn around its own origin; the caller moves it.
"""

from __future__ import annotations

import html
from pathlib import Path


def tag(name: str, content: str = "", **attributes: object) -> str:
    """Return an element; attribute values are escaped, the content must already be.

    >>> tag("text", "a &lt; b", x=3, class_="name", data_i=1)
    '<text x="3" class="name" data-i="1">a &lt; b</text>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def svg(content: str, width: float, height: float, **attributes: object) -> str:
    """Return a picture of a size in pixels."""
    return tag(
        "svg",
        content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=round(width),
        height=round(height),
        **attributes,
    )


def plain(words: str) -> str:
    r"""Escape untrusted text; characters that UTF-8 or XML cannot represent become escapes.

    >>> plain("<a\x00>")
    '&lt;a\\x00&gt;'
    """
    shown = "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in words
    )
    return html.escape(shown)


def text_tag(content: str, **attributes: object) -> str:
    """Return a text element; the content is escaped."""
    return tag("text", plain(content), **attributes)


def number(value: object) -> str:
    """Format a number with at most one decimal, anything else with str()."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def moved(x: float, y: float) -> str:
    """Return the transformation that moves a shape's origin."""
    return f"translate({number(float(x))} {number(float(y))})"


def ring(*, is_good: bool) -> str:
    """Return the mark of a reaped process, drawn under the pill with its status."""
    return tag("circle", class_="ring good" if is_good else "ring", r=6)


def pill(status: str, *, is_good: bool) -> str:
    """Return a status in a pill: green for 0, otherwise red; its left end is at the origin."""
    kind = "pill good" if is_good else "pill"
    width = pill_width(status)
    shape = tag("rect", class_=kind, x=-8, y=-8, width=width, height=16, rx=8)
    return shape + text_tag(status, class_="pill-text", x=width / 2 - 8, y=4)


def pill_width(status: str) -> float:
    """Return the width of a status's pill."""
    return max(16, 7.0 * len(status) + 9)


def pipe(letter: str) -> str:
    """Return a pipe's letter in a circle, above the origin."""
    return tag("circle", class_="pipe", cy=-9, r=7.5) + text_tag(letter, class_="pipe-text", y=-5)


SHAPES = {
    "fork": '<circle class="dot fork" r="3.4"/>',
    "adoption": '<circle class="dot adoption" r="3.4"/>',
    "signal": '<circle class="dot signal" r="3.4"/>',
    "exec": '<path class="exec" d="M0-10l7 10-7 10-7-10z"/>',
    "exec-error": '<path class="exec hollow" d="M0-10l7 10-7 10-7-10z"/>',
    "exit": '<circle class="end" r="6.5"/>',
    "write": '<path class="write" d="M-5-2h10l-5-8z"/>',
    "read": '<path class="read" d="M-5 2h10l-5 8z"/>',
    "close": '<path class="closed" d="M-4-11l8 8m0-8l-8 8"/>',
}
"""The shapes for kinds of steps: a dot at the start of an arrow; a triangle for bytes that go in
(above) or out (below); a cross for a closed end of a pipe.
"""


_HEADS = ""
for _kind in ("fork", "reap", "signal", "adoption"):
    _HEADS += (
        f'<marker id="m-{_kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        f'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        f'<path d="M0 .6 8 4 0 7.4z" class="head {_kind}"/></marker>'
    )
DEFINITIONS = (
    "<defs>"
    '<pattern id="p-zombie" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" class="zombie-back"/>'
    '<rect width="2" height="6" class="zombie-stripe"/></pattern>'
    '<pattern id="p-stopped" width="7" height="8" patternUnits="userSpaceOnUse">'
    '<rect width="7" height="8" class="stopped-back"/>'
    '<rect x="2" width="2" height="8" class="stopped-stripe"/></pattern>'
    '<pattern id="p-asleep" width="8" height="8" patternUnits="userSpaceOnUse">'
    '<rect width="5" height="8" class="asleep-dash"/></pattern>'
    f"{_HEADS}</defs>"
)
"""The patterns of states and the heads of arrows."""


MARKS = Path(__file__).with_name("picture.css").read_text(encoding="utf-8")
"""The style rules, in terms of the design's custom properties."""
