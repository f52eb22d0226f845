"""Write a file whole or not at all: a reader sees the old file or the new one, never a part.

`replace_file` raises what the system says; `write_whole` makes it a problem in one line.
"""

from __future__ import annotations

import os
import stat

from simpsh.base.errors import naming
from simpsh.base.record import suppress


def replace_file(path: str, text: str, mode: int | None = 0o600) -> None:
    """Put a text into a file, by way of another one beside it; a device or FIFO is written to.

    A symbolic link stays: what it leads to changes. What UTF-8 cannot hold is written as an escape.
    `mode` None leaves the permissions to the umask. Raises OSError: ENOENT EACCES ENOSPC EISDIR …;
    it cannot be written, and is as it was. See rename(2).
    """
    if not _is_replaceable(path):
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return
    path = os.path.realpath(path)
    descriptor, temporary = _new_file_beside(path, 0o666 if mode is None else mode)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _is_replaceable(path: str) -> bool:
    """Return whether a name leads to no device, FIFO or the like: those are never replaced."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True


def _new_file_beside(path: str, mode: int) -> tuple[int, str]:
    """Make a file in the same directory; return its descriptor and path."""
    # In a folder that others can write to, no other user may know the name, or have made the file.
    temporary = os.path.join(os.path.dirname(path), f".simpsh-{os.urandom(12).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(temporary, flags, mode), temporary
    except OSError as error:
        error.filename = path
        raise


def check_writable(path: str) -> None:
    """Raise the OSError that replace_file() would raise; the file stays as it is.

    A long run is not worth beginning if what comes of it cannot be kept.
    """
    with suppress(FileNotFoundError):  # a new file is no obstacle
        if not stat.S_ISFIFO(os.stat(path).st_mode):
            os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
    if _is_replaceable(path):
        descriptor, temporary = _new_file_beside(os.path.realpath(path), 0o600)
        os.close(descriptor)
        os.unlink(temporary)


def write_whole(path: str, text: str, mode: int | None = 0o600) -> None:
    """Do as replace_file(); raise SimpshError, in one line, if the file cannot be written."""
    with naming(path):
        replace_file(path, text, mode)


def keep_damaged(path: str) -> str:
    """Give a file that cannot be understood another name; return, in words, what became of it."""
    copy = f"{os.path.splitext(path)[0]}.damaged"
    try:
        os.replace(path, copy)
    except OSError:
        return "left as it is"
    return f"kept as {os.path.basename(copy)}"
