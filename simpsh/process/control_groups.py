"""Frozen control groups: a process of one does not run, whatever it waits for. See cgroups(7)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from simpsh.base.record import Record
from simpsh.process import proc


class FrozenGroup(Record):
    """A control group that was frozen, and what thaws it."""

    path: str
    """Its directory."""
    file: str
    """The file in it that freezes and thaws the group."""
    value: str
    """The text that thaws it."""


def frozen_group(pid: int) -> FrozenGroup | None:
    """Return the frozen group that holds a process; None if it is in none that is visible.

    No errors. See cgroups(7), and the freezer in the kernel's cgroup-v1 documentation.
    """
    for line in os.fsdecode(proc.contents(pid, "cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        if path == "/":
            continue
        if not controllers:
            for mount in _mounts("cgroup2", ""):
                group = mount + path
                if b"frozen 1" in _contents(f"{group}/cgroup.events"):
                    owner = _owner(group, mount, "cgroup.freeze")
                    return FrozenGroup(owner, "cgroup.freeze", "0")
        elif "freezer" in controllers.split(","):
            for mount in _mounts("cgroup", "freezer"):
                group = mount + path
                if _contents(f"{group}/freezer.state").strip() in (b"FROZEN", b"FREEZING"):
                    owner = _owner(group, mount, "freezer.self_freezing")
                    return FrozenGroup(owner, "freezer.state", "THAWED")
    return None


def _owner(group: str, mount: str, file: str) -> str:
    """Return the group or the parent of it that was frozen itself; the group if none is seen."""
    path = group
    while len(path) > len(mount):
        if _contents(f"{path}/{file}").strip() == b"1":
            return path
        path = os.path.dirname(path)
    return group


def _mounts(kind: str, option: str) -> Iterator[str]:
    """Yield where our mount namespace shows the hierarchy of this kind."""
    for line in os.fsdecode(proc.contents("self", "mountinfo")).splitlines():
        before, _, after = line.partition(" - ")
        words = after.split()
        if words[:1] == [kind] and (not option or option in words[-1].split(",")):
            yield before.split()[4]


def _contents(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
