"""Files in /dev/shm, as shm_open and sem_open make them: names that stand for shared memory.

A name is a place as a word of memory is: to open it is to load it, to make or remove it is to
store to it. The size of a file is a place behind all its bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from simpsh.explore.operations.memory_steps import Place

FOLDER = "/dev/shm/"
SIZE_AT = 1 << 40
"""The place of a file's size among its bytes."""


def is_memory_file(path: str) -> bool:
    """Return whether a path is that of a file right in /dev/shm.

    >>> is_memory_file("/dev/shm/sem.door"), is_memory_file("/dev/shm/a/b")
    (True, False)
    """
    return path.startswith(FOLDER) and "/" not in path[len(FOLDER) :]


class MemoryFileOperation(Place):
    """About a file in /dev/shm; its name or its size is the place."""

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.region,)


class OpenMemoryFile(MemoryFileOperation):
    """Opens a name; the result is the region that it stands for, or -errno."""

    flags: int
    makes: str
    """What a region is called that this makes."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        is_new = self.flags & os.O_EXCL
        return f"makes {self.region}" if is_new else f"opens {self.region} (O_CREAT)"


class FindMemoryFile(OpenMemoryFile):
    """Opens a name if there is such a file, and changes nothing."""

    stores = False

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"opens {self.region}"


class LinkMemoryFile(MemoryFileOperation):
    """Gives a file that it has made, and that no other process can know, a name."""

    target: str
    contents: bytes

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"makes {self.region}"


class UnlinkMemoryFile(MemoryFileOperation):
    """Removes a name."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"removes {self.region}"


class SetMemorySize(MemoryFileOperation):
    """Sets the size of a file, by its descriptor."""

    size: int

    is_whole = True

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"sets the size of shared memory to {self.size} bytes"


class AskMemorySize(MemoryFileOperation):
    """Asks for the size of a file, by its descriptor; the result is the size."""

    stores = False

    _said = "asks for the size of shared memory"
