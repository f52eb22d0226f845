"""The kernel shows every process as a directory of small files: /proc/PID.

Three things happen to whoever reads there, and they are told apart here, once: the process may
end between two reads (ProcessLookupError), a file may belong to somebody else (PermissionError),
and the pid may be given to a stranger meanwhile, which is why the directory is opened first and
everything is read through it: it never turns into another process's.

These reads are not shown to the observer of simpsh.kernel: looking at processes is no part of
what they do.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_GONE = (errno.ENOENT, errno.ESRCH)
_HIDDEN = (errno.EACCES, errno.EPERM)
_BLOCK = 65536


class ProcDirectory:
    """An open /proc/PID: what is read through it is of one process, or fails.

    Raises:
        ProcessLookupError: ESRCH; there is no such process.
        PermissionError: EPERM; there is one, but /proc is mounted so that it is hidden.

    See proc(5).
    """

    __slots__ = ("_descriptor", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = -1
        if pid <= 0:
            raise gone(pid)
        try:
            self._descriptor = os.open(f"/proc/{pid}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise _missing(pid) from None

    def __enter__(self) -> ProcDirectory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the directory's descriptor back; see close(2)."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def is_own(self, number: int) -> bool:
        """Tell whether this is the look's own descriptor, in the table of the one who looks."""
        return number == self._descriptor and self.pid == os.getpid()

    def read(self, name: str, limit: int = 1 << 24) -> bytes:
        """Return the bytes of a file, at most `limit` of them.

        Raises:
            ProcessLookupError: ESRCH; the process has been collected, or has no such file.
            PermissionError: EACCES or EPERM; we may not look at this.
        """
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._descriptor)
        except OSError as error:
            raise self._explained(error) from None
        try:
            return _read_all(descriptor, limit)
        except OSError as error:
            raise self._explained(error) from None
        finally:
            os.close(descriptor)

    def link(self, name: str) -> str:
        """Return where a symbolic link points; errors as for read()."""
        try:
            return os.readlink(name, dir_fd=self._descriptor)
        except OSError as error:
            raise self._explained(error) from None

    def names(self, name: str) -> list[str]:
        """Return what a directory holds; errors as for read()."""
        try:
            descriptor = os.open(
                name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._descriptor
            )
        except OSError as error:
            raise self._explained(error) from None
        try:
            return os.listdir(descriptor)
        except OSError as error:
            raise self._explained(error) from None
        finally:
            os.close(descriptor)

    def status_of(self, name: str) -> os.stat_result:
        """Return what stat(2) says of the file that a link leads to; errors as for read()."""
        try:
            return os.stat(name, dir_fd=self._descriptor)
        except OSError as error:
            raise self._explained(error) from None

    def memory(self, address: int, count: int) -> bytes:
        """Return up to `count` bytes of the process's memory; errors as for read()."""
        try:
            descriptor = os.open("mem", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._descriptor)
        except OSError as error:
            raise self._explained(error) from None
        try:
            return os.pread(descriptor, count, address)
        except OSError as error:
            # EIO: nothing is mapped there.
            raise self._explained(error) from None
        finally:
            os.close(descriptor)

    def _explained(self, error: OSError) -> OSError:
        if error.errno in _GONE:
            return gone(self.pid)
        if error.errno in _HIDDEN:
            return PermissionError(error.errno, f"not permitted to look into process {self.pid}")
        return error


def gone(pid: int) -> ProcessLookupError:
    """Return the error that says there is no process `pid`."""
    return ProcessLookupError(errno.ESRCH, f"there is no process {pid}")


def _missing(pid: int) -> OSError:
    # hidepid=2 hides other users' directories; signal 0 tells whether the process exists.
    try:
        os.kill(pid, 0)
    except PermissionError:
        return PermissionError(
            errno.EPERM, f"not permitted to look into process {pid}: it is hidden"
        )
    except (ProcessLookupError, OverflowError):
        pass
    return gone(pid)


def _read_all(descriptor: int, limit: int) -> bytes:
    # Most files here fit one read; what comes in several is joined once.
    first = os.read(descriptor, min(_BLOCK, limit))
    parts, total = [first], len(first)
    while parts[-1] and total < limit:
        parts.append(os.read(descriptor, min(_BLOCK, limit - total)))
        total += len(parts[-1])
    return first if total == len(first) else b"".join(parts)


def pids() -> Iterator[int]:
    """Yield the pid of every process that /proc shows, in ascending order. See proc(5)."""
    yield from sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())
