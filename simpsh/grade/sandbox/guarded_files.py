"""Opens files of a submission safely, without following links and without blocking.

A name may lead to a FIFO, a device, or to a file of the system such as /proc/kmsg. So its type is
checked through a descriptor that does not open it (O_PATH). Only a regular file or a folder is then
opened, through the same descriptor, so that it cannot be replaced in the meantime.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import BinaryIO

_PATH = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
}


def kind_of(mode: int) -> str:
    """Return the kind of a file, given its mode: `a symbolic link`."""
    return _KINDS.get(stat.S_IFMT(mode), "something unknown")


def open_path(path: str, folder: int | None = None) -> int:
    """Return a descriptor for a path without opening the file; see O_PATH of open(2).

    Links are not followed, except those in /proc/self/fd. A relative path begins in `folder`.
    """
    flags = _PATH & ~os.O_NOFOLLOW if path.startswith("/proc/self/fd/") else _PATH
    return os.open(path, flags, dir_fd=folder)


def reopen(descriptor: int) -> int:
    """Open the file of an open_path() descriptor for reading; return the new descriptor.

    Raises OSError: EINVAL; it is neither a regular file nor a folder. EACCES; it may not be read.
    """
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, f"it is {kind_of(mode)}")
    return os.open(f"/proc/self/fd/{descriptor}", _READ)


def opened(descriptor: int) -> BinaryIO:
    """Open the file of an open_path() descriptor, and close `descriptor`; raises like reopen()."""
    try:
        # open() refuses a folder; with an opener it closes the folder's descriptor, too.
        return open(f"/proc/self/fd/{descriptor}", "rb", opener=lambda *_: reopen(descriptor))
    finally:
        os.close(descriptor)


def read_beginning(path: str, most: int, folder: int | None = None) -> bytes:
    """Return at most `most` bytes of a regular file; raises like open_path() and reopen()."""
    with opened(open_path(path, folder)) as file:
        return file.read(most)
