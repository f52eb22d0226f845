"""A pidfd is a descriptor that refers to one process, never to a later one with the same pid."""

from __future__ import annotations

import _thread
import errno
import math
import time
import warnings

from simpsh.base.given_numbers import number_of_seconds, whole_number
from simpsh.base.signal_names import LAST
from simpsh.kernel.descriptors import close, readable
from simpsh.kernel.signals import pidfd_send_signal
from simpsh.kernel.wait_calls import P_PIDFD, WEXITED, WNOHANG, pidfd_open, waitid_with_rusage
from simpsh.process.proc import command_name, gone, process_number, status_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, Self

    from simpsh.kernel.wait_calls import ExitInfo

    _Warn = Callable[[str, type[Warning], int, object], None]

_LONGEST_SECONDS = 1_000_000
"""The longest wait of one poll(2): its milliseconds are a C int."""


class OpenPidFd:
    """The base class of the blocking and the asynchronous pidfd."""

    __slots__ = ("__weakref__", "_descriptor", "_info", "_lock", "pid")

    _descriptor: int

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self._descriptor = descriptor
        self._info: ExitInfo | None = None
        """The child's status, once it is collected."""
        self._lock = _thread.allocate_lock()

    @classmethod
    def open(cls, process: int) -> Self:
        """Open a pidfd for any process, by its pid; the descriptor is closed by execve.

        The pid cannot have been reused if it is a child that was not waited for, or a process that
        cannot end before this returns. Only poll() a child of subprocess, asyncio or
        multiprocessing: its own module must collect it, or loses its status.

        Raises:
            ValueError: the pid is not positive.
            TypeError: it is a process object of one of these modules.
            ProcessLookupError: ESRCH; there is no such process.
            OSError: EMFILE; no descriptor is left. EINVAL; it is the id of a thread other than
                its process's first.
            NotSupported: the kernel is older than 5.3.

        See pidfd_open(2).
        """
        if hasattr(process, "returncode") or hasattr(process, "exitcode"):
            raise TypeError(
                f"{process!r} is collected by its own module: wait with that. To await its end "
                "only, open a pidfd for its pid and poll()"
            )
        pid = process_number(process)
        if pid <= 0:
            raise ValueError(f"a pidfd means one process; {pid} is no process id")
        try:
            return cls(pid, pidfd_open(pid))
        except (ProcessLookupError, OverflowError):
            raise gone(pid) from None
        except OSError as error:
            # EINVAL, or ENOENT since Linux 6.9: the id belongs to a thread, not to a process.
            first = int(status_field(pid, "Tgid") or pid)
            if error.errno not in (errno.EINVAL, errno.ENOENT) or first == pid:
                raise
            raise OSError(
                errno.EINVAL,
                f"{pid} is a thread of process {first} ({command_name(first)}), and a pidfd "
                f"means a whole process: open it for {first}",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __del__(self, _warn: _Warn = warnings.warn) -> None:
        # A default argument: nothing can be imported while the interpreter shuts down.
        if getattr(self, "_descriptor", -1) >= 0:
            _warn(f"unclosed {self!r}", ResourceWarning, 2, self)
            self.close()

    def __reduce__(self) -> NoReturn:
        # If two objects had one descriptor, the first close() would close the other object's.
        raise TypeError(
            f"a {type(self).__name__} owns its descriptor and cannot be copied or pickled: "
            f"open another one for process {self.pid}"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(pid={self.pid}, descriptor={self._descriptor})"

    def close(self) -> None:
        """Close the descriptor; a second call does nothing. The process is not affected.

        A thread or task that waits does not notice. Raises OSError: EBADF; the descriptor was
        closed elsewhere. See close(2).
        """
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            close(descriptor)

    @property
    def is_closed(self) -> bool:
        """Whether close() was called."""
        return self._descriptor < 0

    def fileno(self) -> int:
        """Return the descriptor, which is readable for poll(2) once the process has ended.

        Raises ValueError: it is closed. See pidfd_open(2).
        """
        if self.is_closed:
            raise ValueError(f"the pidfd of process {self.pid} is closed")
        return self._descriptor

    def send_signal(self, signal: int) -> None:
        """Send a signal to this process, never to a later one with its pid; 0 sends none.

        Raises:
            TypeError: `signal` is not an integer.
            ValueError: there is no such signal, or the pidfd is closed.
            ProcessLookupError: ESRCH; it has ended and was collected. (A zombie raises nothing.)
            PermissionError: EPERM; it belongs to another user.
            NotSupported: the kernel is older than 5.1.

        See pidfd_send_signal(2).
        """
        number = whole_number(signal, "a signal is a number, such as signal.SIGTERM")
        if not 0 <= number <= LAST:
            raise ValueError(f"{number} is no signal: there are 1 to {LAST}")
        descriptor = self.fileno()
        try:
            pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            raise ProcessLookupError(
                errno.ESRCH, f"process {self.pid} has ended and was collected"
            ) from None

    def _collect(self, patience: float) -> ExitInfo | None:
        """Collect the child once, if it has ended; a patience of -1 waits for its end.

        Return None if it lives, or if another thread holds the lock for `patience` seconds.
        """
        pidfd = self.fileno()
        if not self._lock.acquire(timeout=min(patience, _thread.TIMEOUT_MAX)):
            return None
        try:
            if self._info is None:
                options = WEXITED if patience < 0 else WEXITED | WNOHANG
                self._info = waitid_with_rusage(P_PIDFD, pidfd, options)
        except ChildProcessError:
            raise ChildProcessError(
                errno.ECHILD,
                f"process {self.pid} has no status for us: it is not our child, another wait has "
                "collected it, or SIGCHLD is ignored; poll() waits for the end of any process",
            ) from None
        finally:
            self._lock.release()
        return self._info

    def _is_readable(self, seconds: float) -> bool:
        return bool(readable((self.fileno(),), seconds))

    def _late(self, timeout: float | None) -> TimeoutError:
        how = "could not be collected" if self._is_readable(0) else "has not ended"
        return TimeoutError(f"process {self.pid} {how} within {timeout} seconds")


class PidFd(OpenPidFd):
    """A process held by a pidfd: wait, poll and signal never reach a later process with its pid.

    Create one with PidFd.open(), errors as for open(). Close it, or use it as a context manager.
    See pidfd_open(2).
    """

    __slots__ = ()

    def wait(self, timeout: float | None = None) -> ExitInfo:
        """Wait until our child ends, and collect it; a second call returns the same result.

        The timeout is in seconds, as poll() takes it.

        Raises ChildProcessError: ECHILD, at once; it is not our child (use poll(), which works for
        any process), or another wait collected it. TimeoutError: it has not ended, and is not
        collected. ValueError: the pidfd is closed. NotSupported: the kernel is older than 5.4. See
        waitid(2), P_PIDFD.
        """
        end = math.inf if timeout is None else time.monotonic() + number_of_seconds(timeout)
        info = self._info or self._collect(0)
        if info is None and self.poll(timeout):
            # The tracer may have to collect it first.
            info = self._collect(-1 if timeout is None else max(0, end - time.monotonic()))
        if info is None:
            raise self._late(timeout)
        return info

    def poll(self, timeout: float | None = None) -> bool:
        """Wait until the process, our child or not, has ended; return whether it has.

        The process is not collected. A timeout, in seconds, of 0 or less only checks; None or
        infinity waits indefinitely. Raises TypeError: the timeout is not a number. ValueError: it
        is NaN; the pidfd is closed. See poll(2), pidfd_open(2).
        """
        seconds = math.inf if timeout is None else number_of_seconds(timeout)
        end = time.monotonic() + seconds
        while not self._is_readable(max(0, min(seconds, _LONGEST_SECONDS))):
            seconds = end - time.monotonic()
            if seconds <= 0:
                return False
        return True
