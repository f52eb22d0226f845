"""In a real hang, what the advice says ends it: done in a debugger, from outside, or in code."""

import contextlib
import os
import sys
import tomllib
from pathlib import Path

import pytest

from simpsh import diagnose
from simpsh.process.pidfd import PidFd
from simpsh.process.proc import state
from simpsh.process.process_tree import children
from tests.diagnosis.diagnosis_texts import text_of
from tests.diagnosis.freezers import FREEZERS, freezer
from tests.diagnosis.test_waiting_programs import (
    INCLUDES,
    PROGRAMS,
    answered,
    one_at_a_time,
    program,
)
from tests.harness.compiled import compile_c
from tests.harness.process import child, fork_child, wait_until_at_rest
from tests.process.diagnosed_children import skip_without_kernel_functions


def test_a_thread_that_waits_for_another_one_gets_a_limit_as_advice():
    case = PROGRAMS["python"]["pool-whose-worker-dies"]
    with program([sys.executable, "-c", case["program"]]) as pid:
        found = answered(pid, case)
        assert found.change.endswith("give the wait for another thread a time limit")


with open(Path(__file__).parent / "advice.toml", "rb") as table:
    HANGS = tomllib.load(table)
PRELUDE = """
import contextlib, os, select, signal, sys
from fcntl import LOCK_EX, LOCK_UN, flock, lockf

advised = sys.argv[1:] == ["advised"]

def fifo():
    os.mkfifo("fifo")
    both = os.open("fifo", os.O_RDWR)
    ends = os.open("fifo", os.O_RDONLY), os.open("fifo", os.O_WRONLY)
    os.close(both)
    # Otherwise any process may open it and end the wait.
    os.unlink("fifo")
    return ends
"""


def command_of(case, directory):
    """Return the command of a program in Python or C; skip the test if it may not run here."""
    if "c" not in case:
        return [sys.executable, "-ISc", PRELUDE + case["program"]]
    (directory / "program.c").write_text(INCLUDES + case["c"])
    return [compile_c(directory / "program.c", directory / "program", "-pthread")]


@pytest.mark.usual(
    "two-locks-in-opposite-order", "fifo-whose-write-end-a-child-inherited", "select-at-an-own-pipe"
)
@pytest.mark.long("each program hangs, and then does what the advice says")
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.needs(*HANGS[name].get("needs", ()))) for name in HANGS],
)
def test_a_program_that_does_what_the_advice_says_ends(name, tmp_path):
    case = HANGS[name]
    if case.get("asks_all") and os.geteuid():
        pytest.skip("processes of other users, too, might hold a FIFO: only root can exclude that")
    command = command_of(case, tmp_path)
    with one_at_a_time(name):
        with program(command, cwd=tmp_path) as pid:
            wait_until_at_rest()
            if state(pid) == "Z" and status_of(pid) == FORBIDDEN:
                pytest.skip(f"its call is forbidden here: {name}")
            found = diagnose(pid)
        assert (found.verdict, found.symptom) == ("stuck", case["symptom"]), text_of(found)
        assert case["advice"] in found.change
        with program([*command, "advised"], cwd=tmp_path) as pid:
            assert ended_well(pid)


FORBIDDEN = 77
"""The exit status of a program in C that may not make its call here."""


def ended_well(pid):
    """Wait until a child has ended, and return whether it has, with the status 0."""
    with PidFd.open(pid) as process:
        return process.poll(40) and status_of(pid) == 0


def status_of(pid):
    """Return the exit status of a child that has ended; None if a signal killed it."""
    info = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    return info.si_status if info.si_code == os.CLD_EXITED else None


@pytest.mark.parametrize("kind", FREEZERS)
def test_a_thawed_control_group_ends_the_wait_for_a_frozen_child(kind):
    skip_without_kernel_functions()
    read_end, write_end = os.pipe()
    with contextlib.ExitStack() as stack:
        gate = stack.enter_context(open(read_end, "rb"))
        opened = stack.enter_context(open(write_end, "wb"))
        waiting = stack.enter_context(child(waits_for_a_child_at, gate, opened))
        wait_until_at_rest()
        frozen = stack.enter_context(freezer(kind, children(waiting)[0].pid))
        frozen.freeze()
        # What the child waited for happens, but the child cannot move.
        opened.close()
        wait_until_at_rest()
        found = diagnose(waiting)
        assert (found.verdict, found.symptom) == ("stuck", "E-FROZEN"), text_of(found)
        assert "thaw the control group" in found.change
        frozen.thaw()
        assert ended_well(waiting)


def waits_for_a_child_at(gate, opened):
    fork_child(lambda: (opened.close(), gate.read()))
    opened.close()
    os.wait()
