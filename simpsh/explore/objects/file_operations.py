"""Files: opening, changing and looking at them, and their locks by flock.

The contents of a file are not modelled. A file's state is its history, the changes made to its
path in order; the answer of a call is learned for each history.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from simpsh.explore.flags import CONVERTS_LOCK, REMOVES_LOCKED, RENAMES_OPEN
from simpsh.explore.objects.kernel_state import (
    DependsOn,
    HistoryEdge,
    Kernel,
    Learned,
    Lock,
    OnObject,
    Operation,
    Prediction,
)
from simpsh.explore.objects.symbolic_names import quoted, shown

LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
O_CREAT, O_TRUNC = 0o100, 0o1000
_O_ACCESS, _O_EXCL, _O_APPEND = 3, 0o200, 0o2000
TAKES_NAMES = ("unlink", "rename")
"""The changes after which a file has another name, or none."""


def bytes_shown(count: int) -> str:
    """Return how many bytes are asked for, as a phrase."""
    return f"{count} byte" if count == 1 else f"up to {count} bytes"


# -- histories -------------------------------------------------------------------------------------


def histories(kernel: Kernel, *paths: str) -> DependsOn:
    """Return the histories that an answer depends on."""
    return DependsOn([kernel.files.get(path, 0) for path in paths])


def lengthen(kernel: Kernel, edge: HistoryEdge, change: object, *paths: str) -> None:
    """Lengthen the histories of paths by a change, unless the call failed.

    Each path's history gets the change, with the histories of all paths. The change is the same for
    every process; None means that it depends on the offset of an open file, which only its
    process's history determines.
    """
    if isinstance(edge.result, int) and edge.result < 0:
        return
    made = edge.number if change is None else (change, edge.result)
    before = tuple(kernel.files.get(path, 0) for path in paths)
    for place, path in enumerate(paths):
        kernel.files[path] = kernel.learned.history_after(before, (place, made))


# -- operations ------------------------------------------------------------------------------------


class FileOperation(Operation):
    """Uses files by a call whose answer depends on what was done to them before."""

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the histories that the answer depends on."""
        return histories(kernel, *self.objects)

    def finds_nothing(self, result: object) -> bool:
        """Return whether the call failed, as open(2) does if a lock file exists."""
        return isinstance(result, int) and result < 0


class Pread(FileOperation):
    """Reads from a place in a file; changes nothing."""

    object: str
    size: int
    offset: int

    _named = ("object",)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"reads {bytes_shown(self.size)} at {self.offset} from {shown(self.object, letters)}"


class Pwrite(FileOperation):
    """Writes to a place in a file."""

    object: str
    data: bytes
    offset: int

    depends_on_others = False
    _named = ("object",)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"writes {quoted(self.data)} at {self.offset} to {shown(self.object, letters)}"

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        lengthen(kernel, edge, self, self.object)


class Open(FileOperation):
    """Opens a file that matters: one that the program changes somewhere."""

    path: str
    flags: int
    """As in open(2), or'ed."""
    directory: str = ""
    """Its directory, if that is changed or listed, too."""
    mode: int = 0
    """The permissions that a new file gets: what the umask leaves of those asked for."""

    _named = ("path", "directory")

    @property
    def is_change(self) -> bool:
        """Whether it may create or empty the file."""
        return bool(self.flags & (O_CREAT | O_TRUNC))

    def _words(self, letters: Mapping[str, str]) -> str:
        how = ("to read", "to write", "to read and write", "")[self.flags & _O_ACCESS]
        marks = ((O_CREAT, "create"), (_O_EXCL, "new only"), (O_TRUNC, "empty"))
        named = [word for bit, word in (*marks, (_O_APPEND, "append")) if self.flags & bit]
        more = f" ({', '.join(named)})" if named else ""
        return f"opens {shown(self.path, letters)} {how}".rstrip() + more

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        if self.is_change:
            lengthen(kernel, edge, self, *self.objects)


_CHANGING = {
    "chmod": "sets the mode of {}",
    "fchmod": "sets the mode of {}",
    "ftruncate": "sets the length of {}",
    "link": "links {} as {}",
    "lseek": "moves its place in {}",
    "mkdir": "makes the directory {}",
    "rename": "renames {} to {}",
    "rmdir": "removes the directory {}",
    "symlink": "makes the symbolic link {}",
    "truncate": "sets the length of {}",
    "unlink": "removes {}",
}
"""The phrases for calls, with the first of their files or the first two."""
_SAME_WHOEVER = frozenset(("unlink", "rename", "mkdir", "rmdir", "truncate"))
"""The calls that make the same change in every process: all that matters is in the arguments."""


class FileChange(FileOperation):
    """Changes files by another call: unlink, rename, mkdir, truncate, lseek and others.

    After a rename the new path's state is what the old path's was.
    """

    call: str
    """The call's name, without `at`."""
    files: tuple[str, ...]
    """The paths, in the call's order; then the paths of the directories that matter, too."""
    arguments: tuple[int, ...] = ()
    """The numbers that it is given."""

    @property
    def objects(self) -> tuple[str, ...]:
        return self.files

    def _words(self, letters: Mapping[str, str]) -> str:
        names = [shown(name, letters) for name in self.files]
        if self.call in _CHANGING:
            return f"{_CHANGING[self.call].format(*names)} ({self.call})"
        return f"calls {self.call} for {' and '.join(names)}"

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        has_failed = isinstance(edge.result, int) and edge.result < 0
        if self.call in TAKES_NAMES and not has_failed:
            # Locks and descriptors are known by a path, which another file may get now.
            doubts = kernel.learned.doubts
            if not kernel.learned.locked.isdisjoint(self.files) and len(kernel.procs) > 1:
                doubts.add(REMOVES_LOCKED)
            if any(other != name for path in self.files for other in kernel.holders(path, "n")):
                doubts.add(RENAMES_OPEN)
        change = self if self.call in _SAME_WHOEVER else None
        lengthen(kernel, edge, change, *self.files)


class FileLook(FileOperation):
    """Looks at a file or directory and changes nothing: stat, access, readlink, getdents."""

    call: str
    file: str
    directory: str = ""
    """Its directory, if that is changed, too."""

    _named = ("file", "directory")

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"looks at {shown(self.file, letters)} ({self.call})"


class Flock(OnObject):
    """Takes or gives up a lock: it belongs to the open description, and goes with its last copy.

    Converting a lock to the other kind is named, not followed.
    """

    operation: int
    """LOCK_SH, LOCK_EX or LOCK_UN, or'ed with LOCK_NB."""
    description: str

    def _words(self, letters: Mapping[str, str]) -> str:
        verb = "locks" if self.operation & LOCK_EX else "locks, shared,"
        if self.operation & LOCK_UN:
            verb = "unlocks"
        return f"{verb} {shown(self.object, letters)}"

    def note(self, learned: Learned, name: str) -> None:
        learned.locked.add(self.object)

    def _others(self, kernel: Kernel) -> Lock:
        kind, owners = kernel.locks.get(self.object, (LOCK_SH, ()))
        return kind, tuple(owner for owner in owners if owner != self.description)

    def _is_free(self, kernel: Kernel) -> bool:
        kind, owners = self._others(kernel)
        return not owners or (kind == LOCK_SH and bool(self.operation & LOCK_SH))

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether the lock can be had, or is not waited for."""
        return bool(self.operation & (LOCK_UN | LOCK_NB)) or self._is_free(kernel)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        if self.operation & LOCK_UN or self._is_free(kernel):
            return 0
        return -errno.EWOULDBLOCK

    def doubt(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        """Note that a lock is converted: its old kind may be given up before the new one is had."""
        kind, owners = kernel.locks.get(self.object, (LOCK_SH, ()))
        is_other = not self.operation & (kind | LOCK_UN)
        if self.description in owners and is_other:
            kernel.learned.doubts.add(CONVERTS_LOCK)

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        """Give up what this description had, even where the new lock is refused; take the new."""
        kind, owners = self._others(kernel)
        if edge.result == 0 and not self.operation & LOCK_UN:
            kind = self.operation & (LOCK_SH | LOCK_EX)
            owners = tuple(sorted((*owners, self.description)))
        kernel.locks.pop(self.object, None)
        if owners:
            kernel.locks[self.object] = kind, owners

    def finds_nothing(self, result: object) -> bool:
        return result == -errno.EWOULDBLOCK
