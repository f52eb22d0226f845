"""A control group has a name of its own, holds its limit, and no group without processes stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from simpsh.process import control_group
from simpsh.process.control_group import ControlGroup
from simpsh.process.machine_permits import missing
from tests.support.shells import PROJECT

pytestmark = pytest.mark.skipif(bool(missing("cgroup")), reason="no control group can be made here")

HOLDS = """\
import sys
from simpsh.process.control_group import ControlGroup
group = ControlGroup("pids", 4)
print(group.path, flush=True)
sys.stdin.read()
group.remove()
"""
UNSHARE = ["unshare", "-pf", "--kill-child"]


def holder(*before):
    """A process that has made a group, and the group's path; it ends when its input does."""
    process = subprocess.Popen(
        [*before, sys.executable, "-c", HOLDS],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


def test_processes_of_the_same_pid_have_different_groups():
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no PID namespaces")
    (one, first), (other, second) = holder(*UNSHARE), holder(*UNSHARE)
    assert first
    assert second
    assert first != second
    for process in (one, other):
        process.communicate()
        assert process.returncode == 0
    assert not os.path.exists(first)
    assert not os.path.exists(second)


def test_a_name_that_is_taken_is_not_taken_again(monkeypatch):
    taken = ControlGroup("pids", 4)
    name = os.path.basename(taken.path).removeprefix("simpsh-")
    numbers = [bytes(8), bytes.fromhex(name)]
    monkeypatch.setattr(control_group.os, "urandom", lambda _: numbers.pop())
    other = ControlGroup("pids", 4)
    assert other.path == f"{os.path.dirname(taken.path)}/simpsh-{'00' * 8}"
    other.remove()
    taken.remove()


def test_the_group_of_a_process_that_lives_stays_and_that_of_a_killed_one_is_removed():
    process, path = holder()
    ControlGroup("pids", 4).remove()
    assert os.path.isdir(path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert os.path.isdir(path)
    ControlGroup("pids", 4).remove()
    assert not os.path.exists(path)


def test_an_empty_group_that_is_named_after_a_pid_is_removed_by_the_next():
    group = ControlGroup("pids", 4)
    # 2**22 is above every pid there can be.
    stale = os.path.join(os.path.dirname(group.path), f"simpsh-{2**22}")
    group.remove()
    os.mkdir(stale)
    ControlGroup("pids", 4).remove()
    assert not os.path.exists(stale)


def test_groups_that_were_made_below_are_removed_too():
    group = ControlGroup("pids", 4)
    os.makedirs(os.path.join(group.path, "bomb", "inner"))
    group.remove()
    assert not os.path.exists(group.path)


def test_a_group_with_a_process_stays_until_the_process_has_ended():
    group = ControlGroup("pids", 4)
    assert not group.holds_us()
    sleeper = subprocess.Popen(["sleep", "1000"])
    with open(f"{group.path}/cgroup.procs", "w") as file:
        file.write(str(sleeper.pid))
    with pytest.raises(OSError, match="busy"):
        group.remove()
    # Its lock is gone; its process is not.
    ControlGroup("pids", 4).remove()
    assert os.path.isdir(group.path)
    sleeper.kill()
    sleeper.wait()
    group.remove()
    assert not os.path.exists(group.path)


@pytest.mark.parametrize(("controller", "most"), [("memory", 1 << 30), ("pids", 64)])
def test_a_child_that_joins_is_held(controller, most):
    try:
        group = ControlGroup(controller, most)
    except OSError as error:
        pytest.skip(f"no {controller} controller: {error}")
    pid = os.fork()
    if pid == 0:
        try:
            group.join()
            os._exit(0 if group.holds_us() else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    group.remove()
