"""`simpsh doctor` and `simpsh diagnose`: what they print, and their statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.cli.test_trace_follow import EVIL
from tests.course.lesson_files import GOOD_CLAIM, run_of, write_lesson
from tests.support.processes import wait_for_state
from tests.support.shells import PROJECT, simpsh_command


def simpsh(*words):
    return subprocess.run(
        [*simpsh_command(), *words], cwd=PROJECT, capture_output=True, text=True, timeout=50
    )


def test_doctors_status_is_1_if_a_lesson_loses_something_here(tmp_path):
    write_lesson(tmp_path, "tried", run_of(GOOD_CLAIM))
    (tmp_path / "broken.py").write_text("LESSON = 1 / 0\n")
    done = simpsh("doctor", "--path", str(tmp_path), "--format", "json")
    assert done.returncode == 1, done.stderr
    problems = json.loads(done.stdout)["problems"]
    assert any("broken.py, line 1: ZeroDivisionError: division by zero" in one for one in problems)


def test_diagnose_prints_the_sentences_without_control_characters():
    argv = [sys.executable, "-c", "input()", EVIL]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        try:
            wait_for_state(process.pid, "S")
            done = simpsh("diagnose", str(process.pid))
        finally:
            process.kill()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Process {process.pid} (")
    assert r"\x1b]0;" in done.stdout
    assert {char for char in done.stdout if not char.isprintable()} == {"\n"}


def test_diagnose_of_a_process_that_is_gone_is_no_traceback():
    pid = os.posix_spawn("/bin/true", ["true"], os.environ)
    os.waitpid(pid, 0)
    done = simpsh("diagnose", str(pid))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"simpsh: diagnose: there is no process {pid}\n"
