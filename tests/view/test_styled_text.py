"""Lines of several styles are wrapped between words, and within a word that is too long."""

from itertools import groupby

import pytest

from simpsh.view.styled_text import Piece, wrapped


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
