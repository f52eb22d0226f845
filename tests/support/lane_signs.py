"""The signs in drawn lanes, and those in a legend, read from the characters on the screen."""

import re
from collections.abc import Iterable, Sequence

_PARTS = {"╂": "┃", "┼": "┊", "╫": "‖", "┳": "┓", "┻": "┛", "━": ""}
"""The signs that a legend explains: a lane that a line crosses, a corner that a line passes."""
_NAME = re.compile(r"P\d+(\.\d+)*")


def signs_of_lanes(lanes: Iterable[str]) -> set[str]:
    """Return the signs in the lanes of rows, without names of processes."""
    text = _NAME.sub("", "".join(lanes))
    return {_PARTS.get(sign, sign) for sign in text} - {"", " "}


def signs_of_legend(rows: Sequence[str]) -> set[str]:
    """Return the signs that a legend explains.

    >>> sorted(signs_of_legend(["  z zombie  ┣━┓ forks", "  bold: a chain"]))
    ['z', '┓', '┣']
    """
    entries = [entry.strip() for row in rows for entry in re.split(r"\s{2,}", row.strip())]
    firsts = {entry.split(" ")[0] for entry in entries if " " in entry}
    signs = {sign for first in firsts for sign in first if first == "z" or not first[0].isascii()}
    return {_PARTS.get(sign, sign) for sign in signs} - {""}
