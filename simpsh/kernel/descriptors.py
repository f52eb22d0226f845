"""A descriptor is a small number that points to an open file description."""

from __future__ import annotations

import errno
import fcntl
import os

from simpsh.kernel.observing import observable
from simpsh.record import Record

FD_CLOEXEC = fcntl.FD_CLOEXEC
HIGHEST = (1 << 31) - 2
"""No descriptor is above: to close all, also those that were made before a limit was lowered."""
OWN_LOWEST = 200
"""The shell keeps its own descriptors from here up, out of the way of `3>file`."""


_OWN_LOWEST_UNDER_LIMIT = 10


class Pipe(Record):
    """The two ends of a pipe: what is written to one is read from the other."""

    read_end: int
    write_end: int


@observable("open")
def open_file(path: str, flags: int, mode: int = 0o666) -> int:
    """Open a file and return its close-on-exec descriptor, the lowest that is free.

    Args:
        path: the file.
        flags: O_RDONLY, O_WRONLY or O_RDWR, or'ed with O_CREAT, O_EXCL, O_TRUNC, O_APPEND …
        mode: the mode bits of a new file, before the umask takes some away.

    Raises:
        OSError: ENOENT EACCES EISDIR EEXIST EMFILE ENXIO …

    See open(2).
    """
    return os.open(path, flags | os.O_CLOEXEC, mode)


@observable("close")
def close(descriptor: int) -> None:
    """Give up a descriptor; with the last one, the open file description goes too.

    Raises:
        OSError: EBADF; it is not open.

    See close(2).
    """
    os.close(descriptor)


@observable("dup")
def dup(descriptor: int) -> int:
    """Return another, close-on-exec descriptor for the same open file description.

    Raises:
        OSError: EBADF EMFILE.

    See dup(2).
    """
    return os.dup(descriptor)


@observable("dup2")
def dup2(old: int, new: int) -> int:
    """Make `new` point where `old` points; it is passed on by exec, unless they are the same.

    Raises:
        OSError: EBADF; `old` is not open, or `new` is out of range.

    See dup2(2).
    """
    return os.dup2(old, new, inheritable=True)


@observable("fcntl(F_DUPFD_CLOEXEC)")
def dup_above(descriptor: int, lowest: int = OWN_LOWEST) -> int:
    """Return a close-on-exec copy of the descriptor, numbered `lowest` or higher.

    Where the process may not have so many descriptors, the copy is numbered 10 or higher.

    Raises:
        OSError: EBADF EMFILE.

    See fcntl(2), F_DUPFD_CLOEXEC.
    """
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _OWN_LOWEST_UNDER_LIMIT)
    except OSError as error:
        # EINVAL means the same here: no number above 9 is to be had.
        number = errno.EMFILE if error.errno == errno.EINVAL else error.errno
        raise OSError(number, os.strerror(number or 0)) from error


@observable("fcntl(F_SETFD)")
def set_flags(descriptor: int, flags: int) -> None:
    """Set the descriptor's own flags: FD_CLOEXEC has execve close it, 0 passes it on.

    Raises:
        OSError: EBADF; it is not open.

    See fcntl(2), F_SETFD.
    """
    fcntl.fcntl(descriptor, fcntl.F_SETFD, flags)


def is_open(descriptor: int) -> bool:
    """Tell whether the descriptor points to anything. See fcntl(2), F_GETFD."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_GETFD)
    except OSError:
        return False
    return True


def is_close_on_exec(descriptor: int) -> bool:
    """Tell whether execve closes the descriptor; not so if it is not open. See fcntl(2)."""
    try:
        return bool(fcntl.fcntl(descriptor, fcntl.F_GETFD) & fcntl.FD_CLOEXEC)
    except OSError:
        return False


@observable("pipe2")
def pipe2(flags: int = os.O_CLOEXEC) -> Pipe:
    """Make a pipe whose two ends are closed by execve.

    Raises:
        OSError: EMFILE ENFILE; too many descriptors are open.

    See pipe2(2).
    """
    return Pipe(*os.pipe2(flags))


@observable("read", announced=True)
def read(descriptor: int, count: int) -> bytes:
    """Read at most `count` bytes; none means end of file.

    Raises:
        OSError: EBADF EIO EAGAIN EISDIR.

    See read(2).
    """
    return os.read(descriptor, count)


@observable("write")
def write(descriptor: int, data: bytes) -> int:
    """Write and return how many bytes were taken, which may be fewer than given.

    Raises:
        BrokenPipeError: EPIPE; nobody can read the pipe any more.
        OSError: EBADF ENOSPC EIO EAGAIN.

    See write(2).
    """
    return os.write(descriptor, data)


def read_exactly(descriptor: int, count: int) -> bytes:
    """Read `count` bytes, in as many calls as it takes; less at end of file; errors as read()."""
    data = b""
    while len(data) < count:
        piece = read(descriptor, count - len(data))
        if not piece:
            break
        data += piece
    return data


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, in as many calls as it takes; errors as for write()."""
    while data:
        data = data[write(descriptor, data) :]


@observable("lseek")
def lseek(descriptor: int, offset: int, whence: int) -> int:
    """Move the open file description's offset and return it.

    Raises:
        OSError: ESPIPE; a pipe, socket or terminal has no offset.

    See lseek(2).
    """
    return os.lseek(descriptor, offset, whence)


@observable("memfd_create")
def memfd_create(name: str) -> int:
    """Return a descriptor for a file that lives in memory and has no name in any directory.

    Raises:
        OSError: EMFILE ENOMEM.

    See memfd_create(2).
    """
    return os.memfd_create(name, os.MFD_CLOEXEC)


@observable("close_range")
def close_range(first: int, last: int) -> None:
    """Close every open descriptor from `first` to `last`, both included. See close_range(2)."""
    os.closerange(first, last + 1)
