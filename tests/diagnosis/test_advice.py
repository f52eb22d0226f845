"""In a real hang, what the advice says ends it: done in a debugger, from outside, or in code."""

import os
import sys
import tomllib
from pathlib import Path

import pytest

from simpsh import diagnose
from simpsh.process.pidfd import PidFd
from tests.diagnosis.diagnosis_texts import text_of
from tests.diagnosis.test_waiting_programs import INCLUDES, program
from tests.harness.compiled import compile_c
from tests.harness.process import wait_until_at_rest

with open(Path(__file__).parent / "advice.toml", "rb") as table:
    HANGS = tomllib.load(table)
PRELUDE = """
import contextlib, os, select, signal, sys
from fcntl import LOCK_EX, LOCK_UN, flock, lockf

advised = sys.argv[1:] == ["advised"]

"""


def command_of(case, directory):
    """Return the command of a program in Python or C; skip the test if it may not run here."""
    if "c" not in case:
        return [sys.executable, "-ISc", PRELUDE + case["program"]]
    (directory / "program.c").write_text(INCLUDES + case["c"])
    return [compile_c(directory / "program.c", directory / "program", "-pthread")]


@pytest.mark.usual("lock-held-while-a-child-is-awaited", "loop-whose-queue-nobody-fills")
@pytest.mark.long("each program hangs, and then does what the advice says")
@pytest.mark.parametrize("name", HANGS)
def test_a_program_that_does_what_the_advice_says_ends(name, tmp_path):
    case = HANGS[name]
    command = command_of(case, tmp_path)
    with program(command, cwd=tmp_path) as pid:
        wait_until_at_rest()
        found = diagnose(pid)
    assert (found.verdict, found.symptom) == ("stuck", case["symptom"]), text_of(found)
    assert case["advice"] in found.change
    with program([*command, "advised"], cwd=tmp_path) as pid:
        assert ended_well(pid)


def ended_well(pid):
    """Wait until a child has ended, and return whether it has, with the status 0."""
    with PidFd.open(pid) as process:
        if not process.poll(40):
            return False
    info = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return (info.si_code, info.si_status) == (os.CLD_EXITED, 0)
