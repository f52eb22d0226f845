"""The standard input of runs, and the choice of their workplace.

The standard input is of the same kind as the explorer's. A file is opened again for each run. A
pipe is recorded, and each run reads the record from a pipe. /dev/null replaces a terminal.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import ExitStack, suppress

from simpsh.base.errors import UsageProblem
from simpsh.explore.workplace.directory_copy import Workspace
from simpsh.explore.workplace.private_world import PrivateWorkplace, current_world
from simpsh.explore.workplace.workplace import Workplace
from simpsh.kernel import descriptors

_MOST_BYTES, _BLOCK = 1_000_000, 65536
RECORDED = "all that its standard input brings is there from the beginning"
EMPTY = "its standard input is /dev/null instead of the present one (< FILE gives it another)"
_KEPT_FLAGS = os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK


class StandardInput:
    """A descriptor of the explorer that each run gets as its standard input."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.recorded: bytes | None = None
        """The bytes of a pipe; None until it has been read to its end."""
        is_open = descriptors.is_open(descriptor) and not descriptors.is_placeholder(descriptor)
        self.is_closed = not is_open
        mode = os.fstat(descriptor).st_mode if is_open else 0
        self.flags = fcntl.fcntl(descriptor, fcntl.F_GETFL) & _KEPT_FLAGS if is_open else 0
        # Only a blocking pipe that this process cannot write to can be read to its end.
        is_read = not self.flags & (os.O_ACCMODE | os.O_NONBLOCK)
        self.is_pipe = stat.S_ISFIFO(mode) and is_read
        self.is_file = stat.S_ISREG(mode)
        link = f"/proc/self/fd/{descriptor}"
        is_kept = self.is_closed or self.is_pipe or self.is_file
        self.is_replaced = not is_kept and os.path.realpath(link) != os.devnull
        """Whether runs get /dev/null instead, because what the input brings cannot be recorded."""
        self.offset = os.lseek(descriptor, 0, os.SEEK_CUR) if self.is_file else 0
        self.path = os.readlink(link) if self.is_file else ""
        """The path of a file; empty if it was removed, or the input is not a regular file."""
        exists = os.path.exists(self.path)
        if not (exists and os.path.samestat(os.stat(self.path), os.fstat(descriptor))):
            self.path = ""

    def record(self) -> None:
        """Read the pipe to its end; raise UsageProblem if it is too long."""
        self.recorded = b""
        while piece := descriptors.read(self.descriptor, _BLOCK):
            self.recorded += piece
            if len(self.recorded) > _MOST_BYTES:
                raise UsageProblem("the standard input is longer than 1 MB, which is too much")


class RunInput:
    """The standard input of runs, which begins again for each run.

    Args:
        source: the input; None for /dev/null.
        original, copy: the program's directory, and the copy that runs work in.
    """

    def __init__(self, source: StandardInput | None, original: str, copy: str) -> None:
        self._source = source
        self._closing = ExitStack()
        self.is_in_copy = False
        """Whether the input is a file in the copy, and must be opened again in each new copy."""
        if source is not None and source.is_pipe:
            pipe = descriptors.pipe2()
            descriptors.close(pipe.write_end)
            self.descriptor = pipe.read_end
        elif source is not None and source.is_file:
            self.descriptor = self._open_file(source, original, copy)
        else:
            flags = 0 if source is None or source.is_closed else source.flags
            self.descriptor = os.open(os.devnull, flags | os.O_CLOEXEC)
        self._closing.callback(descriptors.close, self.descriptor)
        self.target = os.readlink(f"/proc/self/fd/{self.descriptor}")
        """The target of the descriptor's link in /proc."""

    def _open_file(self, source: StandardInput, original: str, copy: str) -> int:
        path, flags = f"/proc/self/fd/{source.descriptor}", os.O_RDONLY
        is_private = current_world() is not None
        is_below = bool(original) and source.path.startswith(original + "/")
        self.is_in_copy = bool(source.path) and (is_private or is_below)
        if self.is_in_copy:
            below = os.path.join(copy, source.path[len(original) + 1 :])
            path, flags = below if is_below else source.path, source.flags
        elif is_private:
            # Copy the file: the program could write to the original through /proc/self/fd/0.
            number, name = tempfile.mkstemp()
            self._closing.callback(descriptors.close, number)
            shutil.copyfile(path, name)
            os.unlink(name)
            path = f"/proc/self/fd/{number}"
        return os.open(path, flags | os.O_CLOEXEC)

    def renew(self) -> None:
        """Make the input begin again."""
        source = self._source
        if source is None:
            return
        if source.is_file:
            os.lseek(self.descriptor, source.offset, os.SEEK_SET)
        elif (data := source.recorded) is not None:
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
        """Record a pipe before the first process reads it."""
        if self._source is not None and self._source.is_pipe and self._source.recorded is None:
            self._source.record()
            self.renew()

    def close(self) -> None:
        """Close the descriptors."""
        self._closing.close()


def workplace_of(directory: str) -> Workplace:
    """Return the workplace of runs: the directory in the private world, or copies of it."""
    world = current_world()
    return Workspace(directory) if world is None else PrivateWorkplace(world, directory or "/")
