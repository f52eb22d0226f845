"""What runs work in, one after the other: a copy of a directory; and the input that each is given.

Each run begins in a fresh copy, in memory (/dev/shm) where there is such a place; its path is the
same for all runs. A large directory is not copied: what a program writes goes to a layer above it
(overlayfs, in a mount namespace of the explorer's own), or, where that is not permitted, the
program works in the directory itself and is stopped before it changes anything. A guard process
removes the copy when the explorer ends, however that happens: it waits for end of file on a pipe
whose only write end the explorer holds.

The standard input is recorded once: a file in memory, which each run reads from its beginning.
What comes through a pipe is waited for only when the program reads it: the pipe may never end, and
the program never read.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from simpsh.base.errors import UsageProblem
from simpsh.explore.model.symbolic_names import RECORDED_INPUT
from simpsh.kernel import descriptors, namespaces
from simpsh.kernel.descriptors import LOCK_EX, LOCK_NB, flock, memfd_create
from simpsh.kernel.processes import exit_now, fork, setsid
from simpsh.kernel.signals import ALL, SIG_BLOCK, sigprocmask
from simpsh.kernel.wait_calls import waitpid

MOST_INPUT_BYTES = 1_000_000
RECORDED = "reads its standard input, which was recorded and is a file here"
EMPTY = "reads its standard input, which is empty here; to give it one, write < FILE"
_BLOCK = 65536


class StandardInput:
    """What comes from a descriptor, given to each run."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._memory = memfd_create(RECORDED_INPUT.removeprefix("/memfd:"))
        self._is_taken = False
        try:
            mode = os.fstat(source).st_mode
        except OSError:
            mode = 0  # it is closed
        self.is_empty = not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode))
        if stat.S_ISREG(mode):
            self.take()

    def open(self) -> int:
        """Return a new descriptor at its beginning, to be closed by the caller."""
        return os.open(f"/proc/self/fd/{self._memory}", os.O_RDONLY | os.O_CLOEXEC)

    def take(self) -> None:
        """Record it, if that is not done yet: wait for its end.

        Raises:
            UsageProblem: there is too much of it.
        """
        if self._is_taken or self.is_empty:
            return
        self._is_taken = True
        total = 0
        while piece := descriptors.read(self._source, _BLOCK):
            total += len(piece)
            if total > MOST_INPUT_BYTES:
                raise UsageProblem("the standard input is longer than 1 MB, which is too much")
            descriptors.write_all(self._memory, piece)

    def close(self) -> None:
        """Forget it."""
        descriptors.close(self._memory)


@contextmanager
def input_of(given: StandardInput | None) -> Iterator[int]:
    """Yield a descriptor for a program to read from, and close it; /dev/null for nothing."""
    if given is None:
        opened = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    else:
        opened = given.open()
    try:
        yield opened
    finally:
        descriptors.close(opened)


COPIED, LAYERED, IN_PLACE = "copied", "layered", "in place"
"""How runs get their directory: a copy, a layer above it, itself."""

MOST_BYTES = 10_000_000
MOST_FILES = 2000
_PREFIX, _FORGOTTEN_SECONDS = "simpsh-explored-", 60
_SHARED_MEMORY = "/dev/shm"


def can_be_copied(directory: str) -> bool:
    """Return whether a directory is small enough to be copied for each run, and can be read."""
    total = files = 0
    todo = [directory]
    try:
        while todo:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
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


def begin_layers() -> str:
    """Enter a mount namespace in which a layer can be put above a directory, for good.

    Returns:
        LAYERED; IN_PLACE where this system does not permit that.

    See mount_namespaces(7), user_namespaces(7).
    """
    try:
        namespaces.enter_mount_namespace()
        with tempfile.TemporaryDirectory(dir=_place()) as folder:
            _put_layer(folder, folder)
            namespaces.unmount(os.path.join(folder, "copy"))
    except OSError:
        return IN_PLACE
    return LAYERED


def _place() -> str | None:
    return _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None


def _put_layer(original: str, root: str) -> None:
    """Mount an empty layer above a directory, at `copy` in `root`."""
    parts = [os.path.join(root, name) for name in ("upper", "work", "copy")]
    for part in parts:
        os.makedirs(part, exist_ok=True)
    upper, work, copy = parts
    lower = "".join(f"\\{sign}" if sign in "\\,:" else sign for sign in original)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    try:
        namespaces.mount("overlay", copy, 0, options)
    except OSError:
        namespaces.mount("overlay", copy, 0, f"{options},userxattr")


class Workspace:
    """The copy of a directory that runs work in, one after the other.

    Args:
        original: the directory, of which a first copy is made at once, so that later changes to
            it do not matter; empty for an empty one.
        how: COPIED; LAYERED, after begin_layers(); or IN_PLACE.

    Raises:
        UsageProblem: it cannot be copied.
    """

    def __init__(self, original: str, how: str = COPIED) -> None:
        place = _place()
        self._original = original
        self.how = how
        _remove_forgotten(place or tempfile.gettempdir())
        self.root = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        """Where all of it is."""
        self._lock = os.open(self.root, os.O_RDONLY | os.O_CLOEXEC)
        flock(self._lock, LOCK_EX | LOCK_NB)
        pipe = descriptors.pipe2()
        pid = fork()
        if pid == 0:  # in the child
            try:
                # Neither a key of the terminal nor its end may stop it before its task is done.
                sigprocmask(SIG_BLOCK, ALL)
                setsid()
                os.closerange(0, pipe.read_end)
                os.closerange(pipe.read_end + 1, 1 << 16)
                while descriptors.read(pipe.read_end, 1):
                    pass
                with suppress(OSError):
                    namespaces.unmount(os.path.join(self.root, "copy"))
                shutil.rmtree(self.root, ignore_errors=True)
            finally:
                exit_now(0)
        descriptors.close(pipe.read_end)
        self._guard, self._line = pid, pipe.write_end
        self._first = os.path.join(self.root, "first")
        self.directory = os.path.join(self.root, "copy")
        os.mkdir(self._first)
        os.mkdir(self.directory)
        self._has_layer = False
        if how == IN_PLACE:
            self.directory = original
        try:
            if original and how == COPIED:
                _copy(original, self._first)
        except OSError as error:
            self.close()
            raise UsageProblem(f"{error.filename}: {error.strerror}") from None
        self.is_fresh = False
        """Whether it is as the original was; runs that change files say that it is not."""

    def refresh(self) -> None:
        """Make it as the original was."""
        if not self.is_fresh:
            if self.how == LAYERED:
                self._take_layer_off()
                _put_layer(self._original, self.root)
                self._has_layer = True
            elif self.how == COPIED:
                with os.scandir(self.directory) as entries:
                    for entry in list(entries):
                        if entry.is_dir(follow_symlinks=False):
                            shutil.rmtree(entry.path)
                        else:
                            os.unlink(entry.path)
                _copy(self._first, self.directory)
            self.is_fresh = True

    def _take_layer_off(self) -> None:
        if self._has_layer:
            namespaces.unmount(self.directory)
            self._has_layer = False
            for name in ("upper", "work"):
                shutil.rmtree(os.path.join(self.root, name))

    def close(self) -> None:
        """Remove it."""
        self._take_layer_off()
        shutil.rmtree(self.root, ignore_errors=True)
        descriptors.close(self._line)
        descriptors.close(self._lock)
        waitpid(self._guard)


def _remove_forgotten(place: str) -> None:
    """Remove what explorers left that were killed together with their guards."""
    for name in os.listdir(place):
        if name.startswith(_PREFIX):
            # It may be in use: locked, another user's, or just removed.
            with suppress(OSError), ExitStack() as stack:
                path = os.path.join(place, name)
                if time.time() - os.stat(path).st_mtime >= _FORGOTTEN_SECONDS:
                    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
                    stack.callback(descriptors.close, opened)
                    # Its explorer holds the lock as long as it lives.
                    flock(opened, LOCK_EX | LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)


def _copy(source: str, target: str) -> None:
    """Copy files, directories, links and FIFOs; sockets and devices are passed over."""
    with os.scandir(source) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            there = os.path.join(target, entry.name)
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                os.symlink(os.readlink(entry.path), there)
            elif stat.S_ISDIR(mode):
                os.mkdir(there)
                _copy(entry.path, there)
                shutil.copystat(entry.path, there)
            elif stat.S_ISREG(mode):
                shutil.copy2(entry.path, there)
            elif stat.S_ISFIFO(mode):
                os.mkfifo(there, stat.S_IMODE(mode))
