"""How the tracer looks at processes that do not report anything."""

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.syscall_table import NAMES, NUMBERS
from simpsh.trace import tracee_proc
from simpsh.trace.tracer import process_tracer
from simpsh.trace.tracer.process_tracer import Tracer
from tests.harness.process import child, send, wait_until
from tests.process.diagnosed_children import polls_with_a_limit

LOOK_SECONDS = 0.02


def look():
    """Use the processor for some time, as on a slow machine."""
    end = time.process_time() + LOOK_SECONDS
    while time.process_time() < end:
        pass


@pytest.mark.parametrize("is_held", [False, True])
def test_looks_take_a_fifth_of_the_processor_however_slow_it_is(monkeypatch, is_held):
    pauses = []
    monkeypatch.setattr(process_tracer, "sigtimedwait", lambda _, seconds: pauses.append(seconds))
    tracer, status = Tracer(print, "io"), ptrace.Status(1, 0)
    tracer.family.living[1] = tracer
    if is_held:
        tracer._held.add(1)
        monkeypatch.setattr(tracer, "_let_go", look)
    tracer.when_idle = look
    for _ in range(2):
        answers = iter([None, None, None, status])
        monkeypatch.setattr(tracer, "_next_at_once", lambda answers=answers: next(answers))
        assert tracer._next() == status
    # Until the first look its time is not known. The time of the last one stays known.
    assert len(pauses) == 6
    assert pauses[0] < LOOK_SECONDS
    assert min(pauses[1:]) >= 4 * LOOK_SECONDS


# -- an interrupted sleep keeps its name and arguments; a woken process is not reported asleep -


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
        send(pid, signal.SIGSTOP)
        os.waitpid(pid, os.WUNTRACED)
        send(pid, signal.SIGCONT)
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
