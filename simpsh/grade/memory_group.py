"""A control group bounds the memory of all processes of a submission together.

Versions 1 and 2 of the file system are understood; the group lies below this process's own.
See cgroups(7).
"""

from __future__ import annotations

import os

from simpsh.errors import SimpshError

_PREFIX = "simpsh-grade-"
_FILES = {"memory": "memory.limit_in_bytes", "": "memory.max"}


class NoMemoryGroup(SimpshError):
    """This machine lets no group of ours be made."""


class MemoryGroup:
    """A control group with a limit of memory, named after this process.

    Args:
        most: bytes; what a private /tmp holds is counted, too.

    Raises:
        NoMemoryGroup: it cannot be made here.
    """

    def __init__(self, most: int) -> None:
        try:
            kind, parent = _own_group()
            _remove_stale(parent)
            self._path = os.path.join(parent, f"{_PREFIX}{os.getpid()}")
            if not kind:
                _write(os.path.join(parent, "cgroup.subtree_control"), "+memory")
            os.mkdir(self._path)
            _write(os.path.join(self._path, _FILES[kind]), str(most))
        except OSError as error:
            raise NoMemoryGroup(f"no control group for memory: {error.strerror}") from error

    def join(self) -> None:
        """Put the calling process and its future children into it; raises OSError."""
        _write(os.path.join(self._path, "cgroup.procs"), "0")

    def remove(self) -> None:
        """Remove it; whoever was in it must have been collected."""
        try:
            os.rmdir(self._path)
        except OSError:
            return  # the next one who makes a group here removes it


def offer_first() -> None:
    """Let this process be the first to end when its group's memory is used up.

    See proc_pid_oom_score_adj(5).
    """
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _own_group() -> tuple[str, str]:
    """Return "memory" for version 1 or "" for version 2, and this process's group there."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        own = {names: path for _, names, path in (line.strip().split(":", 2) for line in file)}
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line.split(" - ") for line in file]
    for before, after in mounts:
        words, kind = before.split(), after.split()
        is_first = kind[0] == "cgroup" and "memory" in kind[-1].split(",")
        names = next((one for one in own if "memory" in one.split(",")), "") if is_first else ""
        if (is_first and names) or (kind[0] == "cgroup2" and _offers_memory(words[4], own)):
            below = own[names].removeprefix(words[3].rstrip("/"))
            return "memory" if is_first else "", words[4] + below.rstrip("/")
    raise FileNotFoundError(2, "no memory controller is mounted")


def _offers_memory(place: str, own: dict[str, str]) -> bool:
    try:
        with open(f"{place}{own.get('', '')}/cgroup.controllers", encoding="utf-8") as file:
            return "memory" in file.read().split()
    except OSError:
        return False


def _remove_stale(parent: str) -> None:
    """Remove empty groups of graders that were killed before they could."""
    for name in os.listdir(parent):
        pid = name.removeprefix(_PREFIX)
        if name.startswith(_PREFIX) and not os.path.exists(f"/proc/{pid}"):
            try:
                os.rmdir(os.path.join(parent, name))
            except OSError:
                continue  # somebody else's, in a pid namespace that we do not see
