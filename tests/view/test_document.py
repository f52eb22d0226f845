"""Documents as escaped markup for a page, and as lines for a terminal."""

from itertools import groupby

import pytest

from simpsh.view.document import (
    Cell,
    CodeLine,
    CodeListing,
    Folded,
    Group,
    Item,
    Items,
    Paragraph,
    Picture,
    Section,
    Table,
    Verbatim,
    html_of,
    html_of_line,
    inline,
    lines_of,
    linked,
    listing_lines,
    paragraphs,
)
from simpsh.view.styled_text import (
    Piece,
    marked,
    plain,
    plain_block,
    quote_code,
    set_text,
    styled,
    wrapped,
)

EVIL = "<b>\"'&\x1b"
SHOWN = "&lt;b&gt;&quot;&#x27;&amp;\\x1b"


@pytest.mark.parametrize(
    ("part", "markup"),
    [
        (Paragraph("so", "remark"), '<p class="remark">so</p>'),
        (Picture("<svg></svg>"), "<svg></svg>"),
        (
            Items(["a", Item("b", [Paragraph("more")], "bad")]),
            '<ul><li>a</li><li class="bad">b<p>more</p></li></ul>',
        ),
        (Items(["a"], is_numbered=True), "<ol><li>a</li></ol>"),
        (Folded("more", [Paragraph("so")]), "<details><summary>more</summary><p>so</p></details>"),
        (Group([Paragraph("so")], "panel"), '<div class="panel"><p>so</p></div>'),
        (
            Section("One", [Paragraph("so")], id="one"),
            '<section class="panel" id="one" aria-label="One"><h2>One</h2><p>so</p></section>',
        ),
        (
            CodeListing([CodeLine(3, "x = 1", is_new=True), CodeLine(4, "", is_marked=True)]),
            '<div class="listing scroll" tabindex="0"><div class="line new"><i>3 <b title="new in '
            'this listing">▸</b></i><code>x = 1</code></div><div class="line now"><i>4</i>'
            "<code> </code></div></div>",
        ),
        (
            Table(["", "bytes"], [["a", Cell("1", "one byte")], ["b", "2"]], "a note"),
            '<div class="scroll" tabindex="0"><table class="data"><thead><tr><td class="empty">'
            '</td><th scope="col">bytes</th></tr></thead><tbody><tr><th scope="row">a</th>'
            '<td>1<p class="remark">one byte</p></td></tr><tr><th scope="row">b'
            "</th><td>2</td></tr></tbody>"
            '</table></div><p class="remark">a note</p>',
        ),
    ],
)
def test_each_part_has_its_markup(part, markup):
    assert html_of([part]) == markup


def test_a_terminal_has_paragraphs_tables_and_listings():
    rows = [["a", Cell("1", "one byte")], ["b", "2"]]
    parts = [Paragraph("so", "remark"), Table(["", "bytes"], rows, "a note")]
    lines = "so\n\n    bytes\na   1 (one byte)\nb   2\na note"
    assert plain_block(lines_of(parts, 60)) == lines
    listing = CodeListing([CodeLine(3, "x = 1", is_new=True), CodeLine(4, "")])
    assert plain_block(listing_lines(listing)) == "  3 ▸ x = 1\n  4"


def test_no_text_of_a_part_becomes_markup():
    cell = Cell(EVIL, EVIL)
    parts = [
        Paragraph(EVIL),
        Verbatim(EVIL),
        Items([EVIL, Item(EVIL, [Paragraph(EVIL)])]),
        Table([EVIL, EVIL], [[EVIL, cell]], EVIL, EVIL),
        CodeListing([CodeLine(1, EVIL)], EVIL),
        Folded(EVIL, [Section(EVIL, [])]),
    ]
    markup = html_of(parts)
    assert '<b>"' not in markup
    assert "\x1b" not in markup
    assert markup.count(SHOWN) == 17


def test_a_text_with_markup_becomes_elements_and_a_term_leads_to_its_entry():
    text = linked(inline("**Who** may\n`wait` for a *zombie* of *its own*?"), {"zombie": "#z"})
    assert html_of_line(text) == (
        "<strong>Who</strong> may <code>wait</code> for a "
        '<a class="term" href="#z">zombie</a> of its own?'
    )
    assert html_of(paragraphs("One.\n\n    ls <a>\n\nTwo.")) == (
        '<p>One.</p><pre class="typed" tabindex="0">\nls &lt;a&gt;</pre><p>Two.</p>'
    )
    assert html_of_line((Piece("p1", "lane1", "#p"), Piece(" here", "dim", "#p"))) == (
        '<a href="#p"><span class="lane lane-1">p1</span><span class="quiet"> here</span></a>'
    )


# -- lines of several styles are wrapped between words, and within a word that is too long -----


@pytest.mark.parametrize(
    ("pieces", "width", "rows"),
    [
        ([("one two", "")], 7, [[("one two", "")]]),
        ([("one two", "")], 6, [[("one", "")], [("two", "")]]),
        ([("a.path.name", "")], 8, [[("a.path.", "")], [("name", "")]]),
        ([("abcdefghij", "")], 4, [[("abcd", "")], [("efgh", "")], [("ij", "")]]),
        (
            [("abcdef", "bold"), ("ghij", "dim")],
            8,
            [[("abcdef", "bold"), ("gh", "dim")], [("ij", "dim")]],
        ),
        # A character of two columns is never cut.
        ([("漢字", "")], 1, [[("漢", "")], [("字", "")]]),
    ],
)
def test_no_text_and_no_style_is_lost_when_a_line_is_wrapped(pieces, width, rows):
    found = wrapped(tuple(Piece(*each) for each in pieces), width)
    assert [joined(row) for row in found] == rows


def joined(row):
    """Return the texts and styles of a row; neighbours of one style are one."""
    parts = groupby(row, lambda piece: piece.style)
    return [("".join(piece.text for piece in same), style) for style, same in parts]


def test_a_text_keeps_typed_lines_and_literal_stars_and_breaks_long_words():
    text = "One two three four.\n\n    sleep 1000 & echo a very long line"
    shown = "One two\nthree four.\n\n    sleep 1000 & echo a very long line"
    assert plain_block(set_text(text, 12)) == shown
    # Without colours code has backquotes, which count as columns.
    quote_code(is_on=True)
    assert plain_block(wrapped(marked("a `b c` **d**"), 5)) == "a `b\nc` d"
    quote_code(is_on=False)
    rows = wrapped(styled("x" * 25, ""), 10)
    assert [plain(row) for row in rows] == ["x" * 10, "x" * 10, "x" * 5]
    for literal in ("2 * 3 * 4", "kill -9 *", "a*b*c", "**", "*"):
        assert plain(marked(literal)) == literal
