"""A copied directory for runs without a private world.

Each run begins in a fresh copy at the same path, with symbolic links, FIFOs, times and modes. A
directory that is large, or holds something else, is not copied: the program works in it, and is
stopped before it changes anything. A guard process removes the copy however the explorer ends.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator

from simpsh import console
from simpsh.base.errors import UsageProblem
from simpsh.explore.flags import Flag
from simpsh.explore.workplace.run_limits import TICK_SECONDS
from simpsh.kernel import landlock
from simpsh.kernel.processes import set_no_new_privs
from simpsh.process.own_directory import GuardedDirectory

_MOST_BYTES, _MOST_FILES = 10_000_000, 2000
_PREFIX = "simpsh-explored-"
"""The beginning of the names of copies, which are not copied themselves."""
_WRITABLE = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/pts")


class DirectoryCopy:
    """The copy of a directory that runs use in turn if there is no private world.

    Args:
        original: the directory; a first copy is made at once, so that later changes to it do not
            matter. An empty string stands for an empty directory.

    Raises UsageProblem: the directory cannot be copied.
    """

    is_private = False
    """Whether runs have the caller's paths, and change nothing outside."""

    def __init__(self, original: str) -> None:
        self.is_copied = not original or can_be_copied(original)
        """Whether runs may change the directory."""
        self.is_fresh = False
        """Whether the files are the original ones; runs that change files reset this."""
        self.made = time.time() - TICK_SECONDS
        """When it was made; all later changes to files were made by runs."""
        self._guarded = GuardedDirectory(_PREFIX)
        self.root = self._guarded.path
        self._first = os.path.join(self.root, "first")
        copy = os.path.join(self.root, "copy")
        os.mkdir(self._first)
        os.mkdir(copy)
        self.directory = copy if self.is_copied else original
        try:
            if original and self.is_copied:
                _copy_tree(original, self._first)
        except OSError as error:
            self.close()
            raise UsageProblem(console.in_words(error)) from None

    def refresh(self) -> None:
        """Restore the original files, if any might have changed."""
        if self.is_fresh:
            return
        if self.is_copied:
            _empty(self.directory)
            _copy_tree(self._first, self.directory)
        self.is_fresh = True

    def confine(self) -> None:
        """Forbid this process to change or signal anything outside, if the kernel has Landlock."""
        if landlock.version():
            set_no_new_privs()
            landlock.restrict_self(("/",), (self.root, *filter(os.path.exists, _WRITABLE)))

    def forbids(self, path: str) -> bool:
        """Return whether Landlock forbids to write to a file that the kernel provides."""
        return not any(path == each or path.startswith(f"{each}/") for each in _WRITABLE)

    def is_as_outside(self, path: str) -> bool:
        """Return whether a file is the original one."""
        return not path.startswith(self.root)

    def refuses(self, _call: str, *_paths: str) -> Iterator[Flag]:
        """Yield nothing: a copy acts as the directory outside."""
        return iter(())

    def differs(self, _path: str, *, is_listed: bool = False) -> Iterator[Flag]:  # noqa: ARG002
        """Yield nothing: all paths lead to what they lead to outside."""
        return iter(())

    def is_of_outside(self, _path: str) -> bool:
        """Return False: no file can only be read here."""
        return False

    def close(self) -> None:
        """Remove the copy."""
        self._guarded.close()


def can_be_copied(directory: str) -> bool:
    """Return whether a directory is small, and a copy shows everything in it.

    A copy has no devices, and no file with several names.
    """
    total = files = 0
    try:
        for where, folders, names in os.walk(directory, onerror=_raise):
            folders[:] = [name for name in folders if not name.startswith(_PREFIX)]
            files += len(folders) + len(names)
            for name in names:
                path = os.path.join(where, name)
                facts = os.lstat(path)
                is_file = stat.S_ISREG(facts.st_mode)
                is_other = stat.S_ISLNK(facts.st_mode) or stat.S_ISFIFO(facts.st_mode)
                if facts.st_nlink > 1 or not (is_other or (is_file and os.access(path, os.R_OK))):
                    return False
                total += facts.st_size
            if total > _MOST_BYTES or files > _MOST_FILES:
                return False
    except OSError:
        return False
    return True


def _raise(error: OSError) -> None:
    raise error


def _copy_tree(source: str, target: str) -> None:
    """Copy all entries of a directory that can be copied, with their modes and times."""
    own = shutil.ignore_patterns(f"{_PREFIX}*")
    shutil.copytree(
        source, target, symlinks=True, ignore=own, copy_function=_copy_file, dirs_exist_ok=True
    )


def _copy_file(source: str, target: str) -> None:
    if stat.S_ISFIFO(os.stat(source).st_mode):
        os.mkfifo(target)
    else:
        shutil.copyfile(source, target)
    shutil.copystat(source, target)


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
