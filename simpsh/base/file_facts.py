"""Facts about files: each is known, or an OSError is raised.

os.path.exists(), isfile(), isdir(), os.access(), glob() and os.walk() answer "no" or "none" for
every error. If the machine has no memory left, such an answer would change a mark, or show a file
that is to be hidden.
"""

from __future__ import annotations

import errno
import os
import stat
from fnmatch import fnmatchcase

from simpsh.base.surroundings import search_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.ENAMETOOLONG})
"""Errors that are facts about the path, not about the machine."""


def status_of(path: str, *, follows: bool = True) -> os.stat_result | None:
    """Return the status of a file; None if there is none, or it may not be reached.

    Raises OSError: that cannot be known.
    """
    try:
        return os.stat(path, follow_symlinks=follows)
    except ValueError:  # no path has a NUL
        return None
    except OSError as error:
        if error.errno not in NO_FILE:
            raise
        return None


def is_there(path: str) -> bool:
    """Return whether a path leads to a file of any kind; raises like status_of()."""
    return status_of(path) is not None


def is_file(path: str) -> bool:
    """Return whether a path leads to a regular file; raises like status_of()."""
    status = status_of(path)
    return status is not None and stat.S_ISREG(status.st_mode)


def is_folder(path: str) -> bool:
    """Return whether a path leads to a directory; raises like status_of()."""
    status = status_of(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def is_link(path: str) -> bool:
    """Return whether a path is a symbolic link; raises like status_of()."""
    status = status_of(path, follows=False)
    return status is not None and stat.S_ISLNK(status.st_mode)


def is_program(path: str) -> bool:
    """Return whether a path leads to a file with a permission to execute; see status_of()."""
    status = status_of(path)
    return status is not None and stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o111)


def real_path(path: str) -> str:
    """Return what os.path.realpath() does, which takes each error for a path without a link.

    A path that leads nowhere stays as it is: an empty one, or a relative one in a directory that
    was removed.
    """
    if not path:
        return ""
    try:
        return os.path.realpath(path, strict=True)
    except OSError as error:
        if error.errno not in NO_FILE:
            raise
    try:
        return os.path.realpath(path)
    except FileNotFoundError:  # of getcwd(3)
        return path


def program_called(name: str) -> str:
    """Return the path of the program of this name in PATH; empty if there is none."""
    if os.path.dirname(name):
        return name if is_program(name) else ""
    paths = (os.path.join(folder, name) for folder in search_folders() if name)
    return next(filter(is_program, paths), "")


def matching(folder: str, pattern: str) -> list[str]:
    """Return the paths in a folder whose names match a pattern, sorted; without hidden ones.

    Raises OSError: it cannot be read.
    """
    names = (name for name in os.listdir(folder) if not name.startswith("."))
    return [os.path.join(folder, name) for name in sorted(names) if fnmatchcase(name, pattern)]


def walk(top: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield what os.walk() does; raises OSError if a folder cannot be read."""

    def refuse(error: OSError) -> None:
        raise error

    return os.walk(top, onerror=refuse)
