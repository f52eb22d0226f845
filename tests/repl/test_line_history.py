"""The history and its file."""

from __future__ import annotations

import os
import stat

import pytest

from simpsh.repl.line_editor import suggestion
from simpsh.repl.line_history import ENTRIES, LineHistory, history_path


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state" / "simpsh" / "history")


def test_what_is_added_is_there_for_the_next_shell(path):
    LineHistory(path).add("ls -l")
    assert LineHistory(path).entries == ["ls -l"]


def test_an_entry_of_several_lines_stays_one_entry(path):
    history = LineHistory(path)
    history.add("cat <<E\n\n  text\n\tmore\nE\n")
    history.add("ls")
    assert LineHistory(path).entries == ["cat <<E\n\n  text\n\tmore\nE", "ls"]


@pytest.mark.parametrize("entry", ["", "\n", " secret", "\tsecret", "same"])
def test_nothing_is_kept_that_is_empty_or_begins_with_a_blank_or_is_repeated(path, entry):
    history = LineHistory(path)
    history.add("same")
    history.add(entry)
    assert history.entries == ["same"]
    assert LineHistory(path).entries == ["same"]


def test_two_shells_lose_none_of_each_others_entries(path):
    one, other = LineHistory(path), LineHistory(path)
    one.add("first")
    other.add("second")
    one.add("third")
    assert LineHistory(path).entries == ["first", "second", "third"]


def test_only_the_owner_may_read_the_file_and_its_folder(path):
    old = os.umask(0)
    try:
        LineHistory(path).add("ls")
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700


def test_a_file_that_others_may_read_is_closed_to_them(path):
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.write("old\n")
    os.chmod(path, 0o644)
    LineHistory(path).add("new")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_bytes_that_are_no_text_are_kept(path):
    LineHistory(path).add("printf \udcff")
    assert LineHistory(path).entries == ["printf \udcff"]
    with open(path, "rb") as file:
        assert file.read() == b"printf \xff\n"


def test_an_entry_after_one_that_was_cut_is_an_entry_of_its_own(path):
    LineHistory(path).add("echo one")
    with open(path, "ab") as file:
        file.write(b"echo tw")
    LineHistory(path).add("echo three")
    assert LineHistory(path).entries == ["echo one", "echo tw", "echo three"]


def test_memory_holds_the_latest_entries_only(path):
    history = LineHistory(path)
    entries = history.entries
    for number in range(ENTRIES + 5):
        history.add(f"echo {number}")
    assert history.entries is entries
    assert (len(entries), entries[0], entries[-1]) == (2000, "echo 5", "echo 2004")


def test_of_a_very_long_file_only_the_end_is_read(path):
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.writelines(f"echo {number} {'x' * 1000}\n" for number in range(3000))
    entries = LineHistory(path).entries
    assert 1000 < len(entries) < 1100
    assert entries[-1].startswith("echo 2999 ")
    assert all(entry.startswith("echo ") for entry in entries)


def test_no_file_yet_is_no_problem(path):
    assert LineHistory(path).take_problem() is None


def test_a_file_that_cannot_be_written_is_told_once_and_lines_are_remembered(tmp_path):
    (tmp_path / "file").write_text("")
    history = LineHistory(f"{tmp_path}/file/history")
    history.add("ls")
    history.add("ps")
    assert history.take_problem() == (
        f"history: {tmp_path}/file/history: Not a directory: "
        "lines are forgotten when the shell ends"
    )
    assert history.take_problem() is None
    assert history.entries == ["ls", "ps"]


def test_a_directory_in_its_place_is_told():
    assert "Is a directory" in (LineHistory("/").take_problem() or "")


def test_without_home_there_is_no_file_and_that_is_told():
    assert history_path({}) is None
    assert "HOME" in (LineHistory(None).take_problem() or "")


def test_the_place_follows_the_xdg_variables():
    assert history_path({"HOME": "/h"}) == "/h/.local/state/simpsh/history"
    assert history_path({"HOME": "/h", "XDG_STATE_HOME": "/s"}) == "/s/simpsh/history"
    assert history_path({"HOME": "/h", "XDG_STATE_HOME": "relative"}) == (
        "/h/.local/state/simpsh/history"
    )


def test_the_latest_entry_of_one_line_that_begins_so_is_suggested():
    entries = ["ls one", "ls two", "ls 'a\nb'", "ps"]
    assert suggestion("ls ", entries) == "two"
    assert suggestion("ls one", entries) == ""
    assert suggestion("", entries) == ""
