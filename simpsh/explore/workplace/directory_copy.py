"""Copies of small directories: with hard links, symbolic links, FIFOs, times, modes and owners."""

from __future__ import annotations

import errno
import os
import shutil
import stat

MOST_BYTES = 10_000_000
MOST_FILES = 2000
PREFIX = "simpsh-explored-"
"""The beginning of the names of copies, which are not copied themselves."""


def can_be_copied(directory: str) -> bool:
    """Return whether a directory is readable and small enough to be copied for each run."""
    total = files = 0
    todo = [directory]
    try:
        while todo:
            for entry in _entries(todo.pop()):
                files += 1
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
                    if not os.access(entry.path, os.R_OK):
                        return False
            if total > MOST_BYTES or files > MOST_FILES:
                return False
    except OSError:
        return False
    return True


def copy_small(source: str, target: str) -> None:
    """Copy all entries of a directory; raises OSError: it is too large, or cannot be read."""
    if not can_be_copied(source):
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), source)
    copy_entries(source, target)


def _entries(directory: str) -> list[os.DirEntry[str]]:
    """Return the entries of a directory sorted by name, without workplaces of explorers."""
    with os.scandir(directory) as scanned:
        entries = [
            entry
            for entry in scanned
            if not (entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False))
        ]
    return sorted(entries, key=lambda entry: entry.name)


def copy_entries(source: str, target: str, names: dict[tuple[int, int], str] | None = None) -> None:
    """Copy all entries of a directory; devices only with the privilege to make them.

    `names` maps the device and inode of each file with several hard links to the file's copy.
    Raises OSError: an entry cannot be read, or there is no room.
    """
    names = {} if names is None else names
    for entry in _entries(source):
        copy = os.path.join(target, entry.name)
        status = entry.stat(follow_symlinks=False)
        key = status.st_dev, status.st_ino
        if key in names:
            os.link(names[key], copy, follow_symlinks=False)
            continue
        if stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(entry.path), copy)
        elif stat.S_ISDIR(status.st_mode):
            os.mkdir(copy)
            copy_entries(entry.path, copy, names)
        elif stat.S_ISREG(status.st_mode):
            shutil.copyfile(entry.path, copy)
        else:
            try:
                os.mknod(copy, status.st_mode, status.st_rdev)
            except PermissionError:
                continue
        _copy_status(status, entry.path, copy)
        if not stat.S_ISDIR(status.st_mode) and status.st_nlink > 1:
            names[key] = copy
    _copy_status(os.stat(source), source, target)


def _copy_status(status: os.stat_result, source: str, target: str) -> None:
    if os.geteuid() == 0:
        os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
    shutil.copystat(source, target, follow_symlinks=not stat.S_ISLNK(status.st_mode))


def empty(directory: str) -> None:
    """Remove the contents of a directory, even if its modes forbid that."""
    os.chmod(directory, 0o700)
    with os.scandir(directory) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                empty(entry.path)
                os.rmdir(entry.path)
            else:
                os.unlink(entry.path)
