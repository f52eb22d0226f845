"""Progress on standard error: one redrawn line on a terminal, else lines at intervals."""

import os
import pty
import subprocess
import sys

from simpsh import console
from simpsh.cli.grade_command import show_progress
from simpsh.grade.reports.class_results import Result
from simpsh.grade.reports.grade_marks import GradedCheck, Mark

FULL = Result("a", "k", "t", (Mark("m", "M", (GradedCheck("c", 1),)),))
NONE = Result("b", "k", "t", (Mark("m", "M", (GradedCheck("c", 1, "no"),)),))
TOLD = """\
from simpsh.console import ProgressLine
from simpsh.cli.grade_command import show_progress
from tests.cli.test_grade_progress import FULL, NONE
progress = ProgressLine()
for judged in ([], [FULL], [FULL, NONE]):
    show_progress(progress, 4, judged, 0)
show_progress(progress, 4, [FULL, NONE], 1)
progress.clear()
"""


def on_terminal(code, columns):
    """Return a program's output, and its lines on a terminal with `columns` columns."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns)}
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, stderr=slave, stdout=subprocess.PIPE, env=environment, check=True)
    os.close(slave)
    shown = os.read(master, 65536).decode()
    os.close(master)
    return done.stdout, shown


def test_a_terminal_shows_one_redrawn_line_that_fits_its_width():
    _, shown = on_terminal(TOLD, 200)
    assert shown.split("\r\x1b[K") == [
        "",
        "grade: 0 of 4 done, 4 left; 0 without full marks",
        "grade: 1 of 4 done, 3 left; 0 without full marks",
        "grade: 2 of 4 done, 2 left; 1 without full marks",
        "grade: 3 of 4 done, 1 left; 1 without full marks, 1 not judged",
        "",
    ]
    code = "from simpsh.console import ProgressLine; ProgressLine().show('x' * 100)"
    assert on_terminal(code, 30)[1] == "\r\x1b[K" + "x" * 28 + "…"


def test_without_a_terminal_there_are_lines_at_intervals(capfd, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    progress = console.ProgressLine(plain_seconds=15.0)
    for done in range(1, 47):
        now[0] += 1
        show_progress(progress, 100, [NONE] * done, 0)
    progress.clear()
    shown = capfd.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 3
    last = shown.err.splitlines()[-1]
    assert last == "grade: 45 of 100 done, 55 left; 45 without full marks"
