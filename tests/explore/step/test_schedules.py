"""Schedules as text: read, saved whole or not at all, and refused with the place named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.explore.step import run_replay


@pytest.mark.parametrize("word", ["Q", "P", "P01", "P1.", "P1?", "p"])
def test_a_word_that_is_no_process_is_refused_with_its_place(word):
    with pytest.raises(UsageProblem, match="schedule, step 2: "):
        run_replay.parse_schedule(f"P0 {word}")


def test_what_was_saved_is_loaded_again(tmp_path):
    path = f"{tmp_path}/race"
    choices = ("P0", "P1!", "P12.3") * 40

    run_replay.save_schedule(path, choices, ["simpsh step ./race\nsecond line"])

    assert run_replay.load_schedule(path) == choices
    assert run_replay.read_schedule(f"@{path}") == choices
    assert run_replay.parse_schedule("# two writers\nP0 P1,P1.2\n  # more\nP0!\n") == (
        *("P0", "P1", "P1.2", "P0!"),
    )
    lines = Path(path).read_text().splitlines()
    assert lines[:2] == ["# simpsh step ./race", "# second line"]
    assert max(map(len, lines)) <= 78


def test_saving_follows_the_umask_and_replaces_the_whole_file(tmp_path):
    path = tmp_path / "race"
    path.write_text("P0 " * 1000)
    before = os.umask(0o027)
    try:
        run_replay.save_schedule(str(path), ("P0",))
    finally:
        os.umask(before)

    assert path.read_text() == "P0\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["race"]


def test_what_cannot_be_saved_or_read_is_one_clear_line_and_leaves_nothing_behind(tmp_path):
    with pytest.raises(SimpshError, match="the schedule cannot be saved: Is a directory"):
        run_replay.save_schedule(str(tmp_path), ("P0",))
    with pytest.raises(SimpshError, match="the schedule cannot be saved: No such file"):
        run_replay.save_schedule(f"{tmp_path}/none/race", ("P0",))

    assert os.listdir(tmp_path) == []
    with pytest.raises(SimpshError, match="none: the schedule cannot be read: No such file"):
        run_replay.read_schedule(f"@{tmp_path}/none")
    (tmp_path / "image").write_bytes(b"\x89PNG\xff")
    with pytest.raises(SimpshError, match="image: this is no schedule: it is not even text"):
        run_replay.load_schedule(str(tmp_path / "image"))
