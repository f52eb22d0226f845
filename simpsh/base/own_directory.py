"""A directory for a submission's processes, and its removal, whatever they have made of it.

A tree may be deeper than a stack of calls or a path may be. So it is flattened while it is removed:
what lies in a folder of the top is moved to the top.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def own_directory(prefix: str) -> Iterator[str]:
    """Yield a new directory, which is removed afterwards, with all that is in it then."""
    directory = tempfile.mkdtemp(prefix=prefix)
    try:
        yield directory
    finally:
        remove_tree(directory)


def remove_tree(top: str) -> None:
    """Remove a directory that no process uses any more; what cannot be removed is left."""
    numbers = itertools.count()
    has_more = True
    while has_more:
        has_more = False
        for entry in _entries(top):
            if entry.is_dir(follow_symlinks=False):
                has_more |= _empty(entry.path, top, numbers)
            else:
                with suppress(OSError):
                    os.unlink(entry.path)
    with suppress(OSError):
        os.rmdir(top)


def _empty(folder: str, top: str, numbers: Iterator[int]) -> bool:
    """Remove a folder of the top, moving its folders there; return whether any was moved."""
    is_moved = False
    with suppress(OSError):
        os.chmod(folder, 0o700)
    for entry in _entries(folder):
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                # To move a directory changes its `..`: who is not root must be able to write to it.
                os.chmod(entry.path, 0o700)
                os.rename(entry.path, os.path.join(top, f".moved-{os.getpid()}-{next(numbers)}"))
                is_moved = True
            else:
                os.unlink(entry.path)
    with suppress(OSError):
        os.rmdir(folder)
    return is_moved


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []
