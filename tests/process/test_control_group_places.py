"""Where a control group is made: with version 2 beside this process's own, not below it."""

from __future__ import annotations

import pytest

from simpsh.process import control_group
from simpsh.process.control_group import GroupDirectory
from simpsh.process.machine_permits import why_no_group


@pytest.fixture
def hierarchy(tmp_path, monkeypatch):
    """Returns what makes a tree of directories the groups of this machine; it takes our own."""
    for name in ("", "session", "session/shell"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "cgroup.controllers").write_text("memory pids\n")

    def use(own, version=2, controllers=()):
        found = GroupDirectory(version, controllers, str(tmp_path), str(tmp_path / own).rstrip("/"))
        monkeypatch.setattr(control_group, "groups_of", lambda _: iter([found]))
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
    assert control_group._parent_of_new_groups("memory") == str(mount / place)


def test_what_only_seems_to_be_the_root_may_not_and_that_is_said(hierarchy):
    (hierarchy(".") / "cgroup.type").write_text("domain\n")
    assert why_no_group("pids", 8) == "all processes are in the topmost control group seen here"


def test_a_controller_that_is_not_handed_down_is_named(hierarchy):
    (hierarchy("session/shell") / "session" / "shell" / "cgroup.controllers").write_text("pids\n")
    assert why_no_group("memory", 1 << 30) == "no memory controller is mounted here"
