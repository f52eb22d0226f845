"""A listing on the screen: numbered and highlighted.

Colours are reserved for processes; code uses weight, slant, and a quiet green for strings.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from simpsh.course.claims.demonstration import MARKS, Listing
from simpsh.view.document import CodeLine, CodeListing, listing_lines
from simpsh.view.styled_text import Block, Line, Piece, line, plain, stripped

_STYLES = (
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Name.Function", "bold"),
    ("Token.Literal.String", "string"),
    ("Token.Operator.Word", "keyword"),
)


def show_code(
    listing: Listing, *, rows: Collection[int] = (), changed: Collection[int] = ()
) -> Block:
    """Return a listing as lines for a terminal, which wraps long ones; see code_listing()."""
    code = code_listing(listing, rows=rows, changed=changed)
    block = [stripped(row) for row in listing_lines(code)]
    while block and not plain(block[-1]).strip(" 0123456789"):
        block.pop()
    return block


def code_listing(
    listing: Listing, label: str = "", *, rows: Collection[int] = (), changed: Collection[int] = ()
) -> CodeListing:
    """Return a listing as a part of a document.

    If `rows` are given, only those lines are included; if not, all but the imports. `changed`
    lines are marked as new.
    """
    lines = [
        CodeLine(number, code, is_new=number in changed)
        for number, code in enumerate(highlight_listing(listing), 1)
        if number in rows or (not rows and number > listing.folded)
    ]
    return CodeListing(lines, label)


def highlight_listing(listing: Listing) -> Sequence[Line]:
    """Return the lines of a listing, highlighted for its language."""
    rows: list[list[Piece]] = [[]]
    for style, text in _tokens("\n".join(listing.lines), listing.language):
        first, *others = text.split("\n")
        rows[-1].append(Piece(first, style))
        rows.extend([Piece(other, style)] for other in others)
    rows.extend([] for _ in range(len(listing.lines) - len(rows)))
    return [line(*row) for row in rows]


@lru_cache(maxsize=64)
def _tokens(source: str, language: str) -> Sequence[tuple[str, str]]:
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    tokens = []
    for kind, text in lexer.get_tokens(source):
        style = next((style for name, style in _STYLES if str(kind).startswith(name)), "")
        if style == "comment" and any(mark in text for mark in MARKS):
            style = "bold"
        tokens.append((style, text))
    return tokens


def lines_with_text(listing: Listing) -> list[tuple[int, str]]:
    """Return the lines of a listing that are not blank or folded, with their numbers."""
    rows = enumerate(listing.lines, 1)
    return [
        (number, text.rstrip()) for number, text in rows if text.strip() and number > listing.folded
    ]
