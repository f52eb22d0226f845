"""The watch over tests reports leftover processes, descriptors, directories and signal masks."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support.inner_pytest import run_inner_pytest
from tests.support.shells import PROJECT
from tests.support.watch import changed_files

LEAVING = """
import pytest
from tests.support.processes import children_of, name_of, wait_until


def test_living_child():
    pid = os.posix_spawnp("sleep", ["sleep", "771"], os.environ)
    # posix_spawn returns when the program's memory is made, a moment before its name is to be seen.
    wait_until(lambda: b"771" in open(f"/proc/{pid}/cmdline", "rb").read(), "sleep")

def test_zombie():
    pid = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

def test_orphan_in_a_session_of_its_own():
    subprocess.run(["sh", "-c", "setsid sleep 772 >/dev/null 2>&1 &"], check=True)
    wait_until(lambda: [*map(name_of, children_of(os.getpid()))] == ["sleep"], "sleep")

def test_descriptor():
    os.open("/dev/null", os.O_RDONLY)

@pytest.mark.leaves("processes")
def test_that_may_leave_it():
    os.posix_spawnp("sleep", ["sleep", "773"], os.environ)

@pytest.mark.timeout(1)
def test_that_times_out():
    subprocess.run(["sh", "-c", "sleep 774 & wait"])

def test_after():
    assert open(f"/proc/self/task/{os.getpid()}/children").read() == ""

def test_directory():
    os.chdir("/")

def test_mask():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
"""


def test_a_leftover_process_fails_the_test_that_left_it_unless_allowed(tmp_path):
    status, text = run_inner_pytest(tmp_path, LEAVING)
    assert status == 1
    errors = re.findall(r"^ERROR \S*::(\w+)", text, re.MULTILINE)
    # A process killed at the deadline may still be a zombie.
    assert sorted({*errors} - {"test_that_times_out"}) == [
        *("test_descriptor", "test_directory", "test_living_child", "test_mask"),
        *("test_orphan_in_a_session_of_its_own", "test_zombie"),
    ], text
    assert re.findall(r"^FAILED \S*::(\w+)", text, re.MULTILINE) == ["test_that_times_out"]
    complaints = (
        "sleep 771",
        "sleep 772",
        " Z [true]",
        "-> /dev/null",
        "directory: /",
        "signals: [14]",
    )
    for complaint in complaints:
        assert complaint in text
    assert "Timeout" in text


@pytest.mark.parametrize(
    "escape", ["pass", "raise SystemExit(0)", "assert False", "raise KeyboardInterrupt"]
)
def test_a_child_that_escapes_into_the_runner_fails_its_test(tmp_path, escape):
    status, text = run_inner_pytest(
        tmp_path,
        f"def test_it():\n    pid = os.fork()\n    if pid == 0:\n        {escape}\n"
        "    else:\n        os.waitpid(pid, 0)\n"
        "def test_another():\n    print('counted once')\n",
    )
    assert status == 1
    assert "a forked child escaped from" in text
    assert "1 passed, 1 error" in text or "2 passed, 1 error" in text


def test_a_file_in_the_source_tree_fails_the_session(tmp_path):
    if changed_files(PROJECT) is None:
        pytest.skip("the tests do not run in a checkout of git")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "old").touch()
    status, text = run_inner_pytest(
        tmp_path,
        f"from tests import conftest\nconftest.PROJECT = {str(tmp_path)!r}\n"
        "def test_it():\n    open(f'{conftest.PROJECT}/lockfile', 'w').close()\n"
        "def test_last():\n    pass\n",
    )
    assert (status, "2 passed, 1 error" in text) == (1, True), text
    assert "(git status):\n  ?? lockfile\nA test wrote them" in text
    assert changed_files("/proc") is None
