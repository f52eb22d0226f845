"""Decides whether a path names the same file in the shell and in a child that the shell could fork.

It may not if the path leads through /proc, as /dev/stdin, /dev/fd/3 and links to them do: there
`self` and the descriptors belong to the process that resolves the path.
"""

from __future__ import annotations

import os
import stat

_MOST_LINKS = 40
"""The kernel's own limit, see path_resolution(7)."""
_NULL = os.makedev(1, 3)
"""The device of /dev/null, see null(4)."""

_has_blocks: dict[int, bool] = {}
"""Maps st_dev to whether its file system stores data in blocks, which /proc does not."""


def is_shared(path: str) -> bool:
    """Return whether every process with this working directory finds the same file, or none."""
    facts = os.stat_result((0,) * 10)
    waiting = path.split("/")[::-1]
    reached = "/" if path.startswith("/") else "."
    links = 0
    try:
        if not _is_stored(reached, os.stat(reached).st_dev):
            return False
        while waiting:
            name = waiting.pop()
            if name in ("", "."):
                continue
            file = f"{reached}/{name}"
            facts = os.lstat(file)
            if stat.S_ISLNK(facts.st_mode):
                if links == _MOST_LINKS or not _is_stored(reached, facts.st_dev):
                    return False
                links += 1
                target = os.readlink(file)
                waiting += target.split("/")[::-1]
                reached = "/" if target.startswith("/") else reached
            elif _is_stored(file, facts.st_dev):
                reached = file
            else:
                return False
    except (OSError, ValueError):
        return True  # the path so far is shared, so the error is, too
    return True


def _is_stored(file: str, device: int) -> bool:
    """Return whether a file that is no link is on a file system with blocks."""
    found = _has_blocks.get(device)
    if found is None:
        found = _has_blocks[device] = os.statvfs(file).f_blocks != 0
    return found


def lists_alike(pattern: str) -> bool:
    """Return whether every process finds the same names of files for a pattern."""
    directory = pattern.rpartition("/")[0] or ("/" if "/" in pattern else ".")
    return set(directory).isdisjoint("*?[\\") and is_shared(directory)


def is_null_device(path: str) -> bool:
    """Return whether every process finds the null device here, and may write to it."""
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return False
    is_null = stat.S_ISCHR(facts.st_mode) and facts.st_rdev == _NULL
    return is_null and os.access(path, os.R_OK | os.W_OK, effective_ids=True) and is_shared(path)
