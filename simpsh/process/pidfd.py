"""A pidfd is a descriptor that means one process, and never another that gets its number later."""

from __future__ import annotations

import _thread
import errno
import math
import sys
import time
import warnings
from contextlib import suppress
from operator import index

from simpsh.base.patience import number_of_seconds
from simpsh.base.signal_names import LAST
from simpsh.kernel.descriptors import close, readable
from simpsh.kernel.signals import pidfd_send_signal
from simpsh.kernel.wait_calls import (
    P_ALL,
    P_PIDFD,
    WEXITED,
    WNOHANG,
    pidfd_open,
    waitid_with_rusage,
)
from simpsh.process.proc import command_name, gone, process_number, status_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen  # noqa: TID251 - whose status is kept right
    from typing import NoReturn, Self

    from simpsh.kernel.wait_calls import ExitInfo

    _Warn = Callable[[str, type[Warning], int, object], None]

_LONGEST_SECONDS = 1_000_000
"""What one poll(2) waits at most: its milliseconds are an int of C."""


class OpenPidFd:
    """What the blocking and the asynchronous pidfd have in common."""

    __slots__ = ("__weakref__", "_descriptor", "_info", "_lock", "_popen", "pid")

    def __init__(
        self, pid: int, descriptor: int, popen: Popen[bytes] | Popen[str] | None = None
    ) -> None:
        self.pid = pid
        self._descriptor = descriptor
        self._popen = popen
        self._info: ExitInfo | None = None
        """How the child ended, once it is collected."""
        self._lock = _thread.allocate_lock()

    @classmethod
    def open(cls, process: int | Popen[bytes] | Popen[str]) -> Self:
        """Open a pidfd for any process, by its pid; the descriptor is closed by execve.

        It is safe from reuse of the pid for a child that was not waited for, and for any process
        that cannot end before this returns. A child of subprocess is given as its Popen: its
        returncode is set when wait() collects it. By its pid, Popen.wait() would then tell 0.

        Raises:
            ValueError: the pid is not positive.
            TypeError: it is a process of asyncio or multiprocessing, which collect it themselves.
            ProcessLookupError: ESRCH; there is no such process.
            OSError: EMFILE; no descriptor is left. EINVAL; it is the id of a thread other than
                its process's first.
            NotSupported: the kernel is older than 5.3.

        See pidfd_open(2).
        """
        popen = None
        # Who has a Popen has imported its module.
        if "subprocess" in sys.modules and isinstance(process, sys.modules["subprocess"].Popen):
            popen, process = process, process.pid
            if popen.returncode is not None:
                reason = f"process {process} was collected by its Popen: {popen.returncode}"
                raise ProcessLookupError(errno.ESRCH, reason)
        elif hasattr(process, "returncode") or hasattr(process, "exitcode"):
            raise TypeError(
                f"{process!r} is collected by its own module: wait with that. To await its end "
                "only, open a pidfd for its pid and poll()"
            )
        pid = process_number(process)
        if pid <= 0:
            raise ValueError(f"a pidfd means one process; {pid} is no process id")
        try:
            return cls(pid, pidfd_open(pid), popen)
        except (ProcessLookupError, OverflowError):
            raise gone(pid) from None
        except OSError as error:
            # EINVAL, or ENOENT since Linux 6.9: there is no process of this id, but a thread.
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
        # As a default, for at the interpreter's end nothing can be imported any more.
        if getattr(self, "_descriptor", -1) >= 0:
            _warn(f"unclosed {self!r}", ResourceWarning, 2, self)
            self.close()

    def __reduce__(self) -> NoReturn:
        # Of two objects with one descriptor, the first to be closed would close the other's.
        raise TypeError(
            f"a {type(self).__name__} owns its descriptor and cannot be copied or pickled: "
            f"open another one for process {self.pid}"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(pid={self.pid}, descriptor={self._descriptor})"

    def close(self) -> None:
        """Give the descriptor back; a second time does nothing. The process is left as it is.

        Raises OSError: EBADF; the descriptor was closed elsewhere. See close(2).
        """
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            close(descriptor)

    @property
    def is_closed(self) -> bool:
        """Whether its descriptor was given back."""
        return self._descriptor < 0

    def fileno(self) -> int:
        """Return the descriptor, which is readable for poll(2) once the process has ended.

        Raises ValueError: it is closed. See pidfd_open(2).
        """
        if self.is_closed:
            raise ValueError(f"the pidfd of process {self.pid} is closed")
        return self._descriptor

    def send_signal(self, signal: int) -> None:
        """Send a signal to this process, and to no other that has got its number; 0 only asks.

        Raises:
            TypeError: it is no whole number.
            ValueError: there is no such signal, or the pidfd is closed.
            ProcessLookupError: ESRCH; it has ended and was collected. (A zombie takes any signal.)
            PermissionError: EPERM; it belongs to another user.
            NotSupported: the kernel is older than 5.1.

        See pidfd_send_signal(2).
        """
        number = index(signal)
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
        """Collect the child once, if it has ended; wait for its end as well with a patience of -1.

        None if it lives, or if another thread is collecting it for as many seconds.
        Raises ChildProcessError: ECHILD; it is not a child of ours, or another wait collected it.
        """
        pidfd = self.fileno()
        locks = [self._lock]
        if self._popen is not None:
            # Popen.wait() and Popen.poll() collect under this lock.
            locks.append(self._popen._waitpid_lock)  # type: ignore[union-attr] # noqa: SLF001
        held = []
        try:
            for lock in locks:
                if not lock.acquire(timeout=min(patience, _thread.TIMEOUT_MAX)):
                    return None
                held.append(lock)
            if self._info is None:
                options = WEXITED if patience < 0 else WEXITED | WNOHANG
                self._info = waitid_with_rusage(P_PIDFD, pidfd, options)
            if self._info is not None and self._popen is not None:
                self._popen.returncode = self._info.returncode
        except ChildProcessError:
            if self._popen is not None and self._popen.returncode is not None:
                code = self._popen.returncode
                raise ChildProcessError(
                    errno.ECHILD,
                    f"process {self.pid} was collected by its Popen: returncode {code}",
                ) from None
            raise ChildProcessError(
                errno.ECHILD,
                f"process {self.pid} has no status for us: it is not our child, another wait has "
                "collected it, or SIGCHLD is ignored; poll() tells of the end of any process",
            ) from None
        finally:
            for lock in held:
                lock.release()
        return self._info

    def _is_readable(self, seconds: float) -> bool:
        return bool(readable((self.fileno(),), seconds))

    def _late(self, timeout: float | None) -> TimeoutError:
        how = "could not be collected" if self._is_readable(0) else "has not ended"
        return TimeoutError(f"process {self.pid} {how} within {timeout} seconds")


class PidFd(OpenPidFd):
    """A process held by a descriptor: waited for, polled and signalled without mistaking it.

    Make one with PidFd.open(). Close it, or use it as a context manager.

    Raises ProcessLookupError: ESRCH; open() found no such process. NotSupported: the kernel is
    older than 5.3. See pidfd_open(2).
    """

    __slots__ = ()

    def wait(self, timeout: float | None = None) -> ExitInfo:
        """Wait until our child ends, and collect it; a second time the same is returned again.

        The timeout is in seconds, as poll() takes it.

        Raises ChildProcessError: ECHILD, at once; it is not our child (use poll(), which works for
        any process), or its status went to another wait. TimeoutError: it has not ended, and is not
        collected. ValueError: the pidfd is closed. NotSupported: the kernel is older than 5.4. See
        waitid(2), P_PIDFD.
        """
        end = math.inf if timeout is None else time.monotonic() + number_of_seconds(timeout)
        info = self._info or self._collect(0)
        if info is None and self.poll(timeout):
            # A tracer of another process may have to collect it before, or Popen.wait() does.
            info = self._collect(-1 if timeout is None else max(0, end - time.monotonic()))
        if info is None:
            raise self._late(timeout)
        return info

    def poll(self, timeout: float | None = None) -> bool:
        """Wait until the process has ended, be it our child or not; return whether it has.

        It is not collected. A timeout, in seconds, of 0 or less only looks; None or infinity waits
        without end. Raises TypeError: the timeout is no number. ValueError: it is NaN, or the pidfd
        is closed. See poll(2), pidfd_open(2).
        """
        seconds = math.inf if timeout is None else number_of_seconds(timeout)
        end = time.monotonic() + seconds
        while not self._is_readable(max(0, min(seconds, _LONGEST_SECONDS))):
            seconds = end - time.monotonic()
            if seconds <= 0:
                return False
        return True


def reap_all() -> tuple[ExitInfo, ...]:
    """Collect every child that is dead now, in the kernel's order; the living are not waited for.

    Raises NotSupported: the number of waitid is not known on this machine. See waitid(2).
    """
    collected: list[ExitInfo] = []
    with suppress(ChildProcessError):  # no child is left
        while (info := waitid_with_rusage(P_ALL, 0, WEXITED | WNOHANG)) is not None:
            collected.append(info)
    return tuple(collected)
