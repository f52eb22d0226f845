"""Speed takes no points: what has passed stays passed, and the state told is the program's own."""

import sys
import time
from pathlib import Path

import pytest

from simpsh.grade.assignments.assignment import Assignment
from simpsh.grade.assignments.assignment_file import read_assignment
from simpsh.grade.classes.class_judge import _without_controls
from simpsh.grade.shells.shell_examination import (
    ExaminationOptions,
    behaviours_of,
    check_shell,
    examine,
    examine_within,
)
from tests.grade.shells.honest_shells import examined
from tests.harness.compiled import compiled

pytestmark = [pytest.mark.needs("ptrace", "compiler"), pytest.mark.long("each examines a shell")]

SLOW = """
kind = "program"
[behaviour.slow]
steps = [
    { start = [] },
    { output = "1", asks = "it begins" },
    { output = "2", asks = "it goes on" },
    { ends = 0, asks = "it ends" },
]
"""


@pytest.mark.usual
def test_what_has_passed_stays_passed_when_the_time_is_over(tmp_path):
    (tmp_path / "lab.toml").write_text(SLOW)
    (tmp_path / "slow.py").write_text("print(1, flush=True)\nwhile True: pass\n")
    assignment = read_assignment(str(tmp_path / "lab.toml"))
    (behaviour,) = behaviours_of(assignment)
    argv = check_shell([sys.executable, str(tmp_path / "slow.py")])
    options = ExaminationOptions(seconds=60, may_be_installed=True)
    mark = examine_within(6, argv, behaviour, assignment, options)
    found = [(it.key, it.is_passed, it.is_open, it.instead) for it in mark.checks]
    late = "not judged: its time was over"
    assert found == [
        ("output", True, False, ""),
        ("output-2", False, True, late),
        ("ends", False, True, late),
    ]


def test_no_further_order_begins_when_the_time_is_over():
    argv = check_shell(["dash"])
    (run,) = behaviours_of(Assignment(weights={"run": 10}))
    over = ExaminationOptions(may_be_installed=True, deadline=time.monotonic() + 3600)
    mark = examine(argv, run, Assignment(), over)
    assert mark.is_full
    assert "in 2 of 2 orders" in mark.title


@pytest.mark.usual
@pytest.mark.parametrize("seed", [1, 2])
def test_a_stop_by_the_tracer_is_not_told_as_the_programs_state(seed):
    shell = compiled(Path(__file__).parent / "shells/spins_at_prompt.c")
    mark = examined([str(shell)], "interrupt", seconds=2, seed=seed)
    words = " ".join(check.instead for check in mark.checks)
    assert "it is running" in words
    assert "stopped" not in words


def test_no_text_of_a_judge_has_control_characters():
    report = {"feedback": "a\x1b]52;c;x\x07\u202e\n", "marks": [{"instead": "\x9b1m"}], "n": 3}
    found = _without_controls(report | {"recording": "kept\x1b"})
    assert found["feedback"] == "a\\x1b]52;c;x\\x07\\u202e\n"
    assert found["marks"] == [{"instead": "\\x9b1m"}]
    assert (found["n"], found["recording"]) == (3, "kept\x1b")
