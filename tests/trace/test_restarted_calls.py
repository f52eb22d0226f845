"""An interrupted sleep keeps its name and arguments; a woken process is not reported asleep."""

import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

from simpsh.kernel.machine.syscall_table import NAMES, NUMBERS
from simpsh.trace import tracee_proc
from tests.harness.process import child, wait_until
from tests.process.diagnosed_children import polls_with_a_limit


def call_of(pid):
    """Return the call in which a process sleeps, and its arguments; (None, ()) if it runs."""
    number, *arguments = tracee_proc.call_under_way(pid).split() or ["-1"]
    return NAMES.get(int(number)), arguments


@contextmanager
def asleep(body, call):
    """Yield a child that sleeps in a call; it is killed when the block ends."""
    with child(body) as pid:
        wait_until(lambda: call_of(pid)[0] == call, "it sleeps")
        yield pid


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
        path = Path(f"/proc/{pid}/syscall")
        wait_until(lambda: path.read_text().split()[0] == restarted, "the call is restarted")
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
