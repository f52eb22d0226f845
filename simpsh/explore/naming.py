"""Names instead of numbers: what has another number in every run is called the same in all.

Pids become birth paths, pipes their maker and a count, files paths relative to the directory.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from simpsh.explore.operation import OUT, OUTSIDE
from simpsh.trace import proc_files
from simpsh.trace.call_events import pipe_letter, signed
from simpsh.trace.memory import string_at

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.knowledge import Knowledge

_AT_FDCWD = -100
_DELETED = " (deleted)"
# A pid of three digits or more, not part of a longer number; a full stop may follow.
_NUMBER = re.compile(rb"(?<!\d)(?<!\d\.)[1-9]\d{2,6}(?!\.?\d)")
SEVERAL_NAMES = "uses a file by several names (hard links), which come and go"
PRINTS_PIDS = "prints pids, which are shown as <P.1>"
FOREIGN = "anon:"


class Naming:
    """The names of one run.

    Args:
        knowledge: what survives the run.
        directory: the working copy.
        output: what /proc shows the program's output to be.
    """

    def __init__(self, knowledge: Knowledge, directory: str, output: str) -> None:
        self._knowledge = knowledge
        self._inside = directory + "/"
        self._directory = directory
        self._original = knowledge.program.directory
        self.by_pid: dict[int, Caged] = {}
        self._pipes = {output: OUT}
        self._numbers: dict[bytes, bytes] = {str(os.getpid()).encode(): OUTSIDE.encode()}

    def add_process(self, process: Caged) -> None:
        """Know a process by its pid."""
        self.by_pid[process.pid] = process
        self._numbers[str(process.pid).encode()] = process.name.encode()

    def add_pipe(self, process: Caged, descriptor: int) -> None:
        """Name a pipe that this process has just made."""
        process.pipes_made += 1
        name = f"{process.name}|{process.pipes_made}"
        self._pipes[proc_files.descriptor(process.pid, descriptor)] = name
        letters = self._knowledge.letters
        if name not in letters:
            letters[name] = pipe_letter(len(letters))

    def object_of(self, process: Caged, descriptor: int) -> str:
        """Return the name of what a descriptor points to; empty if it is not open."""
        target = proc_files.descriptor(process.pid, descriptor)
        return self.named(target) if target else ""

    def named(self, target: str) -> str:
        """Return the name of what /proc shows a descriptor to point to."""
        found = self._pipes.get(target)
        if found is not None:
            return found
        if target.startswith("pipe:"):
            return OUTSIDE
        if target.startswith("/"):
            return self.first_of(self.file(target.removesuffix(_DELETED)))
        return FOREIGN + target

    def file(self, path: str) -> str:
        """Return the name of a file, by its absolute path."""
        if path.startswith(self._inside):
            return "./" + path[len(self._inside) :]
        return "./" if path == self._directory else path

    def path(self, process: Caged, address: int, directory: int = _AT_FDCWD) -> str:
        """Return the name that a call is given: a string, relative to a directory.

        Symbolic links on the way to it are followed; whether it is one itself is left open.
        """
        text = string_at(process.pid, address)
        if not text.startswith("/"):
            base = "cwd" if signed(directory) == _AT_FDCWD else f"fd/{signed(directory)}"
            try:
                start = os.readlink(f"/proc/{process.pid}/{base}").removesuffix(_DELETED)
            except OSError:
                start = "/"
            text = os.path.join(start, text) if text else start
        if text.startswith("/proc/self"):
            text = f"/proc/{process.pid}{text[len('/proc/self') :]}"
        where, last = os.path.split(text.rstrip("/") or "/")
        if last in ("", ".", ".."):
            return self.file(os.path.realpath(text))
        return self.file(os.path.join(os.path.realpath(where), last))

    def followed(self, name: str) -> str:
        """Return the name of what a call finds that follows a symbolic link."""
        path = self.real(name)
        if os.path.islink(path):
            name = self.file(os.path.realpath(path))
        return self.first_of(name)

    def has_several_names(self, name: str) -> bool:
        """Tell whether a file of the directory has another name, too (a hard link)."""
        try:
            found = os.lstat(self.real(name))
        except OSError:
            return False
        is_file = stat.S_ISREG(found.st_mode) and name.startswith("./")
        return is_file and found.st_nlink > 1

    def first_of(self, name: str) -> str:
        """Return the first of the names of a file that has several in the directory."""
        if not self.has_several_names(name):
            return name
        if self._knowledge.names_change:
            self._knowledge.flags[SEVERAL_NAMES] += 1
        inode = _inode(self.real(name))
        names = [
            os.path.join(where, one)
            for where, _, files in os.walk(self._directory)
            for one in files
        ]
        return self.file(min(one for one in names if _inode(one) == inode))

    def real(self, name: str) -> str:
        """Return the path of a file, by its name."""
        return self._directory + name[1:] if name.startswith("./") else name

    def symbolic(self, data: bytes) -> bytes:
        """Return bytes with the pids of this run in decimal as names in angle brackets."""
        if _NUMBER.search(data) is None:
            return data
        return _NUMBER.sub(self._renamed, data)

    def printed(self, data: bytes) -> bytes:
        """Return what people shall read: with names of pids, and the path of their directory."""
        return at_home(self.symbolic(data), self._directory, self._original)

    def _renamed(self, match: re.Match[bytes]) -> bytes:
        number = match[0]
        name = self._numbers.get(number)
        # What was no pid in another run is a number of the program's own, which only happens
        # to be somebody's pid now.
        if name is None or number in self._knowledge.plain_numbers:
            self._knowledge.plain_numbers.add(number)
            return number
        self._knowledge.notes[PRINTS_PIDS] += 1
        return b"<" + name + b">"


def at_home(data: bytes, copy: str, original: str) -> bytes:
    """Return bytes with the path of the working copy as that of the directory it is a copy of.

    >>> at_home(b"/dev/shm/x/copy/prog.py", "/dev/shm/x/copy", "/home/anna")
    b'/home/anna/prog.py'
    """
    return data.replace(os.fsencode(copy), os.fsencode(original)) if original else data


def _inode(path: str) -> int:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return 0
