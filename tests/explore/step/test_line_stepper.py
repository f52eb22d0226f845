"""`simpsh step` through a pipe: it leaves nothing behind, and ends at once.

What it prints is in tests/spec/explore_step.spec.
"""

import os
from signal import SIGTERM
from subprocess import PIPE

from tests.explore.step.stepping_programs import ENDLESS, THREE, compiled
from tests.harness.process import send, started
from tests.harness.sh import run_command, run_simpsh, simpsh_command


def test_a_run_to_the_end_leaves_no_file(tmp_path):
    how = {"cwd": os.path.dirname(compiled(THREE)), "variables": {"TMPDIR": str(tmp_path)}}
    done = run_simpsh("step", "./program", status=0, input="run\n", **how)
    assert done.stderr == ""
    assert os.listdir(tmp_path) == []


def test_a_signal_ends_all_processes_and_removes_the_working_copy(tmp_path):
    how = {
        "cwd": os.path.dirname(compiled(ENDLESS)),
        "env": os.environ | {"TMPDIR": str(tmp_path)},
        "stdin": PIPE,
        "stdout": PIPE,
        "bufsize": 0,
    }
    with started([*simpsh_command(), "step", "--plain", "./program"], **how) as stepper:
        stepper.stdin.write(b"P0\n")
        seen = b""
        while b"Step 1, P0:" not in seen:
            seen += os.read(stepper.stdout.fileno(), 4096)
        send(stepper.pid, SIGTERM)
        while os.read(stepper.stdout.fileno(), 4096):
            continue
        assert stepper.wait(20) == -SIGTERM
    assert os.listdir(tmp_path) == []


def test_a_reader_that_leaves_early_ends_the_stepper_silently():
    argv = ["sh", "-c", '"$@" step ./program </dev/null | head -n 1', "sh", *simpsh_command()]
    done = run_command(argv, cwd=os.path.dirname(compiled(THREE)))
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
