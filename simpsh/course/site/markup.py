"""Texts, listings and tables of a lesson as HTML: the same values that a terminal shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from simpsh.course.lesson.code_listing import Listing
from simpsh.course.screen.code_display import highlighted
from simpsh.course.screen.screen_tables import ScreenTable
from simpsh.view.picture.svg_elements import plain, tag
from simpsh.view.styled_text import Line, Piece, marked

_ELEMENTS = {
    "bold": ("strong", None),
    "italic": ("em", None),
    "code": ("code", None),
    "dim": ("span", "quiet"),
}
_CODE = {"keyword": "code-keyword", "string": "code-string", "comment": "code-comment"}
_LANE = re.compile(r"lane(\d)")
_SET_AS_IT_IS = "    "


def term_id(term: str) -> str:
    """Return the fragment that a term has on every page.

    >>> term_id("open file description"), term_id("_exit()")
    ('term-open-file-description', 'term-_exit')
    """
    return f"term-{re.sub(r'[^a-z0-9_]+', '-', term.casefold()).strip('-')}"


class TextMarkup:
    """Turns marked texts into HTML; a term leads to its meaning at the end of the page.

    Args:
        terms: the terms by the form in which texts mark them; the term's own name each.
    """

    def __init__(self, terms: Mapping[str, str]) -> None:
        self._terms = terms

    def line(self, one: Line) -> str:
        """Return the HTML of one line, without an element around it."""
        return "".join(map(self._piece, one))

    def inline(self, text: str) -> str:
        """Return the HTML of a text of one paragraph, without an element around it."""
        return self.line(marked(" ".join(text.split())))

    def paragraphs(self, text: str) -> str:
        """Return a text as paragraphs; lines that begin with four blanks are set as they are."""
        found = []
        for part in re.split(r"\n\s*\n", text.strip("\n")):
            for is_set, lines in groupby(part.split("\n"), _is_set_as_it_is):
                if is_set:
                    typed = "\n".join(line.removeprefix(_SET_AS_IT_IS) for line in lines)
                    found.append(tag("pre", plain(typed), class_="typed", tabindex=0))
                else:
                    found.append(tag("p", self.inline(" ".join(lines))))
        return "".join(found)

    def _piece(self, piece: Piece) -> str:
        words = piece.style.split()
        text = plain(piece.text)
        if "term" in words:
            term = self._terms.get(" ".join(piece.text.split()))
            return f'<a class="term" href="#{term_id(term)}">{text}</a>' if term else text
        for word in words:
            lane = _LANE.fullmatch(word)
            if lane is not None:
                text = tag("span", text, class_=f"lane lane-{lane[1]}")
            elif word in _ELEMENTS:
                name, kind = _ELEMENTS[word]
                text = tag(name, text, class_=kind)
        return text


def _is_set_as_it_is(line: str) -> bool:
    return line.startswith(_SET_AS_IT_IS)


def listing_html(
    listing: Listing,
    label: str,
    *,
    changed: Collection[int] = (),
    only: Collection[int] = (),
) -> str:
    """Return a listing with its numbered lines.

    Args:
        listing: the code.
        label: what a screen reader calls it.
        changed: lines that are new against the listing before, which are marked.
        only: the lines to show; all if there are none.
    """
    rows = []
    for number, line in enumerate(highlighted(listing), 1):
        if only and number not in only:
            continue
        code = "".join(_code_piece(piece) for piece in line) or " "
        mark = ' <b title="new in this listing">▸</b>' if number in changed else ""
        kind = "line new" if number in changed else "line"
        rows.append(
            f'<div class="{kind}" data-line="{number}"><i>{number}{mark}</i>'
            f'<code>{code}</code><span class="here"></span></div>'
        )
    return (
        f'<div class="listing scroll" role="group" aria-label="{plain(label)}" tabindex="0">'
        f"{''.join(rows)}</div>"
    )


def _code_piece(piece: Piece) -> str:
    kind = _CODE.get(piece.style)
    text = plain(piece.text)
    if piece.style == "bold":
        return tag("b", text)
    return tag("span", text, class_=kind) if kind and text else text


def table_html(table: ScreenTable, markup: TextMarkup, caption: str) -> str:
    """Return a table whose first column names the rows.

    Args:
        table: the values.
        markup: for the cells.
        caption: what a screen reader calls it.
    """
    heads = "".join(
        tag("th", plain(head), scope="col") if head else '<td class="empty"></td>'
        for head in table.heads
    )
    rows = "".join(f"<tr>{''.join(_cells(row, markup))}</tr>" for row in table.rows)
    note = tag("p", plain(table.note), class_="remark") if table.note else ""
    return (
        f'<div class="scroll" role="group" aria-label="{plain(caption)}" tabindex="0">'
        f'<table class="data"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
        f"{note}"
    )


def _cells(row: Sequence[Line], markup: TextMarkup) -> list[str]:
    first, *others = row
    name = markup.line(first)
    head = tag("th", name, scope="row") if name else "<td></td>"
    # A cell keeps the blanks at its beginning: the depth of a tree.
    return [head, *(f"<td>{markup.line(one)}</td>" for one in others)]
