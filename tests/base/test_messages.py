"""Messages to the user: complaints, their excerpts, and writing them."""

import os
import pty
import subprocess
import sys
import termios

import pytest
from wcwidth import wcswidth

from simpsh import console
from simpsh.base.complaint import Complaint, Excerpt
from simpsh.base.errors import NotSupported, SimpshError
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


# -- writing to the user: complaints, the width, colour, files of reports ----------------------


def test_a_complaint_is_one_line_with_its_origin(capfdbinary):
    console.complain("no", "simpsh: file: line 3: ")
    console.complain(NotSupported("pidfd_open: Linux 5.3"))
    lines = b"simpsh: file: line 3: no\nsimpsh: pidfd_open: Linux 5.3\n"
    assert capfdbinary.readouterr().err == lines


def test_an_error_of_the_kernel_is_reported_in_its_own_words():
    for problem, words in (
        (FileNotFoundError(2, "x", "/a/b"), "/a/b: No such file or directory"),
        (FileNotFoundError(2, "x", b"/a/\xff"), "/a/\udcff: No such file or directory"),
        (BlockingIOError(11, "x"), "Resource temporarily unavailable"),
        (OSError("in words"), "in words"),
        (OSError(9, "x", 7), "Bad file descriptor"),
    ):
        assert console.in_words(problem) == words


def test_unencodable_characters_are_written_as_escapes(capfdbinary):
    console.say("\udcff \ud800\n")
    assert capfdbinary.readouterr().out == b"\\udcff \\ud800\n"
    console.say("\udcff\n")
    assert capfdbinary.readouterr().out == b"\xff\n"


def test_the_width_is_the_terminals_then_columns_and_colour_is_for_terminals(monkeypatch):
    monkeypatch.setenv("COLUMNS", "33")
    master, slave = pty.openpty()
    try:
        assert console.is_in_colour(slave, {"TERM": "xterm"})
        assert not console.is_in_colour(slave, {"TERM": "xterm", "NO_COLOR": "1"})
        unable = [{}, *({"TERM": name} for name in ("", "dumb", "unknown"))]
        assert not [it for it in unable if console.is_in_colour(slave, it)]
        assert console.width(slave) == 33, "a terminal to which no size was given"
        termios.tcsetwinsize(slave, (24, 55))
        assert console.width(slave) == 55
        termios.tcsetwinsize(slave, (24, 3))
        assert console.width(slave, narrowest=40) == 40
    finally:
        os.close(master)
        os.close(slave)
    with open(os.devnull) as nowhere:
        assert console.width(nowhere.fileno()) == 33
        for odd in ("", "x", "1" * 9, "-4"):
            monkeypatch.setenv("COLUMNS", odd)
            assert console.width(nowhere.fileno()) == 80
        assert not console.is_in_colour(nowhere.fileno(), {"TERM": "xterm"})


def test_a_text_goes_to_a_file_or_to_standard_output(tmp_path, capfdbinary):
    console.put("out\n", "")
    console.put("in\n", str(tmp_path / "file"), 0o600)
    assert capfdbinary.readouterr().out == b"out\n"
    assert (tmp_path / "file").read_text() == "in\n"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    with pytest.raises(SimpshError, match=r"nowhere/file: No such file or directory$"):
        console.put("in\n", str(tmp_path / "nowhere" / "file"))


def test_a_long_complaint_breaks_between_words_and_needs_no_standard_error():
    code = "from simpsh import console; console.complain('  two  blanks, /a/long-file: refused')"
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, check=True)
    assert done.stderr == b"simpsh:   two  blanks, /a/long-file: refused\n"
    master, slave = pty.openpty()
    try:
        termios.tcsetwinsize(slave, (24, 30))
        subprocess.run(argv, stderr=slave, check=True)
        assert os.read(master, 200) == b"simpsh:   two  blanks,\r\n  /a/long-file: refused\r\n"
    finally:
        os.close(master)
        os.close(slave)
    closed = f"import os; os.close(2); {code}"
    assert subprocess.run([sys.executable, "-c", closed]).returncode == 0
