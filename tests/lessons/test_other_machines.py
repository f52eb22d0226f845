"""Lessons also hold with a low limit or on a kernel that lacks a feature."""

from __future__ import annotations

import errno
import resource
import struct
import subprocess
import sys

import pytest

from lessons.fork import rule_3_parallel
from simpsh.base import events
from simpsh.course.lesson.lesson import runs_of
from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process.worker import in_own_process
from tests.course.demonstrations import perform
from tests.harness.sh import PROJECT

ALLOWED, REFUSED = 0x7FFF0000, 0x00050000 | errno.EINVAL
HUGE_PAGES, NO_HUGE_PAGES = 14, 15  # advice for madvise(2)


def output_of(*argv: str) -> str:
    """Run Python in the project's directory; return its output and errors."""
    argv = (sys.executable, *argv)
    done = subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, timeout=100)
    return done.stdout + done.stderr


@pytest.mark.timeout(120)
def test_a_kernel_without_huge_pages_is_enough():
    def checked() -> str:
        # On such a kernel, madvise(2) fails with EINVAL.
        load_call, load_advice = (struct.pack("HBBI", 0x20, 0, 0, offset) for offset in (0, 32))
        steps = (("madvise", 0, 4), (HUGE_PAGES, 1, 0), (NO_HUGE_PAGES, 0, 1))
        is_call, is_first, is_second = (
            struct.pack("HBBI", 0x15, yes, no, NUMBERS.get(value, value))
            for value, yes, no in steps
        )
        refuse, allow = (struct.pack("HBBI", 0x06, 0, 0, value) for value in (REFUSED, ALLOWED))
        seccomp.install(load_call + is_call + load_advice + is_first + is_second + refuse + allow)
        return output_of("-m", "simpsh", "lesson", "check", "cost-of-fork", "cost-of-writing")

    assert " 0 failed" in in_own_process(checked, 100)


def test_a_task_sets_no_limit_that_a_user_may_not_set():
    def asked() -> str:
        resource.setrlimit(resource.RLIMIT_NPROC, (2000, 2000))
        return output_of("-c", "from lessons.fork.fork_bomb import LIMIT; print(LIMIT)")

    assert in_own_process(asked, 20) == "1999\n"


@pytest.mark.parametrize("run", ["one-row", "two-rows"])
def test_rule_3_is_not_stopped_in_each_round_of_its_loops(run):
    seen = perform(runs_of(rule_3_parallel.LESSON)[run])
    assert "marks in the shorter row: 2" in seen.output
    # Both loops run 200 times or more, but only 20 executions of a line without calls are recorded.
    assert sum(isinstance(event.what, events.Line) for event in seen.events) < 200
