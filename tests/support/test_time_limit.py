"""A test's time limit ends the test, whatever it waits for, and the run continues."""

from __future__ import annotations

import re
import time

import pytest

from tests.support.inner_pytest import run_inner_pytest
from tests.support.processes import all_pids, command_of

WAITS = {
    "the end of a process, in Popen.__exit__": """
        with subprocess.Popen(['sleep', '7701']) as process:
            process.wait()
    """,
    "a process that was started after the deadline": """
        try:
            subprocess.run(['sleep', '7702'])
        finally:
            subprocess.run(['sleep', '7702'])
    """,
    "a pipe that a grandchild holds": """
        subprocess.check_output(['sh', '-c', 'setsid sleep 7703 & exit 0'])
    """,
    "a process that is stopped": """
        with subprocess.Popen(['sh', '-c', 'kill -STOP $$; sleep 7704']) as process:
            process.wait()
    """,
    "a process that ignores signals": """
        with subprocess.Popen(['sh', '-c', 'trap "" INT TERM HUP ALRM; sleep 7705']) as process:
            process.wait()
    """,
    "nothing: it computes": """
        while True:
            pass
    """,
    "a process, with SIGALRM blocked": """
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        try:
            subprocess.run(['sleep', '7706'])
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    """,
}


def run_with_a_limit(tmp_path, body, *options):
    """Run a test with `body` and a time limit of 0.3 s, and one after it."""
    text = (
        "from tests.support import time_limit\n"
        "time_limit.KEEPER_SECONDS = 4\n"
        "@pytest.mark.timeout(0.3)\n"
        f"def test_that_waits():{body}\n"
        "def test_after_it():\n    pass\n"
    )
    return run_inner_pytest(tmp_path, text, *options)


@pytest.mark.parametrize("body", WAITS.values(), ids=WAITS)
def test_the_limit_ends_a_test_that_waits_for(tmp_path, body):
    began = time.monotonic()
    status, text = run_with_a_limit(tmp_path, body)
    assert "1 failed, 1 passed" in text, text
    assert "Timeout (>0.3s)" in text
    assert status == 1
    assert time.monotonic() - began < 80
    # Other workers may run the same with other numbers.
    own = re.findall(r"sleep'?,? '?(77\d\d)", body)
    left = [
        command_of(pid) for pid in all_pids() if any(f"sleep {n}" in command_of(pid) for n in own)
    ]
    assert left == []


@pytest.mark.slow
def test_a_worker_that_no_signal_can_reach_is_replaced(tmp_path):
    body = """
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        os.read(os.pipe()[0], 1)
    """
    _, text = run_with_a_limit(tmp_path, body, "-n", "1")
    assert "1 failed, 1 passed" in text, text
    assert "crashed while running" in text
    assert "did not end a test in time: it is killed" in text


def test_the_report_names_what_was_killed(tmp_path):
    _, text = run_with_a_limit(tmp_path, "\n    subprocess.run(['sleep', '7707'])")
    assert "sleep 7707" in text
