"""Operations on pipes and files: reading, writing, opening, closing, changing, locking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.objects import Operation, is_pipe, quoted, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
O_CREAT, O_TRUNC = 0o100, 0o1000
_O_ACCESS, _O_EXCL, _O_APPEND = 3, 0o200, 0o2000


# -- bytes -----------------------------------------------------------------------------------------


class _OnObject(Operation):
    object: str

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return tuple(self.object.split(" ")) if is_pipe(self.object) else (self.object,)


class Read(_OnObject):
    """Reads from a pipe or a file at its offset."""

    size: int

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"reads {_bytes(self.size)} from {shown(self.object, letters)}"


class Write(_OnObject):
    """Writes to the output, a pipe, or a file at its offset."""

    data: bytes
    """With pids of this run as `<P.1>`."""

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"writes {quoted(self.data)} to {shown(self.object, letters)}"


class Pread(_OnObject):
    """Reads from a place in a file; changes nothing."""

    size: int
    offset: int

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"reads {_bytes(self.size)} at {self.offset} from {shown(self.object, letters)}"


class Pwrite(_OnObject):
    """Writes to a place in a file."""

    data: bytes
    offset: int

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"writes {quoted(self.data)} at {self.offset} to {shown(self.object, letters)}"


class Close(_OnObject):
    """Gives up a descriptor of a pipe or of a file that matters.

    The object may be several pipes, with a blank between two. Which ends the process still holds
    afterwards is told by Caged.ends: it may have another descriptor of the same end.
    """

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"closes {' and '.join(shown(name, letters) for name in self.objects)}"


# -- files -----------------------------------------------------------------------------------------


class Open(Operation):
    """Opens a file that matters: one that the program changes somewhere."""

    path: str
    flags: int
    """As in open(2), or'ed."""
    directory: str = ""
    """Its directory, if that is changed or listed, too."""

    @property
    def is_change(self) -> bool:
        """Whether it may create or empty the file."""
        return bool(self.flags & (O_CREAT | O_TRUNC))

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.path, self.directory) if self.directory else (self.path,)

    def _words(self, letters: Mapping[str, str]) -> str:
        how = ("to read", "to write", "to read and write", "")[self.flags & _O_ACCESS]
        marks = ((O_CREAT, "create"), (_O_EXCL, "new only"), (O_TRUNC, "empty"))
        named = [word for bit, word in (*marks, (_O_APPEND, "append")) if self.flags & bit]
        more = f" ({', '.join(named)})" if named else ""
        return f"opens {shown(self.path, letters)} {how}".rstrip() + more


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
"""What a call does, to the first of its files or the first two."""


class FileChange(Operation):
    """Changes files by another call: unlink, rename, mkdir, truncate, lseek and others.

    After a rename the new path's state is what the old path's was.
    """

    call: str
    """The call's name, without `at`."""
    files: tuple[str, ...]
    """The paths, in the call's order; then those of their directories that matter, too."""
    arguments: tuple[int, ...] = ()
    """The numbers that it is given."""

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return self.files

    def _words(self, letters: Mapping[str, str]) -> str:
        names = [shown(name, letters) for name in self.files]
        if self.call in _CHANGING:
            return f"{_CHANGING[self.call].format(*names)} ({self.call})"
        return f"calls {self.call} for {' and '.join(names)}"


class FileLook(Operation):
    """Looks at a file or directory and changes nothing: stat, access, readlink, getdents."""

    call: str
    file: str
    directory: str = ""
    """Its directory, if that is changed, too."""

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.file, self.directory) if self.directory else (self.file,)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"looks at {shown(self.file, letters)} ({self.call})"


class Flock(Operation):
    """Takes or gives up a lock, which belongs to the open file description."""

    object: str
    operation: int
    """LOCK_SH, LOCK_EX or LOCK_UN, or'ed with LOCK_NB."""
    description: str

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.object,)

    def _words(self, letters: Mapping[str, str]) -> str:
        verb = "locks" if self.operation & LOCK_EX else "locks, shared,"
        if self.operation & LOCK_UN:
            verb = "unlocks"
        return f"{verb} {shown(self.object, letters)}"


def _bytes(count: int) -> str:
    return f"{count} byte" if count == 1 else f"up to {count} bytes"
