"""Frozen control groups: a process of one does not run, whatever it waits for. See cgroups(7)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from simpsh.base.record import Record
from simpsh.process import proc


class FrozenGroup(Record):
    """A control group that was frozen, and what thaws it."""

    path: str
    """Its directory. It thaws when 0 is written to FREEZER in it."""


FREEZER = "cgroup.freeze"


def frozen_group(pid: int) -> FrozenGroup | None:
    """Return the frozen group that holds a process; None if it is in none that is visible.

    No errors. Groups of version 1 are not examined. See cgroups(7).
    """
    for line in os.fsdecode(proc.contents(pid, "cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        # Version 2 has one hierarchy, which has no controllers in this line.
        for mount in _mounts() if path != "/" and not controllers else ():
            group = mount + path
            if b"frozen 1" in _contents(f"{group}/cgroup.events"):
                return FrozenGroup(_owner(group, mount))
    return None


def _owner(group: str, mount: str) -> str:
    """Return the group or the parent of it that was frozen itself; the group if none is seen."""
    path = group
    while len(path) > len(mount):
        if _contents(f"{path}/{FREEZER}").strip() == b"1":
            return path
        path = os.path.dirname(path)
    return group


def _mounts() -> Iterator[str]:
    """Yield where our mount namespace shows the hierarchy of version 2."""
    for line in os.fsdecode(proc.contents("self", "mountinfo")).splitlines():
        before, _, after = line.partition(" - ")
        if after.split()[:1] == ["cgroup2"]:
            yield before.split()[4]


def _contents(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
