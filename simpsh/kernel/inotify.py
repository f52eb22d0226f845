"""inotify tells when something happens to files; see inotify(7)."""

from __future__ import annotations

import os

from simpsh.kernel.c_library import call

MODIFY = 0x2
"""A file was written to."""


def inotify_init1() -> int:
    """Return a descriptor from which events can be read; it is closed by execve.

    Raises OSError: EMFILE ENFILE ENOMEM. See inotify_init1(2).
    """
    return call("inotify_init1", os.O_CLOEXEC)


def inotify_add_watch(descriptor: int, path: str, mask: int) -> int:
    """Watch a file or directory for the events of a mask, and return the watch's number.

    Raises OSError: ENOENT EACCES ENOSPC. See inotify_add_watch(2).
    """
    return call("inotify_add_watch", descriptor, os.fsencode(path), mask)
