"""Showing the place of a mistake: its line, cut to what fits, and a caret under it."""

from __future__ import annotations

from simpsh.base.phrases import seen

_WIDEST = 72
_CUT = "…"


def pointed(text: str, column: int, width: int) -> tuple[str, str]:
    """Return a line as it can be shown and the carets that go under its spot.

    >>> for line in pointed("ls | | wc", 5, 1): print(line)
    ls | | wc
         ^
    """
    column = min(column, len(text))
    end = min(len(text), column + max(1, width))
    first = max(0, min(column - _WIDEST // 2, len(text) - _WIDEST))
    last = min(len(text), first + _WIDEST)
    before = (_CUT if first else "") + _shown(text[first:column])
    spot = _shown(text[column : min(end, last)])
    after = _shown(text[min(end, last) : last]) + (_CUT if last < len(text) else "")
    return before + spot + after, " " * _cells(before) + "^" * max(1, _cells(spot))


def _shown(text: str) -> str:
    return "".join(
        character if character.isprintable() else "    " if character == "\t" else seen(character)
        for character in text
    )


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    # Late: a line that is all ASCII needs no table of widths.
    from simpsh.view.styled_text import width_of

    return width_of(text)
