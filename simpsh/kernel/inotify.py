"""Notification of changes to files; see inotify(7)."""

from __future__ import annotations

import os

from simpsh.kernel.c_library import call

MODIFY = 0x2
"""The event mask for writes to a file."""


def inotify_init1() -> int:
    """Return a close-on-exec descriptor from which events are read. See inotify_init1(2)."""
    return call("inotify_init1", os.O_CLOEXEC)


def inotify_add_watch(descriptor: int, path: str, mask: int) -> int:
    """Watch a file for the events in `mask`; return the watch's number."""
    return call("inotify_add_watch", descriptor, os.fsencode(path), mask)
