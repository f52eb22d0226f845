"""A run as one HTML file: a picture that is complete by itself, and a stepper through it.

Nothing is loaded from anywhere. Whatever came from a program – its arguments, what it wrote –
is escaped on its way into the page.
"""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

from simpsh.view.folding import folded
from simpsh.view.page_data import page_data
from simpsh.view.page_script import SCRIPT
from simpsh.view.page_style import STYLE
from simpsh.view.svg import Picture
from simpsh.view.svg_marks import tag
from simpsh.view.timeline_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.chronicle.model import Chronicle
    from simpsh.view.timeline_rows import Row

_LEGEND = (
    ('<rect class="bar running" x="2" y="2" width="26" height="14" rx="3"/>', "running"),
    ('<rect class="bar waiting" x="2" y="7" width="26" height="5" rx="2"/>', "waits for a child"),
    ('<rect class="bar blocked" x="2" y="7" width="26" height="5" rx="2"/>', "blocked, at rest"),
    ('<rect class="bar stopped" x="2" y="2" width="26" height="14" rx="3"/>', "stopped"),
    ('<rect class="bar zombie" x="2" y="5" width="26" height="9" rx="3"/>', "zombie"),
    ('<path class="edge fork" d="M15 1V16" marker-end="url(#m-fork)"/>', "fork: a new process"),
    ('<path class="exec" d="M15 0l6 9 -6 9 -6 -9z"/>', "exec: a new program"),
    ('<circle class="end" cx="15" cy="9" r="6"/>', "exit"),
    ('<path class="edge reap" d="M15 17V3" marker-end="url(#m-reap)"/>', "reaped, its status"),
    ('<path class="edge signal" d="M15 1V16" marker-end="url(#m-signal)"/>', "signal"),
    ('<path class="edge adoption" d="M15 1V16" marker-end="url(#m-adoption)"/>', "orphan adopted"),
    ('<circle class="pipe" cx="15" cy="9" r="7"/>', "pipe made"),
    ('<path class="write" d="M10 13h10l-5 -8z"/>', "writes to a pipe"),
    ('<path class="read" d="M10 5h10l-5 8z"/>', "reads from a pipe"),
    ('<path class="closed" d="M11 5l8 8m0 -8l-8 8"/>', "closes a pipe end"),
)


def page_of(chronicle: Chronicle, title: str = "", remarks: Sequence[str] = ()) -> str:
    """Return the HTML page of a run.

    Args:
        chronicle: the run.
        title: what was run.
        remarks: sentences to put under the title, such as what the recording could not see.
    """
    rows, omission = folded(rows_of(chronicle))
    picture = Picture(chronicle, rows)
    said = [*remarks, *([omission] if omission else [])]
    data = json.dumps(page_data(picture), separators=(",", ":"))
    # Inside <script>, "</" could end the element, and "<!--" change how it is read.
    data = data.replace("<", "\\u003c")
    body = (
        tag(
            "header",
            f"<h1>Process timeline</h1>{tag('code', _text(title))}"
            '<button id="theme" type="button">Dark / light</button>',
        )
        + "".join(tag("p", _text(one), class_="remark") for one in said)
        + _picture(picture)
        + _controls(len(rows))
        + _PANELS
        + _list(rows)
        + tag("script", data, type="application/json", id="data")
        + tag("script", SCRIPT)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        f"<title>{_text(title) or 'Process timeline'}</title>{tag('style', STYLE)}</head>"
        f"<body>{tag('main', body)}</body></html>\n"
    )


def _text(words: str) -> str:
    """Escape what came from outside; what UTF-8 cannot hold is shown as an escape."""
    return html.escape(words.encode("utf-8", "backslashreplace").decode())


def _picture(picture: Picture) -> str:
    hits = "".join(
        tag(
            "rect",
            data_i=place,
            x=picture.x(place - 0.5),
            y=0,
            width=picture.column,
            height=picture.height,
        )
        for place in range(len(picture.rows))
    )
    drawn = picture.timeline().removesuffix("</svg>") + tag("g", hits, class_="hits") + "</svg>"
    lanes = tag("div", picture.labels() + drawn, class_="lanes")
    return tag(
        "div",
        lanes,
        class_="picture",
        tabindex=0,
        role="region",
        aria_label="Timeline picture; it can be scrolled",
    )


def _controls(count: int) -> str:
    buttons = "".join(
        f'<button id="{name}" type="button">{words}</button>'
        for name, words in (
            ("first", "First"),
            ("back", "← Back"),
            ("next", "Next →"),
            ("last", "Last"),
        )
    )
    slider = f'<input id="slider" type="range" min="0" max="{max(0, count - 1)}" aria-label="Step">'
    return (
        f'<nav aria-label="Step through the run">{buttons}{slider}'
        '<output id="count"></output></nav>'
        '<p id="say" aria-live="polite"></p><p id="why"></p><p id="because"></p>'
    )


def _legend() -> str:
    parts = (
        f'<span><svg width="30" height="18" aria-hidden="true">{drawing}</svg>{words}</span>'
        for drawing, words in _LEGEND
    )
    return f'<div class="legend">{"".join(parts)}</div>'


_PANELS = (
    '<div class="panels"><div><h2>Processes at this step</h2><table><thead><tr><th>process</th>'
    "<th>birth path</th><th>pid</th><th>program</th><th>state</th><th>parent</th></tr></thead>"
    '<tbody id="states"></tbody></table></div>'
    '<div><h2>Their descriptors, pipe ends joined</h2><p id="none" class="remark">None '
    'are known at this step.</p><div id="descriptors"><svg id="joins" aria-hidden="true"></svg>'
    "</div></div>"
    f"<div><h2>Legend</h2>{_legend()}</div></div>"
)


def _list(rows: Sequence[Row]) -> str:
    items = "".join(
        f'<li{" class=free" if row.is_free else ""} value="{place}">'
        f'<span class="time-of">{row.milliseconds:.1f} ms</span> {_text(row.text)}</li>'
        for place, row in enumerate(rows, start=1)
    )
    return f"<details><summary>All {len(rows)} steps as text</summary><ol>{items}</ol></details>"
