"""The legend of a page: the marks that occur in its picture, and no others."""

from __future__ import annotations

from collections.abc import Collection

from simpsh.view.picture import svg_elements
from simpsh.view.picture.svg_elements import moved, tag


def _bar(state: str, height: int) -> str:
    return tag("rect", class_=f"bar {state}", x=2, y=9 - height / 2, width=26, height=height, rx=3)


def _arrow(kind: str) -> str:
    return tag("path", class_=f"edge {kind}", d="M15 0V15", marker_end=f"url(#m-{kind})")


def _mark(shape: str, down: float = 9) -> str:
    return tag("g", shape, transform=moved(15, down))


_SIGNAL = _arrow("signal")
_ENTRIES: dict[str, tuple[str, str]] = {
    "running": (_bar("running", 16), "runs"),
    "waiting": (_bar("waiting", 5), "waits for a child"),
    "blocked": (_bar("blocked", 5), "blocked, at rest"),
    "stopped": (_bar("stopped", 16), "stopped"),
    "zombie": (_bar("zombie", 10), "zombie"),
    "fork": (_arrow("fork"), "fork: a new process"),
    "exec": (_mark(svg_elements.diamond()), "exec: a new program"),
    "exec-error": (_mark(svg_elements.diamond(is_hollow=True)), "exec fails"),
    "exit": (_mark(svg_elements.end()), "exit"),
    "reap": (_mark(svg_elements.pill("0", is_good=True)), "reaped: its status"),
    "signal": (_SIGNAL, "signal"),
    "delivery": (_SIGNAL, "signal"),
    "adoption": (_arrow("adoption"), "orphan adopted"),
    "pipe": (_mark(svg_elements.pipe("A"), 18), "makes a pipe"),
    "write": (_mark(svg_elements.triangle("write"), 15), "writes"),
    "read": (_mark(svg_elements.triangle("read"), 3), "reads"),
    "close": (_mark(svg_elements.closed(), 16), "closes a pipe end"),
    "rest": (tag("path", class_="rest-line", d="M15 0V18"), "at rest: no process can move"),
}


def legend(occurring: Collection[str]) -> str:
    """Return the entries for the states and the kinds of steps that occur, as list items."""
    shown = dict.fromkeys(entry for kind, entry in _ENTRIES.items() if kind in occurring)
    return "\n".join(_item(shape, words) for shape, words in shown)


def _item(shape: str, words: str) -> str:
    drawn = tag("svg", shape, viewBox="0 0 30 18", width=30, height=18, aria_hidden="true")
    return tag("li", drawn + words)
