"""Writing to the user: complaints, the width, colour, files of reports."""

import os
import pty
import subprocess
import sys
import termios

import pytest

from simpsh import console
from simpsh.base.errors import NotSupported, SimpshError


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
