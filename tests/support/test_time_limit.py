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


def run_with_a_limit(tmp_path, bodies, *options):
    """Run a test with each body and a time limit of 0.3 s, and one after them."""
    tests = [
        f"@pytest.mark.timeout(0.3)\ndef test_that_waits_{number}():{body}\n"
        for number, body in enumerate(bodies)
    ]
    text = (
        "from tests.support import time_limit\ntime_limit.KEEPER_SECONDS = 4\n"
        f"{''.join(tests)}def test_after_them():\n    pass\n"
    )
    return run_inner_pytest(tmp_path, text, *options)


def test_the_limit_ends_each_waiting_test_and_names_the_killed_processes(tmp_path):
    began = time.monotonic()
    status, text = run_with_a_limit(tmp_path, WAITS.values())
    assert f"{len(WAITS)} failed, 1 passed" in text, text
    assert text.count("Timeout (>0.3s)") >= len(WAITS), text
    assert "sleep 7701" in text
    assert status == 1
    assert time.monotonic() - began < 80
    # Other workers may run the same commands with different numbers.
    own = re.findall(r"sleep'?,? '?(77\d\d)", "".join(WAITS.values()))
    left = [
        command_of(pid)
        for pid in all_pids()
        if any(f"sleep {number}" in command_of(pid) for number in own)
    ]
    assert left == []


@pytest.mark.slow
def test_a_worker_that_no_signal_can_reach_is_replaced(tmp_path):
    body = """
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        os.read(os.pipe()[0], 1)
    """
    _, text = run_with_a_limit(tmp_path, [body], "-n", "1")
    assert "1 failed, 1 passed" in text, text
    assert "crashed while running" in text
    assert "did not end a test in time: it is killed" in text
