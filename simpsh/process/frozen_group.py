"""A frozen control group holds its processes, whatever they were doing, until it is thawed.

Version 1 has the controller `freezer`: freezer.state of a group, freezer.parent_freezing for what
an ancestor does to it. Version 2 has cgroup.freeze in each group, and cgroup.events says whether
all of it, by whatever group above, is frozen by now. See cgroups(7).
"""

from __future__ import annotations

import os

from simpsh.base import descriptor_limit
from simpsh.base.record import Record
from simpsh.process.control_group import group_directories
from simpsh.process.proc import contents


class FrozenGroup(Record):
    """The control group that holds a process."""

    directory: str
    """Where it is to be thawed: the group itself, or the ancestor that was frozen."""
    thawing: str
    """The command that thaws it."""
    is_whole: bool
    """Whether all of its processes are held by now; else it is being frozen."""
    holds_against_kill: bool
    """Whether even SIGKILL waits until it is thawed: so it is in version 1."""


def frozen_group(pid: int) -> FrozenGroup | None:
    """Return the frozen control group that a process is in; None if it is in none, or not seen."""
    groups = group_directories(contents(pid, "cgroup").decode("utf-8", "surrogateescape"))
    for group in groups:
        if group.version == 1 and "freezer" in group.controllers:
            found = _frozen_first(group.mount, group.directory)
        elif group.version == 2:
            found = _frozen_second(group.mount, group.directory)
        else:
            continue
        if found is not None:
            return found
    return None


def _frozen_first(mount: str, directory: str) -> FrozenGroup | None:
    state = _text(directory, "freezer.state")
    if state not in ("FROZEN", "FREEZING"):
        return None
    # Of several the nearest is told: it is thawed first, and the next one is named then.
    for place in _upwards(mount, directory):
        if _text(place, "freezer.self_freezing") == "1":
            thawing = f"echo THAWED > {os.path.join(place, 'freezer.state')}"
            return FrozenGroup(place, thawing, state == "FROZEN", holds_against_kill=True)
    return None


def _frozen_second(mount: str, directory: str) -> FrozenGroup | None:
    for place in _upwards(mount, directory):
        if _text(place, "cgroup.freeze") == "1":
            is_whole = "frozen 1" in _text(directory, "cgroup.events").splitlines()
            thawing = f"echo 0 > {os.path.join(place, 'cgroup.freeze')}"
            return FrozenGroup(place, thawing, is_whole, holds_against_kill=False)
    return None


def _upwards(mount: str, directory: str) -> list[str]:
    found = [directory]
    while found[-1] != mount and len(found[-1]) > len(mount):
        found.append(os.path.dirname(found[-1]))
    return found


def _text(directory: str, name: str) -> str:
    try:
        with open(os.path.join(directory, name), encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except OSError as error:
        descriptor_limit.blame(error)
        return ""
