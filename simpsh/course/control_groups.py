"""A control group counts its processes, zombies too, and refuses more than `pids.max` of them.

It binds root as well. Version 1 and version 2 of the file system are understood; where the
controller is mounted is found in /proc. See cgroups(7).
"""

from __future__ import annotations

import os

_PREFIX = "simpsh-"


class PidsGroup:
    """A control group of our own, below the one that this process is in.

    Raises:
        OSError: EROFS EACCES …; it cannot be made here; the message says what was tried.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        parent = _own_group()
        _remove_stale(parent)
        self.path = os.path.join(parent, f"{_PREFIX}{os.getpid()}")
        os.mkdir(self.path)
        try:
            self._limit(parent)
        except BaseException:
            self.remove()
            raise

    def _limit(self, parent: str) -> None:
        name = os.path.join(self.path, "pids.max")
        if not os.path.exists(name):
            # Version 2: the parent must hand the controller down.
            _write(os.path.join(parent, "cgroup.subtree_control"), "+pids")
        _write(name, str(self.most))

    def join(self) -> None:
        """Put the calling process, and its future children, into the group."""
        _write(os.path.join(self.path, "cgroup.procs"), "0")

    def holds_us(self) -> bool:
        """Tell whether this process is in the group and the group has its limit: read again."""
        with open(os.path.join(self.path, "pids.max"), encoding="utf-8") as file:
            limit = file.read().strip()
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            groups = [line.strip().rpartition("/")[2] for line in file]
        return limit == str(self.most) and os.path.basename(self.path) in groups

    def remove(self) -> None:
        """Remove the group and those made below it; OSError (EBUSY) if a process is in one."""
        for place, _, _ in os.walk(self.path, topdown=False):
            os.rmdir(place)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _own_group() -> str:
    """Return the directory of this process's group under the pids controller.

    Raises:
        FileNotFoundError: no such controller is mounted.
    """
    mounts = _mounts()
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        for line in file:
            _, names, path = line.strip().split(":", 2)
            kind = "pids" if "pids" in names.split(",") else "" if not names else None
            if kind in mounts:
                place = mounts[kind] + path.rstrip("/")
                if kind or _offers_pids(place):
                    return place
    raise FileNotFoundError("no pids controller is mounted here")


def _offers_pids(place: str) -> bool:
    try:
        with open(os.path.join(place, "cgroup.controllers"), encoding="utf-8") as file:
            return "pids" in file.read().split()
    except OSError:
        return False


def _mounts() -> dict[str | None, str]:
    """Return where the hierarchies are mounted: "pids" of version 1, "" for version 2."""
    found: dict[str | None, str] = {}
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            kind, _, rest = after.partition(" ")
            place = before.split()[4]
            if kind == "cgroup" and "pids" in rest.split()[-1].split(","):
                found["pids"] = place
            elif kind == "cgroup2":
                found.setdefault("", place)
    return found


def _remove_stale(parent: str) -> None:
    """Remove empty groups of earlier runs that were killed before they could."""
    for name in os.listdir(parent):
        pid = name.removeprefix(_PREFIX)
        if name.startswith(_PREFIX) and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            try:
                os.rmdir(os.path.join(parent, name))
            except OSError:
                # Somebody else's, in a pid namespace that we do not see.
                continue
