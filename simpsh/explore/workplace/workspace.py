"""The copied directory for runs without a private world, and the standard input of runs.

Each run begins in a fresh copy at the same path; see directory_copy. A large directory is not
copied: the program works in it, and is stopped before it changes anything. A guard process removes
the copy however the explorer ends.

The standard input is of the same kind as the explorer's. A file is opened again for each run. A
pipe is recorded, and each run reads the record from a pipe. A terminal is always at end of file.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

from simpsh import console
from simpsh.base.errors import UsageProblem
from simpsh.explore.flags import Flag
from simpsh.explore.workplace.directory_copy import PREFIX, can_be_copied, copy_entries, empty
from simpsh.explore.workplace.private_world import PrivateWorkplace, current_world
from simpsh.kernel import descriptors, landlock
from simpsh.kernel.processes import set_no_new_privs
from simpsh.process.own_directory import GuardedDirectory

MOST_INPUT_BYTES = 1_000_000
RECORDED = "all that its standard input brings is there from the beginning"
AT_ITS_END = "nothing is typed at its terminal (each read finds the end; < FILE gives it input)"
EMPTY = "its standard input is /dev/null instead of the present one (< FILE gives it another)"
_BLOCK = 65536
_TICK_SECONDS = 0.011
_END, _ENDS_TYPED = b"\4", 200


class StandardInput:
    """A descriptor of the explorer that each run gets as its standard input."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.recorded: bytes | None = None
        """The bytes of a pipe; None until it has been read to its end."""
        self.is_closed = descriptors.is_placeholder(descriptor) or not descriptors.is_open(
            descriptor
        )
        mode = 0 if self.is_closed else os.fstat(descriptor).st_mode
        flags = 0 if self.is_closed else fcntl.fcntl(descriptor, fcntl.F_GETFL)
        # Only a blocking pipe that this process cannot write to can be read to its end.
        self.is_pipe = stat.S_ISFIFO(mode) and not flags & (os.O_ACCMODE | os.O_NONBLOCK)
        self.is_file = stat.S_ISREG(mode)
        self.is_terminal = stat.S_ISCHR(mode) and os.isatty(descriptor)
        is_null = os.path.realpath(f"/proc/self/fd/{descriptor}") == os.devnull
        is_kept = self.is_closed or self.is_pipe or self.is_file or self.is_terminal or is_null
        self.is_replaced = not is_kept
        """Whether runs get /dev/null instead, because what the input brings cannot be recorded."""
        self.offset = os.lseek(descriptor, 0, os.SEEK_CUR) if self.is_file else 0
        self.path = os.readlink(f"/proc/self/fd/{descriptor}") if self.is_file else ""
        """The path of a file; empty if it was removed, or the input is not a regular file."""
        exists = os.path.exists(self.path)
        if not (exists and os.path.samestat(os.stat(self.path), os.fstat(descriptor))):
            self.path = ""

    def record(self) -> None:
        """Read the pipe to its end; raise UsageProblem if it is too long."""
        self.recorded = b""
        while piece := descriptors.read(self.descriptor, _BLOCK):
            self.recorded += piece
            if len(self.recorded) > MOST_INPUT_BYTES:
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
        self._typing = -1
        path, flags = "/dev/null", os.O_RDONLY
        if source is not None and not (source.is_closed or source.is_file):
            flags = fcntl.fcntl(source.descriptor, fcntl.F_GETFL) & _FLAGS_OF_INPUT
        self.is_in_copy = False
        """Whether the input is a file in the copy, and must be opened again in each new copy."""
        if source is not None and source.is_file:
            path = f"/proc/self/fd/{source.descriptor}"
            is_below = bool(original) and source.path.startswith(original + "/")
            self.is_in_copy = bool(source.path) and (current_world() is not None or is_below)
            if self.is_in_copy:
                below = os.path.join(copy, source.path[len(original) + 1 :])
                path = below if is_below else source.path
                flags = fcntl.fcntl(source.descriptor, fcntl.F_GETFL) & _FLAGS_OF_INPUT
            elif current_world() is not None and not source.path:
                # Copy the file: the program could write to the original through /proc/self/fd/0.
                number, name = tempfile.mkstemp()
                self._closing.callback(descriptors.close, number)
                shutil.copyfile(path, name)
                os.unlink(name)
                path = f"/proc/self/fd/{number}"
        if source is not None and source.is_terminal:
            self._typing, self.descriptor = os.openpty()
            self._closing.callback(descriptors.close, self._typing)
            termios.tcsetattr(
                self.descriptor, termios.TCSANOW, termios.tcgetattr(source.descriptor)
            )
        elif source is not None and source.is_pipe:
            pipe = descriptors.pipe2()
            descriptors.close(pipe.write_end)
            self.descriptor = pipe.read_end
        else:
            self.descriptor = os.open(path, flags | os.O_CLOEXEC)
        self._closing.callback(descriptors.close, self.descriptor)
        self.target = os.readlink(f"/proc/self/fd/{self.descriptor}")
        """The target of the descriptor's link in /proc."""

    def renew(self) -> None:
        """Make the input begin again."""
        source = self._source
        if source is None:
            return
        if source.is_file:
            os.lseek(self.descriptor, source.offset, os.SEEK_SET)
        elif source.is_terminal:
            attributes = termios.tcgetattr(source.descriptor)
            attributes[3] |= termios.ICANON
            attributes[6][termios.VEOF] = _END
            termios.tcsetattr(self.descriptor, termios.TCSAFLUSH, attributes)
            os.write(self._typing, _END * _ENDS_TYPED)
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


_FLAGS_OF_INPUT = os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK
_WRITABLE = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/pts")


class Workspace:
    """The copy of a directory that runs use in turn if there is no private world.

    Args:
        original: the directory; a first copy is made at once, so that later changes to it do not
            matter. An empty string stands for an empty directory.

    Raises UsageProblem: the directory cannot be copied.
    """

    is_private = False
    renewals = 0
    """Files are restored in the same directory: no process must enter it again."""

    def __init__(self, original: str) -> None:
        self._original = original
        self.device = os.stat(original or "/").st_dev
        self.is_copied = is_copied = not original or can_be_copied(original)
        """Whether the directory is copied; if not, runs use the original and must not change it."""
        # The clock of the file system is at most one tick late.
        self.made = time.time() - _TICK_SECONDS
        """When the workspace was made. Later times come from runs, or from copying (atime)."""
        self._guarded = GuardedDirectory(PREFIX)
        self.root = self._guarded.path
        """The directory that holds the copies."""
        self._first = os.path.join(self.root, "first")
        self.directory = os.path.join(self.root, "copy")
        os.mkdir(self._first)
        os.mkdir(self.directory)
        if not is_copied:
            self.directory = original
        try:
            if original and is_copied:
                copy_entries(original, self._first)
        except OSError as error:
            self.close()
            raise UsageProblem(console.in_words(error)) from None
        self.is_fresh = False
        """Whether the copy equals the original; runs that change files reset this."""

    def refresh(self) -> bool:
        """Restore the original files; return whether any file might have changed."""
        if self.is_fresh:
            return False
        if self.is_copied:
            empty(self.directory)
            copy_entries(self._first, self.directory)
        self.is_fresh = True
        return True

    def settle(self) -> None:
        """Do nothing: a copy keeps its directory."""

    def confine(self) -> None:
        """Forbid this process to change or signal anything outside, if the kernel has Landlock."""
        if landlock.version():
            set_no_new_privs()
            landlock.restrict_self(("/",), (self.root, *filter(os.path.exists, _WRITABLE)))

    def forbids(self, path: str) -> bool:
        """Return whether Landlock forbids to write to a file that the kernel provides."""
        return not any(path == each or path.startswith(f"{each}/") for each in _WRITABLE)

    def links_of(self, directory: str, links: int) -> int:
        """Return how many names a directory has outside, where there is no workspace in it."""
        return links - (directory == os.path.dirname(self.root) and links > 1)

    def mount_flags(self, path: str) -> int:
        """Return the flags that statvfs(3) shows for the mount of the original file."""
        return os.statvfs(path if self.is_as_outside(path) else self._original or "/").f_flag

    def is_as_outside(self, path: str) -> bool:
        """Return whether a file is the original one, because it is not in the copy."""
        return not path.startswith(self.root)

    def refuses(self, call: str, *paths: str) -> Iterator[Flag]:  # noqa: ARG002
        """Yield nothing: a copy has the links of the original and can be changed."""
        return iter(())

    def differs(self, path: str) -> Iterator[Flag]:  # noqa: ARG002
        """Yield nothing: outside the copy, each path leads to the original."""
        return iter(())

    def lacks(self, directory: str) -> Iterator[Flag]:  # noqa: ARG002
        """Yield nothing: a copy has all entries."""
        return iter(())

    def is_of_outside(self, path: str) -> bool:  # noqa: ARG002
        """Return False: locks are modelled, and FIFOs outside are refused elsewhere."""
        return False

    def hides_owner(self, path: str) -> bool:
        """Return whether the copy of a file has a different owner from the original."""
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


class OriginalDirectory:
    """The directory itself, for runs that change nothing; the kernel refuses each change."""

    is_private = False

    def __init__(self, directory: str) -> None:
        self.directory = directory or "/"
        self.is_fresh = True
        """Not used: the files are always the original ones."""

    def refresh(self) -> bool:
        """Return False: no file has changed."""
        return False

    def confine(self) -> None:
        """Forbid this process to change anything."""
        set_no_new_privs()
        landlock.restrict_self(("/",), tuple(filter(os.path.exists, _WRITABLE)))

    def close(self) -> None:
        """Do nothing: there is no copy."""


def workplace_of(directory: str) -> Workspace | PrivateWorkplace:
    """Return the workplace of runs: the directory in the private world, or copies of it."""
    world = current_world()
    if world is not None:
        return PrivateWorkplace(world, directory or "/")
    return Workspace(directory)
