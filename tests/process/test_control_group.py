"""A control group has a unique name and enforces its limit; empty groups are removed."""

from __future__ import annotations

import os
import subprocess

import pytest

from simpsh.process import process_containment
from simpsh.process.machine_permits import why_no_group
from simpsh.process.process_containment import ControlGroup
from tests.harness.process import run_alone

needs_group = pytest.mark.skipif(bool(why_no_group(1 << 30)), reason="no group can be made here")


@needs_group
def test_a_leftover_group_is_removed_with_the_next_one_after_two_days(monkeypatch):
    left, fresh = ControlGroup(1 << 30), ControlGroup(1 << 30)
    assert left.path != fresh.path
    now = process_containment.time.time()
    monkeypatch.setattr(process_containment.time, "time", lambda: now + 3 * 86_400)
    later = ControlGroup(1 << 30)
    assert not os.path.exists(left.path)
    assert not os.path.exists(fresh.path)
    monkeypatch.undo()
    ControlGroup(1 << 30).remove()
    assert os.path.exists(later.path)
    later.remove()


@needs_group
def test_a_group_is_removed_with_its_subgroups_once_it_has_no_process():
    group = ControlGroup(1 << 30)
    os.makedirs(os.path.join(group.path, "bomb", "inner"))
    sleeper = subprocess.Popen(["sleep", "1000"])
    with open(f"{group.path}/cgroup.procs", "w") as file:
        file.write(str(sleeper.pid))
    with pytest.raises(OSError, match="busy"):
        group.remove()
    sleeper.kill()
    sleeper.wait()
    group.remove()
    assert not os.path.exists(group.path)


@needs_group
def test_a_child_that_joins_is_held():
    group = ControlGroup(1 << 30)

    def joins():
        group.join()
        with open("/proc/self/cgroup", encoding="ascii") as groups:
            assert os.path.basename(group.path) in groups.read()

    run_alone(joins)
    group.remove()


# -- where it is made ----------------------------------------------------------------------------


@pytest.fixture
def hierarchy(tmp_path, monkeypatch):
    """Return a function that installs a tree of directories as the cgroups, given our own group."""
    for name in ("", "session", "session/shell"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "cgroup.controllers").write_text("memory pids\n")

    def use(own, version=2, controllers=()):
        mount = f"cgroup - cgroup rw,{controllers[0]}" if version == 1 else "cgroup2 - cgroup2 rw"
        files = {
            "cgroup": f"1:{','.join(controllers)}:/{own.strip('.')}",
            "mountinfo": f"30 1 0:9 / {tmp_path} rw shared:1 {mount}",
        }
        monkeypatch.setattr(
            process_containment.proc, "contents", lambda _, name: files[name].encode()
        )
        return tmp_path

    return use


@pytest.mark.parametrize(
    ("own", "version", "controllers", "place"),
    [
        ("session/shell", 2, (), "session"),
        ("session/shell", 1, ("memory",), "session/shell"),
        (".", 2, (), "."),
    ],
    ids=["beside our own", "below our own", "the real root may have processes and groups"],
)
def test_a_group_is_made_where_the_version_permits(hierarchy, own, version, controllers, place):
    mount = hierarchy(own, version, controllers)
    assert process_containment.parent_of_new_groups() == str(mount / place)


def test_the_reason_why_no_group_can_be_made_is_reported(hierarchy):
    mount = hierarchy(".")
    (mount / "cgroup.type").write_text("domain\n")
    assert why_no_group(1 << 30) == "all processes are in the topmost control group seen here"
    (hierarchy("session/shell") / "session" / "shell" / "cgroup.controllers").write_text("pids\n")
    assert why_no_group(1 << 30) == "no memory controller is mounted here"
