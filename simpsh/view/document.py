"""A document: the content of a report, a lesson or a page, independent of the medium.

A document is a sequence of parts, such as paragraphs and tables, whose texts are lines of styled
pieces. `html_of` returns the HTML of a page, and escapes all texts; for paper the style sheets hide
some parts. `lines_of` and `listing_lines` return lines for a terminal. A `Picture` contains its
markup, and so does everything that only one page has, such as buttons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby, zip_longest

from simpsh.base.phrases import printable
from simpsh.base.record import Record, changed
from simpsh.base.screen_cells import width_of
from simpsh.view.picture.svg_elements import plain as escaped, tag
from simpsh.view.styled_text import (
    Block,
    Line,
    Piece,
    line,
    line_width,
    marked,
    padded,
    plain,
    stripped,
    styled,
    wrapped,
)

Text = str | Line
"""An unstyled text, or a line of styled pieces."""


class Paragraph(Record):
    """A text that is wrapped to the available width."""

    text: Text
    kind: str = ""
    """The class in the style sheets: `remark`, `notice bad`."""


class Verbatim(Record):
    """Preformatted lines, such as a typed command or a program's output."""

    text: str
    kind: str = "typed"


class Picture(Record):
    """Markup that a page draws itself."""

    markup: str
    """The markup, with all texts escaped."""


class Item(Record):
    """A list item with its own class, or with parts below its text."""

    text: Text
    parts: Parts = ()
    kind: str = ""


class Items(Record):
    """A list."""

    items: Sequence[Text | Item]
    kind: str = ""
    is_numbered: bool = False


class Cell(Record):
    """A cell of a table that is more than a text."""

    text: Text
    below: str = ""
    """A remark on a separate line."""


class Table(Record):
    """Rows under headings."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Text | Cell]]
    note: str = ""
    """A line below that explains the signs."""
    caption: str = ""
    """The description for a screen reader."""
    columns: Sequence[str] = ()
    """The class of each column: `number`, `told`."""
    names_rows: bool = True
    """Whether the first cell of a row is the row's name."""
    id: str = ""


class CodeLine(Record):
    """A numbered line of a listing."""

    number: int
    code: Text
    is_new: bool = False
    is_marked: bool = False


class CodeListing(Record):
    """Numbered lines of code."""

    lines: Sequence[CodeLine]
    label: str = ""
    """The label for a screen reader."""
    id: str = ""


class Folded(Record):
    """Parts that the reader can unfold."""

    summary: Text
    parts: Parts
    kind: str = ""


class Group(Record):
    """Parts that belong together, for instance side by side."""

    parts: Parts
    kind: str = ""


class Section(Record):
    """Parts under a heading."""

    title: Text
    parts: Parts
    kind: str = "panel"
    id: str = ""


Part = Paragraph | Verbatim | Picture | Items | Table | CodeListing | Folded | Group | Section
Parts = Sequence[Part]

_VERBATIM_INDENT = "    "


def paragraphs(text: str, links: Mapping[str, str] | None = None) -> list[Part]:
    """Return a text with markup as parts; lines that begin with four blanks are preformatted.

    `links` has the addresses of marked terms.
    """
    parts: list[Part] = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        for is_verbatim, rows in groupby(
            paragraph.split("\n"), lambda row: row.startswith(_VERBATIM_INDENT)
        ):
            if is_verbatim:
                parts.append(
                    Verbatim("\n".join(row.removeprefix(_VERBATIM_INDENT) for row in rows))
                )
            else:
                parts.append(Paragraph(linked(inline(" ".join(rows)), links or {})))
    return parts


def inline(text: str) -> Line:
    """Return a text with markup, possibly of several lines, as one line."""
    return marked(" ".join(text.split()))


def linked(text: Line, links: Mapping[str, str]) -> Line:
    """Add links to the marked terms of a line."""
    return tuple(
        changed(piece, link=links.get(" ".join(piece.text.split()), ""))
        if "term" in piece.style.split()
        else piece
        for piece in text
    )


def _line(text: Text) -> Line:
    return styled(text, "") if isinstance(text, str) else text


# --------------------------------------------------------------------------------- pages

_ELEMENTS = {
    "bold": ("strong", ""),
    "italic": ("em", ""),
    "code": ("code", ""),
    "small": ("small", ""),
    "dim": ("span", "quiet"),
    "good": ("span", "good"),
    "bad": ("span", "bad"),
    "keyword": ("span", "code-keyword"),
    "string": ("span", "code-string"),
    "comment": ("span", "code-comment"),
}
_LANE = re.compile(r"lane(\d)")


def html_of(parts: Parts) -> str:
    """Return the HTML of parts."""
    return "".join(map(_part_html, parts))


def _part_html(part: Part) -> str:
    match part:
        case Paragraph():
            return _element("p", html_of_line(part.text), part.kind)
        case Verbatim():
            # Browsers drop a newline at the beginning of `pre`.
            content = f"\n{escaped(part.text)}"
            return f'<pre class="{part.kind}" tabindex="0">{content}</pre>'
        case Picture():
            return part.markup
        case Items():
            entries = []
            for item in part.items:
                whole = item if isinstance(item, Item) else Item(item)
                content = html_of_line(whole.text) + html_of(whole.parts)
                entries.append(_element("li", content, whole.kind))
            return _element("ol" if part.is_numbered else "ul", "".join(entries), part.kind)
        case Table():
            return _table_html(part)
        case CodeListing():
            return _listing_html(part)
        case Folded():
            summary = _element("summary", html_of_line(part.summary))
            return _element("details", summary + html_of(part.parts), part.kind)
        case Group():
            return _element("div", html_of(part.parts), part.kind)
        case Section():
            return tag(
                "section",
                _element("h2", html_of_line(part.title)) + html_of(part.parts),
                class_=part.kind or None,
                id=part.id or None,
                aria_label=printable(plain(_line(part.title))),
            )


def _element(name: str, content: str, kind: str = "") -> str:
    """Return an element; browsers require the end tag even without content."""
    return f'<{name} class="{kind}">{content}</{name}>' if kind else f"<{name}>{content}</{name}>"


def html_of_line(text: Text) -> str:
    """Return the HTML of a text, without an element around it."""
    parts = []
    for address, pieces in groupby(_line(text), lambda piece: piece.link):
        linked_pieces = list(pieces)
        content = "".join(map(_piece_html, linked_pieces))
        if address:
            is_term = "term" in linked_pieces[0].style.split()
            content = tag("a", content, class_="term" if is_term else None, href=address)
        parts.append(content)
    return "".join(parts)


def _piece_html(piece: Piece) -> str:
    text = escaped(piece.text)
    for word in piece.style.split():
        lane = _LANE.fullmatch(word)
        if lane is not None:
            text = _element("span", text, f"lane lane-{lane[1]}")
        elif word in _ELEMENTS:
            text = _element(_ELEMENTS[word][0], text, _ELEMENTS[word][1])
    return text


def _table_html(table: Table) -> str:
    heads = []
    columns = [*table.columns, *[""] * (len(table.heads) - len(table.columns))]
    for head, kind in zip(table.heads, columns, strict=True):
        name = escaped(head)
        heads.append(
            tag("th", name, scope="col", class_=kind or None) if head else '<td class="empty"></td>'
        )
    rows = "".join(f"<tr>{_row_html(table, row, columns)}</tr>" for row in table.rows)
    content = f"<thead><tr>{''.join(heads)}</tr></thead><tbody>{rows}</tbody>"
    body = tag("table", content, class_="data", id=table.id or None)
    label = printable(table.caption) or None
    role = "group" if label else None
    note = _element("p", escaped(table.note), "remark") if table.note else ""
    return tag("div", body, class_="scroll", role=role, aria_label=label, tabindex=0) + note


def _row_html(table: Table, row: Sequence[Text | Cell], columns: Sequence[str]) -> str:
    cells = []
    for index, (value, kind) in enumerate(zip(row, columns, strict=True)):
        cell = value if isinstance(value, Cell) else Cell(value)
        content = html_of_line(cell.text)
        if cell.below:
            content += _element("p", escaped(cell.below), "remark")
        if index == 0 and table.names_rows and content:
            cells.append(f'<th scope="row">{content}</th>')
        else:
            cells.append(_element("td", content, kind))
    return "".join(cells)


def _listing_html(listing: CodeListing) -> str:
    rows = []
    for row in listing.lines:
        kind = "line new" if row.is_new else "line now" if row.is_marked else "line"
        mark = ' <b title="new in this listing">▸</b>' if row.is_new else ""
        code = html_of_line(row.code) or " "
        rows.append(f'<div class="{kind}"><i>{row.number}{mark}</i><code>{code}</code></div>')
    label = printable(listing.label) or None
    return tag(
        "div",
        "".join(rows) or " ",
        class_="listing scroll",
        role="group" if label else None,
        aria_label=label,
        tabindex=0,
        id=listing.id or None,
    )


# ----------------------------------------------------------------------------- terminals

_GAPS = (3, 2, 1)
"""Numbers of blanks between the columns of a table; the first that fits is used."""
_NARROWEST, _KEPT_WORD = 8, 12
"""The minimum width of a column, and the longest word for which it is widened."""


def lines_of(parts: Sequence[Paragraph | Table], width: int) -> Block:
    """Return parts as lines for a terminal, with an empty line between two parts."""
    block: Block = []
    for part in parts:
        if block:
            block.append(())
        if isinstance(part, Table):
            block.extend(table_lines(part, width))
        else:
            style = "dim" if part.kind == "remark" else ""
            text = styled(part.text, style) if isinstance(part.text, str) else part.text
            block.extend(wrapped(text, width))
    return block


def listing_lines(listing: CodeListing) -> Block:
    """Return a listing as lines for a terminal, each with its number."""
    return [
        line(
            Piece(f"{row.number:>3} ", "dim"), Piece("▸ " if row.is_new else "  ", "bold"), row.code
        )
        for row in listing.lines
    ]


def table_lines(table: Table, width: int) -> Block:
    """Return a table as lines; if it is too wide, the widest cells are wrapped."""
    rows = [
        [styled(head, "bold") for head in table.heads],
        *([_cell_line(value) for value in row] for row in table.rows),
    ]
    columns = [*zip(*rows, strict=True)]
    widths = [max(map(line_width, column)) for column in columns]
    floors = [_least_width(column) for column in columns]
    spaces = len(columns) - 1
    gap = next((gap for gap in _GAPS if sum(floors) + gap * spaces <= width), _GAPS[-1])
    # Break words only if all columns are as narrow as their words.
    for least in (floors, [_NARROWEST] * len(columns)):
        while sum(widths) + gap * spaces > width:
            wide = [index for index, room in enumerate(widths) if room > least[index]]
            if not wide:
                break
            widths[max(wide, key=widths.__getitem__)] -= 1
    block: Block = []
    for row in rows:
        broken = [
            # A cell that fits keeps its indentation, which may show the depth of a tree.
            [cell] if line_width(cell) <= room else wrapped(cell, room)
            for cell, room in zip(row, widths, strict=True)
        ]
        for cells in zip_longest(*broken, fillvalue=()):
            parts = [padded(cell, room + gap) for cell, room in zip(cells, widths, strict=True)]
            block.append(stripped(line(*parts)))
    if table.note:
        block.extend(wrapped(styled(table.note, "dim"), width))
    return block


def _least_width(column: Sequence[Line]) -> int:
    """Return the width at which no word of usual length in a column is broken."""
    words = [width_of(word) for cell in column for word in plain(cell).split()]
    longest = max((length for length in words if length <= _KEPT_WORD), default=0)
    return min(max(map(line_width, column)), max(longest, _NARROWEST))


def _cell_line(value: Text | Cell) -> Line:
    match value:
        case Cell(text, below):
            return line(text, f" ({below})" if below else "")
        case str() | tuple():
            return _line(value)


def table_sentences(table: Table) -> list[str]:
    """Return a table as sentences: each names its row, and each value its column."""
    sentences = []
    name = ""
    for row in table.rows:
        first, *cells = (plain(_cell_line(value)) for value in row)
        # A table leaves out a repeated name; a sentence must have it.
        name = first or name
        values = "; ".join(
            f"{head}: {cell}" if head else cell
            for head, cell in zip(table.heads[1:], cells, strict=True)
            if cell
        )
        sentences.append(f"{name}: {values}." if name else f"{values}.")
    return sentences
