"""simpsh lesson … and signals; tests/spec/cli_lesson.spec has what it prints."""

import json
import os
import signal
import subprocess

import pytest

from tests.course.lesson_files import GOOD_CLAIM, run_of, write_lesson
from tests.harness.process import wait_until
from tests.harness.sh import PROJECT, run_command, run_simpsh, simpsh_command


@pytest.fixture
def folder(tmp_path):
    write_lesson(tmp_path, "zz-tried", f'Say("A thought."), {run_of(GOOD_CLAIM)}')
    return tmp_path


def test_sigchld_that_was_ignored_at_the_start_does_no_harm():
    # A program may leave SIGCHLD ignored: then the statuses of children are lost.
    ignoring = ("sh", "-c", "trap '' CHLD; exec \"$@\"", "sh")
    check = (*simpsh_command(), "lesson", "check", "exec-replaces")
    done = run_command([*ignoring, *check])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_interrupted_check_leaves_no_process_and_no_file(folder, tmp_path, number):
    endless = "def endless() -> None:\n    while True:\n        pass\n"
    claim = 'Claim("It returns.", "returns", wrong=delete("pass"))'
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    write_lesson(folder, "zz-endless", run_of(claim, code="endless"), endless)
    with subprocess.Popen(
        [*simpsh_command(), "lesson", "check", "zz-endless", "zz-tried", "--path", str(folder)],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(temporary)},
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        # A demonstration has its own directory below its worker's.
        wait_until(lambda: list(temporary.glob("*/*/simpsh-lesson-*")), "a demonstration runs")
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == -number
    assert list(temporary.iterdir()) == []


def test_a_lesson_that_was_run_is_done_until_it_is_forgotten(folder, tmp_path):
    progress = tmp_path / "state/simpsh/progress.json"
    variables = {"XDG_STATE_HOME": f"{tmp_path}/state"}
    words = ("zz-tried", "--path", folder)
    run_simpsh("lesson", "run", *words, status=0, variables=variables, input="\n" * 20)
    assert json.loads(progress.read_text())["lessons"]["zz-tried"]["is_done"] is True
    run_simpsh("lesson", "reset", *words, status=0, variables=variables)
    assert json.loads(progress.read_text())["lessons"] == {}
