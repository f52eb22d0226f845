"""The watch over tests finds what it must find, and costs nothing that one would notice."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from tests.support import watch
from tests.support.inner_pytest import run_inner_pytest
from tests.support.processes import (
    children_of,
    descriptors_of,
    parent_of,
    state_of,
    wait_for_state,
    wait_until,
)


def test_a_living_child_that_is_left_fails_its_test_by_name(tmp_path):
    # posix_spawn returns when the program's memory is made, a moment before its name is to be seen.
    status, text = run_inner_pytest(
        tmp_path,
        "from tests.support.processes import wait_until\n"
        "def test_it():\n"
        "    pid = os.posix_spawnp('sleep', ['sleep', '771'], os.environ)\n"
        "    wait_until(lambda: b'771' in open(f'/proc/{pid}/cmdline', 'rb').read(), 'sleep')\n",
    )
    assert status == 1
    assert "processes: " in text
    assert "sleep 771" in text


def test_a_zombie_that_is_left_fails_its_test(tmp_path):
    status, text = run_inner_pytest(
        tmp_path,
        "def test_it():\n"
        "    pid = os.spawnlp(os.P_NOWAIT, 'true', 'true')\n"
        "    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)\n",
    )
    assert status == 1
    assert " Z [true]" in text


def test_an_orphan_in_a_session_of_its_own_is_found(tmp_path):
    status, text = run_inner_pytest(
        tmp_path,
        "def test_it():\n"
        "    subprocess.run(['sh', '-c', 'setsid sleep 772 >/dev/null 2>&1 &'], check=True)\n"
        "    from tests.support.processes import children_of, name_of, wait_until\n"
        "    wait_until(lambda: [*map(name_of, children_of(os.getpid()))] == ['sleep'], 'sleep')\n",
    )
    assert status == 1
    assert "772" in text


def test_a_directory_that_is_changed_fails_its_test(tmp_path):
    status, text = run_inner_pytest(tmp_path, "def test_it():\n    os.chdir('/')\n")
    assert status == 1
    assert "directory: /" in text


def test_a_descriptor_that_is_left_fails_its_test(tmp_path):
    status, text = run_inner_pytest(
        tmp_path, "def test_it():\n    os.open('/dev/null', os.O_RDONLY)\n"
    )
    assert status == 1
    assert "-> /dev/null" in text


def test_a_marked_test_may_leave_what_it_names(tmp_path):
    status, text = run_inner_pytest(
        tmp_path,
        "import pytest\n"
        "@pytest.mark.leaves('processes')\n"
        "def test_it():\n    os.posix_spawnp('sleep', ['sleep', '773'], os.environ)\n",
    )
    assert status == 0, text


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


def test_a_test_that_times_out_leaves_no_child(tmp_path):
    status, text = run_inner_pytest(
        tmp_path,
        "import pytest\n@pytest.mark.timeout(1)\n"
        "def test_it():\n    subprocess.run(['sh', '-c', 'sleep 774 & wait'])\n"
        "def test_after():\n"
        "    assert open(f'/proc/self/task/{os.getpid()}/children').read() == ''\n",
    )
    assert status == 1
    assert "Timeout" in text
    assert "1 passed" in text


def test_the_environment_is_no_persons():
    assert os.environ["LC_ALL"] == "C.UTF-8"
    assert "COLUMNS" not in os.environ
    assert "simpsh-tests-" in os.environ["HOME"]
    assert os.environ["XDG_STATE_HOME"].startswith(os.environ["HOME"])


def test_looking_costs_little():
    costs = []
    for _ in range(20):
        start = time.perf_counter()
        assert watch.remains(watch.snapshot()) == []
        costs.append(time.perf_counter() - start)
    assert min(costs) < 0.01


def test_a_process_is_seen_to_stop_and_to_go():
    with subprocess.Popen(["sh", "-c", "kill -STOP $$; exec cat"], stdin=subprocess.PIPE) as child:
        wait_for_state(child.pid, "T")
        assert parent_of(child.pid) == os.getpid()
        assert child.pid in children_of(os.getpid())
        assert descriptors_of(child.pid)[0].startswith("pipe:")
        child.send_signal(18)
        wait_until(lambda: state_of(child.pid) in "SR", "it continues")
        child.stdin.close()
        wait_for_state(child.pid, "Z")
        child.wait()
        assert state_of(child.pid) is None


def test_a_fact_that_never_comes_is_named():
    with pytest.raises(AssertionError, match="pigs fly"):
        wait_until(lambda: False, "pigs fly", 0.01)
