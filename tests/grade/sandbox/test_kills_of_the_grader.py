"""A grader that is killed again and again computes the same totals as one that is not.

SIMPSH_SUBMISSIONS=200 SIMPSH_KILLS=25 is a whole class.
"""

import csv
import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.grade.confinement import GRADE, accepted
from tests.grade.two_children import ONE_WAIT, RIGHT
from tests.harness.process import descendants_of

pytestmark = pytest.mark.needs("ptrace")

COUNT = int(os.environ.get("SIMPSH_SUBMISSIONS", "3"))
KILLS = int(os.environ.get("SIMPSH_KILLS", "2"))
TEXTS = (RIGHT, ONE_WAIT, RIGHT, "import os\nprint(1 / 0)\n", RIGHT.replace("os.fork()", "1"))
MOST_RESIDENT = 150 << 10
"""The grader's peak memory in KiB, which does not depend on the number of submissions."""

_MEASURE = """
import os, resource, sys
status = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def graded(folder: Path, results: str, until: float = 0) -> tuple[float, int]:
    """Run the grader, or kill it after `until` seconds; return its time and its peak in KiB."""
    argv = [*GRADE, *accepted(), "-o", results]
    argv += ["--exercise", "two-children", "--format", "csv"]
    argv += ["submissions"]
    # A new process begins with its parent's size, so start the grader from a small process.
    measured = [sys.executable, "-SEc", _MEASURE, *argv]
    start = time.monotonic()
    if not until:
        done = subprocess.run(measured, cwd=folder, stdout=subprocess.PIPE, check=True)
        return time.monotonic() - start, int(done.stdout.split()[-1])
    with subprocess.Popen(argv, cwd=folder) as grader:
        with suppress(subprocess.TimeoutExpired):
            grader.wait(until)
        grader.kill()
    # All processes that it left end without help.
    deadline = time.monotonic() + 80
    while descendants_of(os.getpid()):
        assert time.monotonic() < deadline, "a process outlives the grader"
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    return time.monotonic() - start, 0


def rows(folder: Path, results: str) -> list[list[str]]:
    """Return the table without the remarks."""
    with (folder / results / "published/marks.csv").open() as file:
        return [row[:3] + row[4:] for row in csv.reader(file)]


def test_kills_change_no_total(tmp_path):
    (tmp_path / "submissions").mkdir()
    for number in range(COUNT):
        text = f"# {number}\n{TEXTS[number % len(TEXTS)]}"
        (tmp_path / "submissions" / f"s{number:03}.py").write_text(text)
    seconds, most = graded(tmp_path, "alone")
    chance = random.Random(0)
    for _ in range(KILLS):
        graded(tmp_path, "killed", chance.uniform(0.05, 2 * seconds / KILLS))
    graded(tmp_path, "killed")
    assert rows(tmp_path, "alone") == rows(tmp_path, "killed")
    assert len(rows(tmp_path, "alone")) == COUNT + 1
    left = [one.name for one in (tmp_path / "killed").iterdir() if not one.name.endswith(".json")]
    assert len(left) <= 2 * KILLS, "only what was being written may be left"
    assert most < MOST_RESIDENT
