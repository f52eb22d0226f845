"""Behaviours that an assignment file describes are tried on shells."""

from __future__ import annotations

import sys

import pytest

from simpsh.grade.assignments.assignment_file import read_assignment
from simpsh.grade.shells.shell_examination import (
    ExaminationOptions,
    behaviours_of,
    check_shell,
    examine,
)

pytestmark = pytest.mark.needs("ptrace")

ALL_VERBS = r"""
[points]
jobs-of-mine = 20
lines = 4
from-input = 4
nothing = 2
[behaviour.jobs-of-mine]
steps = [
    { type = "{sleep}", then = "program" },
    { find = "sleep", as = "job" },
    { group = "job", is = "own", asks = "it is in a group of its own", check = "own" },
    { group = "job", is = "shell", not = true, asks = "which is not the shell's", check = "apart" },
    { terminal = "job", asks = "it has the terminal" },
    { key = "^Z", then = "prompt" },
    { process = "job", is = "stopped", asks = "it is stopped", check = "stopped" },
    { terminal = "shell", asks = "the shell has the terminal" },
    { type = "{bg}" },
    { process = "job", is = "running", asks = "it runs", check = "runs" },
    { kill = "job", signal = "TERM" },
    { process = "job", is = "dead", asks = "it ends", check = "ends" },
    { status = "job", is = "SIGTERM", asks = "by SIGTERM" },
    { executed = "sleep", count = 1, asks = "it was executed once" },
    { processes = 2, asks = "two processes were made" },
    { type = "{sum} > {word}" },
    { file = "{word}", is = "{answer}\n", asks = "the file has its output", check = "file" },
    { type = "echo {word2} {shell}" },
    { output = "{word2} ", asks = "it is printed", check = "printed" },
    { output-like = '^{word2} {shell}$', asks = "with the shell's id", check = "pid" },
    { output = "{answer}", not = true, asks = "and not the file", check = "not" },
    { type = "{exit}", then = "nothing" },
    { ends = true, asks = "it ends", check = "end" },
]
[behaviour.lines]
files = { batch = "{sum}\nexit {number}\n" }
steps = [
    { start = ["batch"] },
    { ends = true, asks = "it ends", points = 2 },
    { output = "{answer}\n", asks = "the line runs" },
]
[behaviour.from-input]
steps = [
    { start = [], input = "{sum}\nexit 7\n" },
    { ends = 7, asks = "it ends with 7", points = 2 },
    { output = "{answer}\n", asks = "the line runs" },
]
[behaviour.nothing]
steps = [{ type = "" }, { processes = 0, asks = "no process is made" }]
"""


ONE_WAIT_FAILS = """
[points]
jobs = 3
[behaviour.mine]
steps = [
    { type = "{sleep} &", then = "either" },
    { wait = "program", asks = "& is ignored" },
    { wait = "prompt", asks = "& is not ignored", check = "prompt" },
]
"""


def lost(tmp_path, argv, text=ALL_VERBS):
    """Examine a shell by an assignment; return the failed checks by behaviour."""
    path = tmp_path / "lab.toml"
    path.write_text(text)
    assignment = read_assignment(str(path))
    options = ExaminationOptions(seconds=20, may_be_installed=True, seed=3)
    marks = [
        examine(check_shell(argv), it, assignment, options) for it in behaviours_of(assignment)
    ]
    return {mark.id: [check.key for check in mark.checks if not check.is_passed] for mark in marks}


NUMBERS = """
[points]
number = 2
[behaviour.number]
steps = [
    { type = "echo {word} 1574" },
    { output = "57", not = true, asks = "not a part of a number", check = "part" },
    { output = "574", not = true, asks = "nor its end", check = "end" },
    { output = "1574", asks = "the number", check = "whole" },
]
"""


def test_a_number_is_not_found_inside_a_longer_one(tmp_path):
    assert lost(tmp_path, ["dash"], NUMBERS) == {"number": []}


def test_a_right_shell_passes_every_verb(tmp_path):
    assert not any(lost(tmp_path, ["dash"]).values())


def test_steps_after_a_wait_that_fails_at_the_prompt_are_tried(tmp_path):
    assert lost(tmp_path, ["dash"], ONE_WAIT_FAILS)["mine"] == ["wait"]


def test_a_shell_that_ends_early_passes_none(tmp_path):
    # A shell gets no credit for actions that it never tries.
    shell = tmp_path / "ends.py"
    shell.write_text("input('$ ')\n")
    found = lost(tmp_path, [sys.executable, str(shell)])
    assert found["nothing"] == ["processes"]
    assert {key: len(keys) for key, keys in found.items()} == {
        "jobs-of-mine": 15,
        "lines": 2,
        "from-input": 2,
        "nothing": 1,
    }


PROMPTS_ON_0 = """\
import os, sys
for line in sys.stdin:
    try:
        os.write(0, b"$ ")
    except OSError:
        pass
    words = line.split()
    if words[0] == "exit":
        sys.exit(int(words[1]))
    if os.fork() == 0:
        os.execvp(words[0], words)
    os.wait()
"""


def test_a_prompt_that_is_written_to_descriptor_0_destroys_no_input(tmp_path):
    shell = tmp_path / "prompts.py"
    shell.write_text(PROMPTS_ON_0)
    assert lost(tmp_path, [sys.executable, str(shell)])["from-input"] == []
