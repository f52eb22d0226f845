"""A listing on the screen: numbered, highlighted, with a margin that says who has been where.

The processes have the colours; in the code, weight and slant and one quiet green for strings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from simpsh.course.claims.demonstration import MARKS, Listing
from simpsh.course.claims.observation import Observation
from simpsh.course.screen.lane_picture import short_names
from simpsh.view.styled_text import Block, Line, Piece, cut, lane_style, line, stripped

if TYPE_CHECKING:
    # pygments is slow to load, and a listing on a page may never be shown.
    from pygments.lexer import Lexer

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
    size = len(listing.lines)
    margins = _margins(ran, size) if ran is not None else [()] * size
    block: Block = []
    for number, (margin, code) in enumerate(zip(margins, coloured, strict=False), 1):
        if rows and number not in rows:
            continue
        mark = f"{CHANGED} " if number in changed else "  "
        head = line(margin, Piece(f"{number:>3} ", "dim"), Piece(mark, "bold"))
        block.append(cut(stripped(line(head, code)), width))
    while block and not "".join(piece.text for piece in block[-1]).strip(" 0123456789"):
        block.pop()
    return block


def _margins(run: Observation, size: int) -> list[Line]:
    """Return for each line who has been there: a short name each, in the process's colour."""
    ran = who_ran(run)
    shown = [
        (name, short, f"bold {lane_style(run.names, name)}")
        for name, short in margin_names(run).items()
    ]
    return [
        tuple(
            Piece(short if name in ran.get(number, ()) else " " * len(short), style)
            for name, short, style in shown
        )
        for number in range(1, size + 1)
    ]


def margin_names(run: Observation) -> Mapping[str, str]:
    """Return what the margin calls each process that has been on a line: its name, a short one."""
    ran = who_ran(run)
    here = [name for name in run.names if any(name in who for who in ran.values())]
    return dict(zip(here, short_names(here), strict=True))


def who_ran(run: Observation) -> Mapping[int, set[str]]:
    """Return who came to each line of the listing."""
    ran: dict[int, set[str]] = {}
    for _, name, number in run.arrivals:
        ran.setdefault(number, set()).add(name)
    return ran


def highlighted(listing: Listing) -> Sequence[Line]:
    """Return the lines of a listing with the styles of its language."""
    rows: list[list[Piece]] = [[]]
    for style, text in _tokens(listing.text, listing.language):
        first, *others = text.split("\n")
        rows[-1].append(Piece(first, style))
        rows.extend([Piece(other, style)] for other in others)
    rows.extend([] for _ in range(len(listing.lines) - len(rows)))
    return [line(*row) for row in rows]


@lru_cache(maxsize=64)
def _tokens(source: str, language: str) -> Sequence[tuple[str, str]]:
    from pygments.lexers import get_lexer_by_name

    if language == "shell":
        # Loaded for lines of the shell alone: it knows the shell's built-ins.
        from simpsh.highlight.lexers import SimpshLexer

        lexer: Lexer = SimpshLexer(stripnl=False, ensurenl=False)
    else:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    tokens = []
    for kind, text in lexer.get_tokens(source):
        style = _style_of(str(kind))
        if style == "comment" and any(mark in text for mark in MARKS):
            style = "bold"
        tokens.append((style, text))
    return tokens


@cache
def _style_of(kind: str) -> str:
    return next((style for name, style in _STYLES if kind.startswith(name)), "")


def lines_with_text(listing: Listing) -> list[tuple[int, str]]:
    """Return the lines of a listing that are not blank, with their numbers."""
    return [(number, text.rstrip()) for number, text in enumerate(listing.lines, 1) if text.strip()]
