"""Who uses lessons or exercises from elsewhere at a terminal is told once that they are code."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.shells import PROJECT

WORDS = "lessons and exercises are programs and run with your rights"


def said(folder, state, *, at_terminal: bool) -> str:
    """Return what `lesson exercise list` says on its standard error."""
    reading, writing = os.openpty() if at_terminal else os.pipe()
    argv = [sys.executable, "-m", "simpsh", "lesson", "exercise", "list", "--path", str(folder)]
    environment = os.environ | {"XDG_STATE_HOME": str(state)}
    try:
        subprocess.run(
            argv, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=writing, check=True
        )
        os.set_blocking(reading, False)
        try:
            return os.read(reading, 10_000).decode()
        except BlockingIOError:
            return ""
    finally:
        os.close(reading)
        os.close(writing)


def test_it_is_said_once_of_each_folder_and_only_at_a_terminal(tmp_path):
    first, second = tmp_path / "first\n", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    state = tmp_path / "state"
    assert said(first, state, at_terminal=False) == ""
    assert not state.exists()
    assert WORDS in said(first, state, at_terminal=True)
    assert said(first, state, at_terminal=True) == ""
    assert WORDS in said(second, state, at_terminal=True)
    assert said(first, state, at_terminal=True) == ""
    assert (state / "simpsh" / "places-of-code").stat().st_mode & 0o777 == 0o600
