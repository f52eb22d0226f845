"""The standard input of runs, and the choice of their workplace.

A pipe or file is recorded, and each run reads the record from a pipe. /dev/null replaces anything
else, such as a terminal.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress

from simpsh.base.errors import UsageProblem
from simpsh.explore.workplace.directory_copy import DirectoryCopy
from simpsh.explore.workplace.private_world import PrivateWorkplace, current_world
from simpsh.kernel import descriptors

_MOST_BYTES, _BLOCK = 1_000_000, 65536
RECORDED = "all that its standard input brings is there from the beginning"
EMPTY = "its standard input is /dev/null instead of the present one (< FILE gives it another)"


class StandardInput:
    """A descriptor of the explorer whose bytes each run gets as its standard input."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.recorded: bytes | None = None
        """The bytes of a pipe or file; None until it has been read to its end."""
        is_open = descriptors.is_open(descriptor) and not descriptors.is_placeholder(descriptor)
        mode = os.fstat(descriptor).st_mode if is_open else 0
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL) if is_open else 0
        # Only a blocking pipe that this process cannot write to can be read to its end.
        is_pipe = stat.S_ISFIFO(mode) and not flags & (os.O_ACCMODE | os.O_NONBLOCK)
        self.is_recorded = is_pipe or (stat.S_ISREG(mode) and not flags & os.O_WRONLY)
        is_null = os.path.realpath(f"/proc/self/fd/{descriptor}") == os.devnull
        self.is_replaced = not (self.is_recorded or is_null)
        """Whether runs get /dev/null instead, because what the input brings cannot be recorded."""

    def record(self) -> bytes:
        """Read it to its end, and return its bytes; raise UsageProblem if they are too many."""
        self.recorded = b""
        while piece := descriptors.read(self.descriptor, _BLOCK):
            self.recorded += piece
            if len(self.recorded) > _MOST_BYTES:
                raise UsageProblem("the standard input is longer than 1 MB, which is too much")
        return self.recorded


class RunInput:
    """The standard input of runs, which begins again for each run: a pipe, or /dev/null."""

    def __init__(self, source: StandardInput | None) -> None:
        self._source = source if source is not None and source.is_recorded else None
        if self._source is not None:
            pipe = descriptors.pipe2()
            descriptors.close(pipe.write_end)
            self.descriptor = pipe.read_end
        else:
            self.descriptor = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self.target = os.readlink(f"/proc/self/fd/{self.descriptor}")
        """The target of the descriptor's link in /proc."""

    def renew(self) -> None:
        """Make the input begin again."""
        data = self._source.recorded if self._source is not None else None
        if data is None:
            return
        again = f"/proc/self/fd/{self.descriptor}"
        drain = os.open(again, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with suppress(BlockingIOError):
            while os.read(drain, _BLOCK):
                pass
        descriptors.close(drain)
        writing = os.open(again, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if len(data) > _BLOCK:
            with suppress(PermissionError):  # too large for an unprivileged user
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, len(data))
        written = os.write(writing, data)
        descriptors.close(writing)
        if written < len(data):
            raise UsageProblem("the standard input does not fit into a pipe of this machine")

    def take(self) -> None:
        """Record the input before the first process reads it."""
        if self._source is not None and self._source.recorded is None:
            self._source.record()
            self.renew()

    def close(self) -> None:
        """Close the descriptor."""
        descriptors.close(self.descriptor)


Workplace = DirectoryCopy | PrivateWorkplace
"""The directory in which runs begin."""


def workplace_of(directory: str) -> Workplace:
    """Return the workplace of runs: the directory in the private world, or copies of it."""
    world = current_world()
    return DirectoryCopy(directory) if world is None else PrivateWorkplace(world, directory or "/")
