"""The signs of the course's pictures, and the words that explain each of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

STATES = {"running": "┃", "waiting": "┊", "blocked": "┊", "stopped": "‖", "zombie": "z"}
"""A lane, by the state of its process."""
DID, END, FORK, TURN = "┠", "●", "┣", "┓"
DOUBLE_TURN = "┳"
COLLECTED, CORNER = "◀", "┛"
DOUBLE_CORNER = "┻"
ARROW_RIGHT, ARROW_LEFT = "▶", "◀"
LINE, SIGNAL, ADOPTION = "━", "╌", "┄"
FREE, GAP, NEW_PROGRAM = "∥", "⋮", "◆"
CROSSINGS = {"┃": "╂", "┊": "┼", "‖": "╫", "z": "z"}
"""A lane that a line crosses."""

NOTED = {"┊": "asleep", "┼": "asleep", "‖": "stopped", "╫": "stopped", "z": "zombie"}
"""States whose signs have to be explained."""

MEANINGS = {
    "asleep": "┊ asleep",
    "stopped": "‖ stopped",
    "zombie": "z zombie",
    "exec": "◆ another program",
    "reap": "◀┛ collected",
    "signal": "╌▶ signal",
    "adoption": "┄▶ an orphan is adopted",
    "chain": "bold: a chain of causes",
    "free": "∥ could also have come before the line above",
}
"""What a sign means, in the order of explaining; the key is what the drawing noted."""


def legend(seen: Collection[str], explained: Collection[str]) -> list[str]:
    """Return what has to be explained under a picture: its signs that no picture had before.

    >>> legend({"zombie", "free"}, {"free"})
    ['z zombie']
    """
    return [words for key, words in MEANINGS.items() if key in seen and key not in explained]
