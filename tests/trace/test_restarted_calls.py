"""An interrupted sleep keeps its name and arguments; a woken process is not reported asleep."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager

import pytest

from simpsh.kernel.machine.syscall_table import NAMES, NUMBERS
from simpsh.trace import tracee_proc
from tests.process.forked_children import polls_with_a_limit


def call_of(pid):
    """Return the call in which a process sleeps, and its arguments; (None, ()) if it runs."""
    number, *arguments = tracee_proc.call_under_way(pid).split() or ["-1"]
    return NAMES.get(int(number)), arguments


def wait_for(is_so, what):
    deadline = time.monotonic() + 40
    while not is_so():
        assert time.monotonic() < deadline, what


def raw_number(pid):
    with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
        return file.read().split()[0]


@contextmanager
def asleep(body, call):
    """Yield a child that sleeps in a call; it is killed when the block ends."""
    pid = os.fork()
    if pid == 0:  # in the child
        try:
            body()
        finally:
            os._exit(1)
    try:
        wait_for(lambda: call_of(pid)[0] == call, "it never came to sleep")
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def sleep_long():
    os.execvp("sleep", ["sleep", "1000"])


@pytest.mark.parametrize(
    ("body", "expected"), [(sleep_long, "clock_nanosleep"), (polls_with_a_limit, "poll")]
)
def test_a_restarted_call_keeps_its_name_and_its_arguments(body, expected):
    if expected not in NUMBERS:
        pytest.skip(f"this machine has no {expected}")
    with asleep(body, expected) as pid:
        before = call_of(pid)
        os.kill(pid, signal.SIGSTOP)
        os.waitpid(pid, os.WUNTRACED)
        os.kill(pid, signal.SIGCONT)
        os.waitpid(pid, os.WCONTINUED)
        restarted = str(NUMBERS["restart_syscall"])
        wait_for(lambda: raw_number(pid) == restarted, "the call was not restarted")
        assert call_of(pid) == before


def test_a_woken_thread_that_has_not_run_yet_is_not_asleep(monkeypatch):
    # Once in 100,000 times the process is woken but not yet scheduled: /proc/TID/syscall still
    # shows the call, but the state has changed.
    with asleep(sleep_long, "clock_nanosleep") as pid:
        monkeypatch.setattr(tracee_proc.proc, "state", lambda _: "R")
        assert tracee_proc.call_under_way(pid) == ""
        assert not tracee_proc.is_asleep(pid)


def test_an_ended_process_makes_no_clone():
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    assert tracee_proc.clone_flags(pid) == 0
