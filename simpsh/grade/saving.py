"""Waiting until a file is saved, by inotify(7): an editor may write it, or put a new one there."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from simpsh.kernel.descriptors import close, read
from simpsh.kernel.watching_files import CLOSE_WRITE, MOVED_TO, add_watch, inotify_init

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = struct.Struct("iIII")


def when_saved(path: str) -> Iterator[None]:
    """Yield at once, and then each time the file has been saved.

    Args:
        path: the file; its directory is watched, since many editors replace the file.

    Raises:
        OSError: ENOENT EMFILE ENOSPC; the directory cannot be watched.
    """
    directory, name = os.path.split(os.path.abspath(path))
    watch = inotify_init()
    try:
        add_watch(watch, directory, CLOSE_WRITE | MOVED_TO)
        yield
        while True:
            if name in _names(read(watch, 65536)):
                yield
    finally:
        close(watch)


def _names(data: bytes) -> set[str]:
    """Return the names in a batch of events."""
    found = set()
    while data:
        length = _HEAD.unpack_from(data)[3]
        found.add(os.fsdecode(data[_HEAD.size : _HEAD.size + length].rstrip(b"\0")))
        data = data[_HEAD.size + length :]
    return found
