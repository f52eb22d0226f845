"""The history, its file, and the expansion of `!!` and `!3`."""

import os
import stat

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from simpsh.base.errors import SimpshError
from simpsh.repl.line_editor import LatestEntry
from simpsh.repl.line_history import ENTRIES, LineHistory, expanded, history_path


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state" / "simpsh" / "history")


def test_the_next_shell_reads_the_added_lines(path):
    one, other = LineHistory(path), LineHistory(path)
    assert one.take_problem() is None
    one.add("ls -l")
    other.add("cat <<E\n\n  text\n\tmore\nE\n")
    one.add("printf \udcff")
    entries = ["ls -l", "cat <<E\n\n  text\n\tmore\nE", "printf \udcff"]
    assert LineHistory(path).entries == entries
    with open(path, "rb") as file:
        assert file.read().endswith(b"\nprintf \xff\n")


def test_only_the_owner_may_read_the_file_and_its_folder(path):
    old = os.umask(0)
    try:
        LineHistory(path).add("ls")
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
        # A file that others may read is made private.
        os.chmod(path, 0o644)
        LineHistory(path).add("new")
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    finally:
        os.umask(old)


def test_empty_repeated_and_indented_lines_are_not_added(path):
    history = LineHistory(path)
    for entry in ("same", "", "\n", " secret", "\tsecret", "same"):
        history.add(entry)
    assert history.entries == LineHistory(path).entries == ["same"]


def test_memory_holds_only_the_latest_entries(path):
    history = LineHistory(path)
    entries = history.entries
    for number in range(ENTRIES + 5):
        history.add(f"echo {number}")
    assert history.entries is entries
    assert (len(entries), entries[0], entries[-1]) == (2000, "echo 5", "echo 2004")


def test_only_the_end_of_a_very_long_file_is_read(path):
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.writelines(f"echo {number} {'x' * 1000}\n" for number in range(3000))
    entries = LineHistory(path).entries
    assert 1000 < len(entries) < 1100
    assert entries[-1].startswith("echo 2999 ")
    assert all(entry.startswith("echo ") for entry in entries)


def test_the_path_depends_on_the_xdg_variables():
    assert "HOME" in (LineHistory(None).take_problem() or "")
    assert history_path({}) is None
    assert history_path({"HOME": "/h"}) == "/h/.local/state/simpsh/history"
    assert history_path({"HOME": "/h", "XDG_STATE_HOME": "/s"}) == "/s/simpsh/history"
    assert history_path({"HOME": "/h", "XDG_STATE_HOME": "relative"}) == (
        "/h/.local/state/simpsh/history"
    )


LINES = ["ls -l", "echo 'a b'", "for i in 1\ndo echo $i\ndone"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("!1", "ls -l"),
        ("!2 | wc", "echo 'a b' | wc"),
        ("!-2", "echo 'a b'"),
        ("time !!", f"time {LINES[2]}"),
        ('echo "!1"', 'echo "ls -l"'),
        ("echo '!1' \\!1 $!1 ${!1}", "echo '!1' \\!1 $!1 ${!1}"),
        ("! true; [ 1 != 2 ]; echo hi!", "! true; [ 1 != 2 ]; echo hi!"),
        ("echo \"it's !1\" 'it'", "echo \"it's ls -l\" 'it'"),
        ("echo 'unclosed !1", "echo 'unclosed !1"),
        ("echo '!$' a!$ !$x \"!$\"", "echo '!$' a!$ !$x \"!$\""),
    ],
)
def test_a_reference_is_replaced_with_a_line_of_the_history(text, line):
    assert expanded(text, LINES) == line


@pytest.mark.parametrize("text", ["!4", "!0", "!-4", "!99999999999999999999"])
def test_a_reference_to_a_missing_line_is_an_error(text):
    with pytest.raises(SimpshError, match="the history has no such line"):
        expanded(text, LINES)


def test_a_file_of_release_1_has_directories_and_statuses_that_are_skipped(path):
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.write("make a\n \t/lab\tmake a\n 127 gerp\nls\n")
    assert LineHistory(path).entries == ["make a", "ls"]


def test_the_latest_entry_that_did_not_fail_is_suggested():
    history = LineHistory(None, ["echo a", "echo b", "echo c", "ls", "echo d\necho e"])
    history.note_status("echo b", 127)
    history.note_status("echo b", 1)
    history.note_status("echo c", 2)

    def suggested(text):
        found = LatestEntry(history).get_suggestion(Buffer(), Document(text))
        return None if found is None else found.text

    assert suggested("ec") == "ho b"
    assert suggested("if true\nec") == "ho b"
    assert suggested("echo a") == ""
    assert suggested("x") is suggested("") is suggested("  ") is suggested("ls\n") is None
