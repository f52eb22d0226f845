"""A demonstration leaves nothing: no process, no zombie, no file, whoever is killed when."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from contextlib import suppress

import pytest

from simpsh.base.errors import SimpshError
from simpsh.course import Run
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform
from tests.support.processes import children_of, wait_until

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "0")) or 12


def leftovers():
    folder = tempfile.gettempdir()
    return [name for name in os.listdir(folder) if name.startswith("simpsh-lesson-")]


def collect_orphans():
    """Wait until everybody below this process has ended; the test runner is a subreaper."""

    def nobody():
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        return not children_of(os.getpid())

    wait_until(nobody, "nobody of the demonstration is left")


@pytest.fixture
def own_tmp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("code", [demo.copied, demo.leaves_an_orphan, demo.sleeps_long])
def test_after_a_run_there_is_no_child_no_descriptor_and_no_directory(code, own_tmp):
    before = sorted(os.listdir("/proc/self/fd"))
    perform(Run(code, id="x"))
    assert children_of(os.getpid()) == []
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert leftovers() == []


def teach_until_killed(code):
    """Be a teacher that performs again and again, in a process of its own; return its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            while True:
                perform(Run(code, id="x", also=[demo.start_server] if code is demo.capture else []))
        finally:
            os._exit(1)
    return pid


@pytest.mark.parametrize("code", [demo.capture, demo.meets_thrice, demo.at_a_terminal])
def test_a_teacher_killed_at_any_moment_leaves_no_process(code, own_tmp):
    chance = random.Random(code.__name__)
    for _ in range(ROUNDS):
        teacher = teach_until_killed(code)
        # Any moment of a run of some twenty milliseconds.
        time.sleep(chance.uniform(0.0, 0.05))
        os.kill(teacher, signal.SIGKILL)
        os.waitpid(teacher, 0)
        collect_orphans()
    assert leftovers() == []


def is_over_without_children(teacher):
    """Kill the children of the teacher; collect the teacher and return True when it has ended."""
    for child in children_of(teacher):
        # One that only looked what this machine permits may have ended by itself.
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return os.waitpid(teacher, os.WNOHANG)[0] == teacher


def test_a_supervisor_killed_at_any_moment_leaves_no_process(own_tmp):
    chance = random.Random(7)
    for _ in range(ROUNDS):
        teacher = os.fork()
        if teacher == 0:
            try:
                perform(Run(demo.sleeps_long, id="x"))
            except SimpshError:
                pass
            finally:
                os._exit(0)
        wait_until(lambda teacher=teacher: children_of(teacher), "the supervisor is there")
        time.sleep(chance.uniform(0.0, 0.02))
        wait_until(
            lambda teacher=teacher: is_over_without_children(teacher),
            "the teacher whose supervisors are killed ends",
        )
        collect_orphans()


def test_a_run_that_is_not_wanted_any_more_is_ended_at_once(own_tmp):
    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            perform(Run(demo.never_ends, id="x"))
        assert time.monotonic() - began < 40
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert children_of(os.getpid()) == []
    assert leftovers() == []
