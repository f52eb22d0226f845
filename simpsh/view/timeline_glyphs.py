"""The characters and colours of the timeline; colour repeats what the character says."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters to draw with."""

    states: dict[str, str]
    """A living process, by its state."""
    crossings: dict[str, str]
    """A state that a line crosses."""
    marks: dict[str, str]
    """A step of one process, by its kind."""
    branch: str
    line: str
    birth: str
    corner: str
    gone: str
    left: str
    right: str
    signal: str
    adoption: str
    free: str
    rule: str


UNICODE = Glyphs(
    states={"running": "┃", "waiting": "┊", "stopped": "‖", "zombie": "z", "blocked": "┆"},
    crossings={"running": "╂", "waiting": "┼", "stopped": "╫", "zombie": "z", "blocked": "┼"},
    marks={
        "exec": "◆",
        "exec-error": "◇",
        "exit": "●",
        "pipe": "◎",
        "write": "▴",
        "read": "▾",
        "close": "×",
        "rest": "■",
    },
    branch="├",
    line="─",
    birth="╮",
    corner="╯",
    gone="✕",
    left="◀",
    right="▶",
    signal="╌",
    adoption="⤳",
    free="∥",
    rule="─",
)
ASCII = Glyphs(
    states={"running": "|", "waiting": ":", "stopped": "=", "zombie": "z", "blocked": ","},
    crossings={"running": "+", "waiting": "+", "stopped": "+", "zombie": "z", "blocked": "+"},
    marks={
        "exec": "*",
        "exec-error": "?",
        "exit": "X",
        "pipe": "o",
        "write": "w",
        "read": "r",
        "close": "c",
        "rest": "!",
    },
    branch="+",
    line="-",
    birth=".",
    corner="'",
    gone="x",
    left="<",
    right=">",
    signal="~",
    adoption="^",
    free="%",
    rule="-",
)
_TIED = "\N{NO-BREAK SPACE}"  # where a line may not be broken
COLOURS = {
    "running": "94",
    "waiting": "2",
    "blocked": "2",
    "stopped": "33",
    "zombie": "31",
    "fork": "32",
    "head": "1;32",
    "exec": "35",
    "exec-error": "31",
    "exit": "1",
    "reap": "36",
    "signal": "91",
    "delivery": "91",
    "adoption": "33",
    "stop": "33",
    "pipe": "1",
    "rest": "1;31",
    "free": "1;33",
    "faint": "2",
    "crowd": "2",
    "title": "1",
}
"""SGR parameters; kinds that are not here are drawn as they are."""


def legend(glyphs: Glyphs, seen: Set[str], width: int) -> list[str]:
    """Say, in lines, what the characters mean that occur in a drawing."""
    words = {
        **{state: f"{glyph} {state}" for state, glyph in glyphs.states.items()},
        **{kind: f"{glyph} {kind}" for kind, glyph in glyphs.marks.items()},
        "waiting": f"{glyphs.states['waiting']} waiting for a child",
        "blocked": f"{glyphs.states['blocked']} blocked for good",
        "exec-error": f"{glyphs.marks['exec-error']} exec that failed",
        "pipe": f"{glyphs.marks['pipe']} makes a pipe",
        "fork": f"{glyphs.branch}{glyphs.line} fork",
        "reap": f"{glyphs.left}{glyphs.line}{glyphs.corner} reaped",
        "signal": f"{glyphs.signal}{glyphs.right} signal",
        "adoption": f"{glyphs.adoption} adopted",
        "free": f"{glyphs.free} could as well have come before the row above",
        "crowd": "+N without a lane of their own",
    }
    kept = (text.replace(" ", _TIED) for kind, text in words.items() if kind in seen)
    lines = textwrap.wrap("   ".join(kept), width)
    return [line.replace(_TIED, " ") for line in lines]
