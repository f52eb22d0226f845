"""A listing on the screen: numbered, highlighted, with a margin that says who has been where.

    pc  3   if child == 0:  # in the child        5 ▸ os.waitpid(child, 0)

The processes have the colours; in the code, weight and slant and one quiet green for strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.listing import MARKS
from simpsh.course.screen.lanes import short_names
from simpsh.course.screen.styled import Piece, cut, lane_style, line, stripped

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from simpsh.course.listing import Listing
    from simpsh.course.observation import Observation
    from simpsh.course.screen.styled import Block, Line

CHANGED = "▸"
_STYLES = (
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Name.Function", "bold"),
    ("Token.Literal.String", "string"),
    ("Token.Operator.Word", "keyword"),
)


def show_code(
    listing: Listing,
    *,
    rows: Collection[int] = (),
    changed: Collection[int] = (),
    ran: Observation | None = None,
    width: int = 80,
) -> Block:
    """Return a listing as lines.

    Args:
        listing: the code.
        rows: the numbers of the lines to show; all if there are none.
        changed: lines to be marked as new.
        ran: a run of it; then a margin says who has been on each line.
        width: the longest line, in columns.
    """
    coloured = highlighted(listing)
    margin = _Margin(ran) if ran is not None else None
    block: Block = []
    for number in range(1, len(listing.lines) + 1):
        if rows and number not in rows:
            continue
        mark = f"{CHANGED} " if number in changed else "  "
        before = margin.of(number) if margin is not None else ()
        head = line(before, Piece(f"{number:>3} ", "dim"), Piece(mark, "bold"))
        block.append(cut(stripped(line(head, coloured[number - 1])), width))
    while block and not _has_code(block[-1]):
        block.pop()
    return block


def _has_code(row: Line) -> bool:
    return bool("".join(piece.text for piece in row).strip(" 0123456789"))


class _Margin:
    """Who has been on each line: a short name each, in the process's colour."""

    def __init__(self, run: Observation) -> None:
        self._ran = who_ran(run)
        here = [name for name in run.names if any(name in who for who in self._ran.values())]
        self._names = here
        self._all = list(run.names)
        self._short = dict(zip(here, short_names(here), strict=True))

    def of(self, number: int) -> Line:
        who = self._ran.get(number, ())
        parts: list[Piece] = []
        for name in self._names:
            short = self._short[name]
            text = short if name in who else " " * len(short)
            parts.append(Piece(text, f"bold {lane_style(self._all, name)}"))
        return tuple(parts)


def who_ran(run: Observation) -> Mapping[int, set[str]]:
    """Return who came to each line of the listing."""
    found: dict[int, set[str]] = {}
    for _, who, number in run.arrivals:
        found.setdefault(number, set()).add(who)
    return found


def highlighted(listing: Listing) -> Sequence[Line]:
    """Return the lines of a listing with the styles of its language."""
    rows: list[list[Piece]] = [[]]
    for style, text in _tokens(listing):
        first, *others = text.split("\n")
        rows[-1].append(Piece(first, style))
        rows.extend([Piece(other, style)] for other in others)
    rows.extend([] for _ in range(len(listing.lines) - len(rows)))
    return [line(*row) for row in rows]


def _tokens(listing: Listing) -> Sequence[tuple[str, str]]:
    from pygments.lexers.c_cpp import CLexer
    from pygments.lexers.python import PythonLexer

    from simpsh.highlight.lexers import SimpshLexer

    kinds = {"python": PythonLexer, "c": CLexer, "shell": SimpshLexer}
    lexer = kinds[listing.language](stripnl=False, ensurenl=False)
    found = []
    for kind, text in lexer.get_tokens(listing.text):
        style = next((style for name, style in _STYLES if str(kind).startswith(name)), "")
        if style == "comment" and any(mark in text for mark in MARKS):
            style = "bold"
        found.append((style, text))
    return found


def plain_code(listing: Listing, rows: Collection[int] = ()) -> Sequence[str]:
    """Return a listing for a screen reader: `line 2: child = os.fork()`."""
    return [
        f"line {number}: {text}".rstrip()
        for number, text in enumerate(listing.lines, 1)
        if text.strip() and (not rows or number in rows)
    ]
