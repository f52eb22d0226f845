"""How far a class is judged is told on standard error: in one line on a terminal, else in some."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from simpsh import console
from simpsh.cli.grade_command import ClassProgress
from simpsh.grade.reports.class_results import Result
from simpsh.grade.reports.grade_marks import GradedCheck, Mark

FULL = Result("a", "k", "t", (Mark("m", "M", (GradedCheck("c", 1),)),))
NONE = Result("b", "k", "t", (Mark("m", "M", (GradedCheck("c", 1, "no"),)),))
TOLD = """\
from simpsh.cli.grade_command import ClassProgress
from tests.cli.test_grade_progress import FULL, NONE
progress = ClassProgress(4, is_shown=True)
for result in (FULL, NONE, None):
    progress.hear(result)
progress.clear()
print([one.name for one in progress.results])
"""


def on_terminal(code, columns):
    """What a program prints, and what it says on a terminal of so many columns."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns)}
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, stderr=slave, stdout=subprocess.PIPE, env=environment, check=True)
    os.close(slave)
    said = os.read(master, 65536).decode()
    os.close(master)
    return done.stdout, said


def test_a_terminal_shows_one_line_that_is_written_over_and_never_longer_than_it():
    printed, said = on_terminal(TOLD, 200)
    assert printed == b"['a', 'b']\n"
    assert said.split("\r\x1b[K") == [
        "",
        "grade: 0 of 4 done, 4 left; 0 without full marks",
        "grade: 1 of 4 done, 3 left; 0 without full marks",
        "grade: 2 of 4 done, 2 left; 1 without full marks",
        "grade: 3 of 4 done, 1 left; 1 without full marks, 1 not judged",
        "",
    ]
    code = "from simpsh.console import ProgressLine; ProgressLine().show('x' * 100)"
    assert on_terminal(code, 30)[1] == "\r\x1b[K" + "x" * 28 + "…"


@pytest.mark.parametrize(("is_shown", "lines"), [(True, 3), (False, 0)])
def test_without_a_terminal_there_are_lines_at_intervals_or_none(
    capfd, monkeypatch, is_shown, lines
):
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    progress = ClassProgress(100, is_shown=is_shown)
    for _ in range(46):
        now[0] += 1
        progress.hear(NONE)
    progress.clear()
    said = capfd.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == lines
    if lines:
        last = said.err.splitlines()[-1]
        assert last == "grade: 45 of 100 done, 55 left; 45 without full marks"
