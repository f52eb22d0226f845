"""A control group bounds what all of its processes use together: memory, or how many they are.

With version 1 a group is made below this process's own; with version 2 beside it, since there a
group with processes hands no controller down. If its maker is killed, the next one removes it after
two days. See cgroups(7).
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress

from simpsh.base import descriptor_limit
from simpsh.process import proc

_PREFIX = "simpsh-"
_FORGOTTEN_SECONDS = 86_400 * 2
_LIMIT_FILES = {"memory": ("memory.max", "memory.limit_in_bytes"), "pids": ("pids.max",)}


class ControlGroup:
    """A control group of our own, with one limit: `most` bytes, or processes and threads."""

    def __init__(self, controller: str, most: int) -> None:
        parent, now = parent_of_new_groups(controller), int(time.time())
        for name in os.listdir(parent):
            made = name.removeprefix(_PREFIX).partition("-")[0]
            if made != name and made.isdecimal() and int(made) < now - _FORGOTTEN_SECONDS:
                with suppress(OSError):  # EBUSY: its maker was killed, and left a process in it
                    _remove_with_groups_below(os.path.join(parent, name))
        self.path = os.path.join(parent, f"{_PREFIX}{now}-{os.urandom(8).hex()}")
        os.mkdir(self.path)
        try:
            paths = [os.path.join(self.path, name) for name in _LIMIT_FILES[controller]]
            if not any(map(os.path.exists, paths)):
                # Version 2: the parent must hand the controller down.
                _write(os.path.join(parent, "cgroup.subtree_control"), f"+{controller}")
            _write(next(filter(os.path.exists, paths), paths[0]), str(most))
        except BaseException:
            self.remove()
            raise

    def join(self) -> None:
        """Put the calling process, and its future children, into the group; raises OSError."""
        _write(os.path.join(self.path, "cgroup.procs"), "0")

    def remove(self) -> None:
        """Remove the group and all groups below it; OSError (EBUSY) if a process is in one."""
        _remove_with_groups_below(self.path)


def _remove_with_groups_below(path: str) -> None:
    for place, _, _ in os.walk(path, topdown=False):
        os.rmdir(place)


def parent_of_new_groups(controller: str) -> str:
    """Return the directory in which a group may be made, in the hierarchy of a controller.

    Raises OSError: ENOENT; no such controller is mounted. EBUSY; it would be below a group that has
    processes.
    """
    paths = {}
    for line in proc.contents("self", "cgroup").decode(errors="surrogateescape").splitlines():
        _, names, path = line.split(":", 2)
        # Version 2 has one hierarchy, without names.
        paths.update(dict.fromkeys(names.split(","), path))
    mounts = proc.contents("self", "mountinfo").decode(errors="surrogateescape")
    for line in mounts.splitlines():
        mount, _, source = line.partition(" - ")
        root, mount_point = mount.split()[3:5]
        kind, options = source.split()[0], source.split()[-1].split(",")
        own = paths.get("" if kind == "cgroup2" else controller)
        if own is None or kind not in ("cgroup", "cgroup2"):
            continue
        directory = mount_point + own.removeprefix(root.rstrip("/")).rstrip("/")
        if kind == "cgroup" and controller in options:
            return directory
        if controller not in _text(os.path.join(directory, "cgroup.controllers")).split():
            continue
        if directory != mount_point:
            return os.path.dirname(directory)
        # Only the real root, which has no such file, may have processes and hand down.
        if not os.path.exists(os.path.join(mount_point, "cgroup.type")):
            return directory
        raise OSError(errno.EBUSY, "all processes are in the topmost control group seen here")
    raise FileNotFoundError(errno.ENOENT, f"no {controller} controller is mounted here")


def _text(path: str) -> str:
    """Return what a file of a control group says; empty if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read().strip()
    except OSError as error:
        descriptor_limit.blame(error)
        return ""


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
