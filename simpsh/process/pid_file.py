"""A pid file names the process that runs a service; only the lock on the file proves that it runs.

The number outlives its process and may be reused; the lock ends with the last
descriptor. So: open without truncating, lock, make sure that the name still leads to the locked
file, and only then truncate and write. Nothing here removes the file: a program that has opened it
and not locked it yet would then lock a file without a name, beside the next program.
"""

from __future__ import annotations

import errno
import os
import stat as modes
from typing import Self

from simpsh.base.errors import SimpshError
from simpsh.kernel.descriptors import LOCK_EX, LOCK_NB, close, flock, open_above_standard, write_all
from simpsh.process.file_holders import flock_holders
from simpsh.process.proc import state

_PID_MAX_LIMIT = 1 << 22
"""No Linux assigns a greater pid; see proc_sys_kernel(5), pid_max."""
_LONGEST_LINE = 64


class AlreadyRunning(SimpshError):
    """Another process holds the lock of the pid file; see flock(2).

    Raises AlreadyRunning: by PidFile.acquire() and daemonize().
    """

    def __init__(self, path: str, pid: int | None, recorded_pid: int | None) -> None:
        super().__init__(_explanation(path, pid, recorded_pid))
        self.path = path
        self.pid = pid
        """The process that holds the lock; None if it cannot be seen."""
        self.recorded_pid = recorded_pid
        """The number in the file; None if there is none. It may differ from `pid`: a process
        that the recorded one forked has inherited the lock."""


class BadPidFile(SimpshError, ValueError):
    """The first line of the file is not a pid; see proc_sys_kernel(5), pid_max.

    Raises BadPidFile: by PidFile.read().
    """


class PidFile:
    """A pid file that is locked as long as its service runs; a new one has the mode 0644.

    Raises AlreadyRunning: acquire() found that another process holds the lock. OSError: acquire()
    could not open the file: ENOENT, EACCES, ELOOP (a symbolic link) … See flock(2), daemon(7).
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._descriptor = -1
        self._owner = 0

    def acquire(self) -> None:
        """Take the lock and write our pid; a file left unlocked is taken over.

        The lock is inherited by fork, and lasts until the last process that has it is gone. Raises
        AlreadyRunning: another process holds it. ValueError: this object has it already. OSError:
        the file could not be opened or written. See flock(2), ftruncate(2).
        """
        self.lock()
        try:
            self.write_pid()
        except OSError:
            self._forget()
            raise

    def lock(self) -> None:
        """Take the lock without changing the content; errors as for acquire(). See flock(2)."""
        if self._descriptor >= 0:
            raise ValueError(f"{self.path} is already locked by this object")
        # O_NOFOLLOW: in a world-writable directory, a link could make us truncate any file.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NOCTTY | os.O_NONBLOCK
        # Repeat if another program removes the file between our open and our lock.
        while self._descriptor < 0:
            descriptor = open_above_standard(self.path, flags, 0o644)
            try:
                if not modes.S_ISREG(os.fstat(descriptor).st_mode):
                    raise FileExistsError(errno.EEXIST, "not a regular file", self.path)
                flock(descriptor, LOCK_EX | LOCK_NB)
                if _leads_to(self.path, descriptor):
                    self._descriptor, self._owner = descriptor, os.getpid()
            except BlockingIOError:
                recorded = _read(self.path)
                holders = flock_holders(self.path) or ()
                raise AlreadyRunning(self.path, _best(holders, recorded), recorded) from None
            finally:
                if self._descriptor != descriptor:
                    close(descriptor)

    def write_pid(self) -> None:
        """Write this process's pid into the locked file, replacing its old content.

        Raises ValueError: it is not locked by this object. OSError: ENOSPC, EIO … See ftruncate(2).
        """
        descriptor = self.fileno()
        self._owner = os.getpid()
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        write_all(descriptor, b"%d\n" % self._owner)

    def release(self) -> None:
        """Empty the file and release the lock; does nothing if it was not acquired.

        The file stays, so that all programs lock the same one. A forked child releases only its own
        copy. Raises OSError: EIO, EROFS … See ftruncate(2), flock(2).
        """
        if self._descriptor < 0:
            return
        try:
            if self._owner == os.getpid() and _leads_to(self.path, self._descriptor):
                os.ftruncate(self._descriptor, 0)
        finally:
            self._forget()

    def fileno(self) -> int:
        """Return the descriptor that holds the lock; closing it may end the lock. See flock(2).

        Raises ValueError: it is not acquired.
        """
        if self._descriptor < 0:
            raise ValueError(f"{self.path} is not locked by this object")
        return self._descriptor

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _forget(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        close(descriptor)

    @staticmethod
    def read(path: str | os.PathLike[str]) -> int:
        """Return the pid in a pid file of any program: a hint, since its process may be gone.

        White space, leading zeros and further lines are ignored. Raises BadPidFile: the first line
        is not a possible pid. OSError: ENOENT EACCES … See proc_sys_kernel(5), pid_max.
        """
        # open() would take a number for a descriptor.
        with open(os.fspath(path), "rb") as file:
            line = file.readline(_LONGEST_LINE + 1)
        digits = line.strip()
        # bytes.isdigit() accepts ASCII digits only; int() would accept signs and 1_000.
        if (
            len(line) > _LONGEST_LINE
            or not digits.isdigit()
            or not 1 <= int(digits) <= _PID_MAX_LIMIT
        ):
            shown = line[:20].decode("ascii", "backslashreplace")
            what = "is empty" if not line else f"does not hold a process id, but {shown!r}"
            raise BadPidFile(f"{os.fspath(path)} {what}")
        return int(digits)

    @staticmethod
    def holder(path: str | os.PathLike[str]) -> int | None:
        """Return the process that holds the lock of a pid file, without taking it even briefly.

        If several hold it, return the process that the file names, otherwise the eldest. Return
        None if no process holds it or there is no such file. Raises PermissionError: a process that
        we may not see has locked it. See flock(2), proc_locks(5).
        """
        path = os.fspath(path)
        recorded = _read(path)
        holders = flock_holders(path)
        if holders == ():
            raise PermissionError(errno.EPERM, f"not permitted to see who has locked {path}")
        return _best(holders or (), recorded)


def _leads_to(path: str, descriptor: int) -> bool:
    try:
        named = os.lstat(path)
    except FileNotFoundError:
        return False
    locked = os.fstat(descriptor)
    return (named.st_dev, named.st_ino) == (locked.st_dev, locked.st_ino)


def _read(path: str) -> int | None:
    try:
        return PidFile.read(path)
    except (OSError, BadPidFile):
        return None


def _best(pids: tuple[int, ...], recorded: int | None) -> int | None:
    if not pids:
        return None
    return recorded if recorded in pids else pids[0]


def _explanation(path: str, pid: int | None, recorded: int | None) -> str:
    if pid is None:
        return f"{path} is locked by a process that cannot be seen from here: already running"
    if recorded is None:
        return f"{path} is locked by process {pid}, which has not written its pid yet"
    if pid == recorded:
        return f"already running as process {pid} ({path})"
    end = "has ended" if state(recorded) in ("", "Z", "X") else "does not hold the lock"
    return (
        f"{path} names process {recorded}, which {end}; but process {pid} still holds its lock, "
        f"inherited through fork: end it, or let such children close their descriptors"
    )
