"""Lines of styled text for the stepper's screen: cut, padded and wrapped by the cells they take."""

from __future__ import annotations

import textwrap

from prompt_toolkit.utils import get_cwidth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Line = list[tuple[str, str]]
    """One line of the screen: styles and texts."""

_CLASS = "class:step."


def piece(kind: str, text: str) -> tuple[str, str]:
    """Return a text in the style that goes with what it is; plain if `kind` is empty."""
    return (f"{_CLASS}{kind}" if kind else "", text)


def width_of(line: Line) -> int:
    """Return how many cells a line takes."""
    return sum(get_cwidth(text) for _, text in line)


def cut(text: str, width: int) -> str:
    """Return a text that takes at most `width` cells, with … where something is left out."""
    if get_cwidth(text) <= width:
        return text
    kept, used = "", 1
    for char in text:
        used += get_cwidth(char)
        if used > width:
            break
        kept += char
    return f"{kept}…" if width > 0 else ""


def fitted(line: Line, width: int) -> Line:
    """Return a line of exactly `width` cells."""
    found: Line = []
    room = width
    for style, text in line:
        shown = cut(text, room)
        if shown:
            found.append((style, shown))
        room -= get_cwidth(shown)
        if shown != text:
            break
    if room > 0:
        found.append(("", " " * room))
    return found


def spread(left: Line, right: Line, width: int) -> Line:
    """Return a line with one part at each margin; the left one gives way."""
    room = width - width_of(right)
    return [*fitted(left, max(0, room)), *right] if right else fitted(left, width)


def wrapped(kind: str, text: str, width: int, *, indent: str = "", most: int = 99) -> list[Line]:
    """Return a text as lines of at most `width` cells."""
    lines = textwrap.wrap(
        text,
        max(8, width - len(indent)),
        max_lines=most,
        placeholder=" …",
        break_on_hyphens=False,
    )
    return [[("", indent), piece(kind, line)] for line in lines]


def rule(title: str, width: int, right: str = "") -> Line:
    """Return a heading: its title in a line across."""
    before = [piece("rule", "── "), piece("heading", title), piece("rule", " ")] if title else []
    after = [piece("rule", " "), piece("faint", right), piece("rule", " ──")] if right else []
    if width_of(before) + width_of(after) > width:
        after = []
    dashes = max(0, width - width_of(before) - width_of(after))
    return [*before, piece("rule", "─" * dashes), *after]


def beside(left: Sequence[Line], right: Sequence[Line], width: int, total: int) -> list[Line]:
    """Put two columns side by side, the left one `width` cells wide, with a line between."""
    rows = max(len(left), len(right))
    lefts = [*left, *([[]] * (rows - len(left)))]
    rights = [*right, *([[]] * (rows - len(right)))]
    return [
        [*fitted(one, width), piece("rule", " │ "), *fitted(other, total - width - 3)]
        for one, other in zip(lefts, rights, strict=True)
    ]


def plain(lines: Iterable[Line]) -> str:
    """Return lines without their styles."""
    return "\n".join("".join(text for _, text in line).rstrip() for line in lines)
