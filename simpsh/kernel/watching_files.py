"""inotify tells when something happens to files; see inotify(7)."""

from __future__ import annotations

import ctypes
import os

CLOSE_WRITE, MOVED_TO = 0x8, 0x80
"""A file that was open for writing was closed; a file was moved here."""


def inotify_init() -> int:
    """Return a descriptor from which events can be read; it is closed by execve.

    Raises:
        OSError: EMFILE ENFILE ENOMEM.

    See inotify_init1(2).
    """
    library = ctypes.CDLL(None, use_errno=True)
    return _checked(library.inotify_init1(ctypes.c_int(os.O_CLOEXEC)))


def add_watch(descriptor: int, path: str, mask: int) -> int:
    """Watch a file or directory for the events of a mask, and return the watch's number.

    Raises:
        OSError: ENOENT EACCES ENOSPC.

    See inotify_add_watch(2).
    """
    library = ctypes.CDLL(None, use_errno=True)
    return _checked(
        library.inotify_add_watch(
            ctypes.c_int(descriptor), os.fsencode(path), ctypes.c_uint32(mask)
        )
    )


def _checked(result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
