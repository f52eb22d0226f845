"""Error messages: sentences are wrapped; an excerpt is cut around its caret, never wrapped."""

import pytest
from wcwidth import wcswidth

from simpsh.base.complaint import Complaint, Excerpt
from simpsh.base.screen_cells import between_words, fit_end, fitted, width_of

WIDE = (
    "echo 漢字の名前 🎉🎊🎈 e\u0301e\u0301 and more words; done; echo 漢字の名前 and so on for long"
)


@pytest.mark.parametrize("room", range(12, 90))
def test_an_excerpt_fits_and_the_caret_is_under_the_whole_word(room):
    shown, carets = Excerpt(WIDE, WIDE.index("done"), 4).lines(room)
    assert wcswidth(shown) <= room
    column = shown.index("done")
    assert carets == " " * wcswidth(shown[:column]) + "^^^^"
    assert shown.startswith("…") == (not WIDE.startswith(shown[:4]))
    assert shown.endswith("…") == (not WIDE.endswith(shown[-4:]))


@pytest.mark.parametrize("column", range(len(WIDE)))
def test_the_caret_can_mark_each_character(column):
    shown, carets = Excerpt(WIDE, column).lines(30)
    assert wcswidth(shown) <= 30
    assert len(carets) <= 30
    cells: list[str] = []
    for char in shown:
        match wcswidth(char):
            case 0:
                cells[-1] += char
            case width:
                cells += [char, *[""] * (width - 1)]
    first, count = carets.count(" "), carets.count("^")
    if wcswidth(WIDE[column]):
        assert cells[first].startswith(WIDE[column])
        assert count == wcswidth(WIDE[column])


def test_a_part_wider_than_the_screen_is_cut_and_a_part_after_the_end_has_a_cell():
    assert Excerpt("abc " + "x" * 50, 4, 50).lines(12) == ("… xxxxxxxxx…", "  ^^^^^^^^^^")
    assert Excerpt("if true", 7).lines(20) == ("if true", " " * 7 + "^")
    assert Excerpt("if " + "x" * 40, 43).lines(10) == ("…xxxxxxxx", " " * 9 + "^")
    assert Excerpt("\techo\x1b;", 6, 1).lines(20) == ("    echo\\x1b;", " " * 12 + "^")


def test_only_sentences_are_wrapped_and_each_newline_of_a_sentence_stays():
    complaint = Complaint(
        "one two three four\nfive", Excerpt("a   b   c   d   e   f", 4), "six seven"
    )
    assert complaint.lines("sh: ", 14) == [
        "sh: one two",
        "  three four",
        "five",
        "  a   b   c  …",
        "      ^",
        "hint: six",
        "  seven",
    ]
    assert complaint.lines("sh: ")[0] == "sh: one two three four"


def test_control_sequences_are_escaped_before_the_text_is_measured():
    (first, second) = Complaint("\x1b\x1b\x1b words").lines("", 14)
    assert (first, second) == (r"\x1b\x1b\x1b", "  words")


def test_lines_break_at_blanks_by_the_cells_of_words():
    assert between_words("漢字 漢字 ab", 9, "- ", "  ") == ["- 漢字", "  漢字 ab"]
    assert between_words("a  b", 80) == ["a  b"]
    assert between_words("", 80, "- ") == ["- "]
    assert between_words("x " + "漢" * 9, 8) == ["x", "漢" * 9]


def test_text_is_cut_to_cells_and_a_mark_stays_with_its_letter():
    assert width_of("e\u0301🎉") == 3
    assert [fitted("🎉🎉🎉", room) for room in (6, 5, 4, 1)] == ["🎉🎉🎉", "🎉🎉…", "🎉…", "…"]
    assert fit_end("ae\u0301b", 2) == "…b"
    assert fitted("e\u0301e\u0301x", 2) == "e\u0301…"
