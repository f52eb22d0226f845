"""A program to explore: what to execute, with what, and the working copy of its directory.

Each run works in a fresh copy, in memory (/dev/shm) where there is such a place; its path is the
same for all runs. A guard process removes it when the explorer ends, however that happens: it waits
for end of file on a pipe whose only write end the explorer holds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record
from simpsh.kernel import descriptors
from simpsh.kernel.descriptors import LOCK_EX, LOCK_NB, flock
from simpsh.kernel.machine import registers
from simpsh.kernel.machine.syscall_table import ARCHITECTURE
from simpsh.kernel.process_groups import setsid
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.program_execution import file_to_execute
from simpsh.kernel.signals import ALL, SIG_BLOCK, sigprocmask
from simpsh.kernel.wait_calls import waitpid

_ELF_32 = b"\x7fELF\x01"


class ExploredProgram(Record):
    """What is run, again and again; made by program_of()."""

    argv: tuple[str, ...]
    path: str
    """The file to execute: absolute, or `./…` in the working copy."""
    directory: str
    """The directory that each run gets a fresh copy of; empty for none."""
    has_terminal: bool = False
    """Whether its output is a terminal, so that stdio is line buffered."""
    environment: Mapping[str, str] | None = None
    """None for this process's own."""

    @property
    def file(self) -> str:
        """The path of the file that is executed, outside the copy."""
        return os.path.normpath(os.path.join(self.directory, self.path))


def program_of(
    words: tuple[str, ...],
    *,
    directory: str = "",
    shell: str = "/bin/sh",
    has_terminal: bool = False,
    environment: Mapping[str, str] | None = None,
) -> ExploredProgram:
    """Return the program that the words of a command line mean.

    Args:
        words: a program and its arguments; a single word that is no program is a line for `shell`.
        directory: what to copy for each run; empty for the working directory.
        shell: the program that reads a line, called with `-c`.
        has_terminal: give it a terminal as its output.
        environment: its variables; None for this process's own.

    Raises:
        UsageProblem: there is no such program, the directory is too large to be copied, or this
            machine's processes cannot be held.
    """
    if not registers.are_known():
        raise UsageProblem(
            f"exploring needs the registers of x86-64; those of {ARCHITECTURE} are not known here"
        )
    variables = os.environ if environment is None else environment
    path = file_to_execute(words[0], variables)
    if len(words) == 1 and not _is_file(path):
        words = (shell, "-c", words[0])
        path = file_to_execute(shell, variables)
    if not _is_file(path):
        raise UsageProblem(f"{words[0]}: there is no such program")
    directory = os.path.realpath(directory or ".")
    if not os.path.isdir(directory):
        raise UsageProblem(f"{directory}: there is no such directory")
    check_size(directory)
    path = os.path.abspath(path)
    if not words[0].startswith("/") and path.startswith(directory + "/"):
        path = "./" + path[len(directory) + 1 :]
    program = ExploredProgram(words, path, directory, has_terminal, environment)
    _check(program)
    return program


def _is_file(path: str) -> bool:
    return bool(path) and os.path.isfile(path)


def _check(program: ExploredProgram) -> None:
    if not os.access(program.file, os.X_OK):
        raise UsageProblem(
            f"{program.argv[0]}: cannot be executed; try: chmod +x {program.argv[0]}"
        )
    with open(program.file, "rb") as file:
        if file.read(len(_ELF_32)) == _ELF_32:
            raise UsageProblem(f"{program.argv[0]}: is a 32-bit program, whose calls are not seen")


def fingerprint_of(program: ExploredProgram) -> bytes:
    """Return a hash of the file that is executed: it must not change while it is explored."""
    try:
        with open(program.file, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""


MOST_BYTES = 10_000_000
MOST_FILES = 2000
_PREFIX, _FORGOTTEN_SECONDS = "simpsh-explored-", 60
_SHARED_MEMORY = "/dev/shm"


def check_size(directory: str) -> None:
    """Make sure that a directory can be copied for each run.

    Raises:
        UsageProblem: it is too large, or cannot be read.
    """
    total = files = 0
    todo = [directory]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError as error:
            raise UsageProblem(f"{error.filename}: {error.strerror}") from None
        if total > MOST_BYTES or files > MOST_FILES:
            size = "10 MB" if total > MOST_BYTES else f"{MOST_FILES} files"
            raise UsageProblem(
                f"{directory} holds more than {size}, and each run works in a fresh copy of it; "
                "name a smaller directory with --dir"
            )


class Workspace:
    """The copy of a directory that runs work in, one after the other.

    Args:
        original: the directory, of which a first copy is made at once, so that later changes to
            it do not matter; empty for an empty one.

    Raises:
        UsageProblem: it cannot be copied.
    """

    def __init__(self, original: str) -> None:
        place = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None
        _remove_forgotten(place or tempfile.gettempdir())
        self._root = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        self._lock = os.open(self._root, os.O_RDONLY | os.O_CLOEXEC)
        flock(self._lock, LOCK_EX | LOCK_NB)
        self._guard, self._line = _start_guard(self._root)
        self._first = os.path.join(self._root, "first")
        self.directory = os.path.join(self._root, "copy")
        os.mkdir(self._first)
        os.mkdir(self.directory)
        try:
            if original:
                _copy(original, self._first)
        except OSError as error:
            self.close()
            raise UsageProblem(f"{error.filename}: {error.strerror}") from None
        self.is_fresh = False
        """Whether it is as the original was; runs that change files say that it is not."""

    def refresh(self) -> None:
        """Make it as the original was."""
        if not self.is_fresh:
            _empty(self.directory)
            _copy(self._first, self.directory)
            self.is_fresh = True

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self._root, ignore_errors=True)
        descriptors.close(self._line)
        descriptors.close(self._lock)
        waitpid(self._guard)


def _remove_forgotten(place: str) -> None:
    """Remove what explorers left that were killed together with their guards."""
    for name in os.listdir(place):
        if name.startswith(_PREFIX):
            # It may be in use: locked, another user's, or just removed.
            with suppress(OSError):
                _remove_if_forgotten(os.path.join(place, name))


def _remove_if_forgotten(path: str) -> None:
    if time.time() - os.stat(path).st_mtime < _FORGOTTEN_SECONDS:
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        # Its explorer holds the lock as long as it lives.
        flock(descriptor, LOCK_EX | LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    finally:
        descriptors.close(descriptor)


def _start_guard(root: str) -> tuple[int, int]:
    """Return the pid of a process that removes `root` once the returned descriptor is closed."""
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
            shutil.rmtree(root, ignore_errors=True)
        finally:
            exit_now(0)
    descriptors.close(pipe.read_end)
    return pid, pipe.write_end


def _empty(directory: str) -> None:
    with os.scandir(directory) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)


def _copy(source: str, target: str) -> None:
    """Copy files, directories, links and FIFOs; sockets and devices are passed over."""
    with os.scandir(source) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
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
