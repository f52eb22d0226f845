"""inotify tells when something happens to files; see inotify(7).

With it one can wait until a file is saved: an editor may write it, or put a new one there.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from simpsh.kernel.c_library import call
from simpsh.kernel.descriptors import close, read

MODIFY, CLOSE_WRITE, MOVED_TO = 0x2, 0x8, 0x80
"""A file was written to; one that was open for writing was closed; a file was moved here."""


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


_HEAD = struct.Struct("iIII")


def when_saved(path: str) -> Iterator[None]:
    """Yield at once, and then each time the file has been saved.

    Its directory is watched, since many editors replace the file. Raises OSError: ENOENT EMFILE
    ENOSPC; the directory cannot be watched.
    """
    directory, name = os.path.split(os.path.abspath(path))
    watch = inotify_init1()
    try:
        inotify_add_watch(watch, directory, CLOSE_WRITE | MOVED_TO)
        yield
        while True:
            data, is_saved = read(watch, 65536), False
            while data:
                _, _, _, length = _HEAD.unpack_from(data)
                saved = data[_HEAD.size : _HEAD.size + length].rstrip(b"\0")
                is_saved |= saved == os.fsencode(name)
                data = data[_HEAD.size + length :]
            if is_saved:
                yield
    finally:
        close(watch)
