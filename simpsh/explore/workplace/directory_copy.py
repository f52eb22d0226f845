"""A copied directory for runs without a private world; copies of small directories.

Each run begins in a fresh copy at the same path: with hard links, symbolic links, FIFOs, times,
modes and owners. A large directory is not copied: the program works in it, and is stopped before it
changes anything. A guard process removes the copy however the explorer ends.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from contextlib import suppress

from simpsh import console
from simpsh.base.errors import UsageProblem
from simpsh.explore.workplace.workplace import TICK_SECONDS, Workplace
from simpsh.kernel import landlock
from simpsh.kernel.processes import set_no_new_privs
from simpsh.process.own_directory import GuardedDirectory

_MOST_BYTES, _MOST_FILES = 10_000_000, 2000
_PREFIX = "simpsh-explored-"
"""The beginning of the names of copies, which are not copied themselves."""
_WRITABLE = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/pts")


class Workspace(Workplace):
    """The copy of a directory that runs use in turn if there is no private world.

    Args:
        original: the directory; a first copy is made at once, so that later changes to it do not
            matter. An empty string stands for an empty directory.

    Raises UsageProblem: the directory cannot be copied.
    """

    def __init__(self, original: str) -> None:
        self._original = original
        self.is_copied = not original or can_be_copied(original)
        self.made = time.time() - TICK_SECONDS
        self._guarded = GuardedDirectory(_PREFIX)
        super().__init__(self._guarded.path, original or "/")
        self._first = os.path.join(self.root, "first")
        copy = os.path.join(self.root, "copy")
        os.mkdir(self._first)
        os.mkdir(copy)
        self.directory = copy if self.is_copied else original
        try:
            if original and self.is_copied:
                _copy_entries(original, self._first, {})
        except OSError as error:
            self.close()
            raise UsageProblem(console.in_words(error)) from None

    def refresh(self) -> bool:
        """Restore the original files; return whether any might have changed."""
        if self.is_fresh:
            return False
        if self.is_copied:
            _empty(self.directory)
            _copy_entries(self._first, self.directory, {})
        self.is_fresh = True
        return True

    def confine(self) -> None:
        """Forbid this process to change or signal anything outside, if the kernel has Landlock."""
        if landlock.version():
            set_no_new_privs()
            landlock.restrict_self(("/",), (self.root, *filter(os.path.exists, _WRITABLE)))

    def forbids(self, path: str) -> bool:
        """Return whether Landlock forbids to write to a file that the kernel provides."""
        return not any(path == each or path.startswith(f"{each}/") for each in _WRITABLE)

    def links_of(self, directory: str, links: int) -> int:
        """Return how many names a directory has if there is no workspace in it."""
        return links - (directory == os.path.dirname(self.root) and links > 1)

    def is_as_outside(self, path: str) -> bool:
        """Return whether a file is the original one."""
        return not path.startswith(self.root)

    def hides_owner(self, path: str) -> bool:
        """Return whether the copy of a file has another owner than the original."""
        if os.geteuid() == 0 or not self.is_copied or self.is_as_outside(path):
            return False
        with suppress(OSError):
            original = os.path.join(self._original, os.path.relpath(path, self.directory))
            outside, copy = os.lstat(original), os.lstat(path)
            return (outside.st_uid, outside.st_gid) != (copy.st_uid, copy.st_gid)
        return False

    def close(self) -> None:
        """Remove the copy."""
        self._guarded.close()


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
            if total > _MOST_BYTES or files > _MOST_FILES:
                return False
    except OSError:
        return False
    return True


def _entries(directory: str) -> list[os.DirEntry[str]]:
    """Return the entries of a directory sorted by name, without workplaces of explorers."""
    with os.scandir(directory) as scanned:
        entries = [
            entry
            for entry in scanned
            if not (entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False))
        ]
    return sorted(entries, key=lambda entry: entry.name)


def _copy_entries(source: str, target: str, names: dict[tuple[int, int], str]) -> None:
    """Copy all entries of a directory; devices only with the privilege to make them.

    `names` maps the device and inode of each file with several hard links to the file's copy.
    Raises OSError: an entry cannot be read, or there is no room.
    """
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
            _copy_entries(entry.path, copy, names)
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


def _empty(directory: str) -> None:
    """Remove the contents of a directory, even if its modes forbid that."""
    os.chmod(directory, 0o700)
    with os.scandir(directory) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                _empty(entry.path)
                os.rmdir(entry.path)
            else:
                os.unlink(entry.path)
