"""A pidfd is a descriptor that means one process, and never another that gets its number later."""

from __future__ import annotations

import _thread
import errno
import select
import weakref

from simpsh.base.signal_names import LAST
from simpsh.kernel.descriptors import close
from simpsh.kernel.signals import pidfd_send_signal
from simpsh.kernel.wait_calls import P_PIDFD, WEXITED, WNOHANG, pidfd_open, waitid_with_rusage
from simpsh.process.proc import command_name, gone, process_number, status_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from simpsh.kernel.wait_calls import ExitInfo


class Collection:
    """The one collecting of one child, shared by all pidfds that were opened for it.

    A status can be collected only once. Whoever comes second is given the first one's.
    """

    __slots__ = ("__weakref__", "_lock", "info", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.info: ExitInfo | None = None
        self._lock = _thread.allocate_lock()

    def collect(self, pidfd: int, *, is_blocking: bool) -> ExitInfo | None:
        """Wait for the child's end, or look whether it has come.

        Returns:
            How it ended, or None if it lives and is not waited for, or if another thread is
            collecting it right now.

        Raises:
            ChildProcessError: ECHILD; it is not a child of ours, or another wait collected it.
        """
        if not self._lock.acquire(is_blocking):
            return None
        try:
            if self.info is None:
                options = WEXITED if is_blocking else WEXITED | WNOHANG
                self.info = waitid_with_rusage(P_PIDFD, pidfd, options)
        except ChildProcessError:
            raise ChildProcessError(
                errno.ECHILD,
                f"process {self.pid} has no status for us: it is not our child, another wait has "
                "collected it, or SIGCHLD is ignored; poll() tells of the end of any process",
            ) from None
        finally:
            self._lock.release()
        return self.info


# Invariant: a collection without info is of the process that has this pid now, if it is our
# child: an uncollected child's number is not given away.
_collections: weakref.WeakValueDictionary[int, Collection] = weakref.WeakValueDictionary()


def _collection(pid: int) -> Collection:
    known = _collections.get(pid)
    if known is None or known.info is not None:
        known = _collections[pid] = Collection(pid)
    return known


class OpenPidFd:
    """What the blocking and the asynchronous pidfd have in common."""

    __slots__ = ("_collection", "_descriptor", "pid")

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self._descriptor = descriptor
        self._collection = _collection(pid)

    @classmethod
    def open(cls, pid: int) -> Self:
        """Open a pidfd for a process; the descriptor is closed by execve.

        It is safe from reuse of the pid for a child that was not waited for, and for any process
        that cannot end before this returns.

        Args:
            pid: our child, or any process.

        Raises:
            ValueError: pid is not positive.
            ProcessLookupError: ESRCH; there is no such process.
            OSError: EMFILE; no descriptor is left. EINVAL; it is the id of a thread other than
                its process's first.
            NotSupported: the kernel is older than 5.3.

        See pidfd_open(2).
        """
        pid = process_number(pid)
        if pid <= 0:
            raise ValueError(f"a pidfd means one process; {pid} is no process id")
        try:
            return cls(pid, pidfd_open(pid))
        except (ProcessLookupError, OverflowError):
            raise gone(pid) from None
        except OSError as error:
            # EINVAL, or ENOENT since Linux 6.9: there is no process of this id, but a thread.
            process = int(status_field(pid, "Tgid") or pid)
            if error.errno not in (errno.EINVAL, errno.ENOENT) or process == pid:
                raise
            raise OSError(
                errno.EINVAL,
                f"{pid} is a thread of process {process} ({command_name(process)}), and a pidfd "
                f"means a whole process: open it for {process}",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_descriptor", -1) >= 0:
            import warnings

            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(pid={self.pid}, descriptor={self._descriptor})"

    def close(self) -> None:
        """Give the descriptor back; a second time does nothing. The process is left as it is.

        Raises:
            OSError: EBADF; the descriptor was closed elsewhere.

        See close(2).
        """
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            close(descriptor)

    def fileno(self) -> int:
        """Return the descriptor, which is readable for poll(2) once the process has ended.

        Raises:
            ValueError: it is closed.

        See pidfd_open(2).
        """
        if self._descriptor < 0:
            raise ValueError(f"the pidfd of process {self.pid} is closed")
        return self._descriptor

    def send_signal(self, signal: int) -> None:
        """Send a signal to this process, and to no other that has got its number.

        Args:
            signal: its number; 0 only asks whether that is possible.

        Raises:
            ValueError: there is no such signal, or the pidfd is closed.
            ProcessLookupError: ESRCH; it has ended and was collected. (A zombie takes any signal.)
            PermissionError: EPERM; it belongs to another user.
            NotSupported: the kernel is older than 5.1.

        See pidfd_send_signal(2).
        """
        if not 0 <= signal <= LAST:
            raise ValueError(f"{signal} is no signal: there are 1 to {LAST}")
        descriptor = self.fileno()
        try:
            pidfd_send_signal(descriptor, int(signal))
        except ProcessLookupError:
            raise ProcessLookupError(
                errno.ESRCH, f"process {self.pid} has ended and was collected"
            ) from None


class PidFd(OpenPidFd):
    """A process held by a descriptor: waited for, polled and signalled without mistaking it.

    Make one with PidFd.open(). Close it, or use it as a context manager.

    Raises:
        ProcessLookupError: ESRCH; open() found no such process.
        NotSupported: the kernel is older than 5.3.

    See pidfd_open(2).
    """

    __slots__ = ()

    def wait(self) -> ExitInfo:
        """Wait until our child ends, and collect it; a second time the same is returned again.

        Returns:
            How it ended and what it used.

        Raises:
            ChildProcessError: ECHILD, at once; it is not our child (use poll(), which works for
                any process), or its status went to another wait.
            ValueError: the pidfd is closed.
            NotSupported: the kernel is older than 5.4.

        See waitid(2), P_PIDFD.
        """
        info = self._collection.info
        if info is None:
            info = self._collection.collect(self.fileno(), is_blocking=True)
        assert info is not None  # a blocking wait returns with a status or raises
        return info

    def poll(self, timeout: float | None = None) -> bool:
        """Wait until the process has ended, be it our child or not; it is not collected.

        Args:
            timeout: seconds; 0 only looks, None waits without end.

        Returns:
            Whether it has ended; False if the time passed before.

        Raises:
            ValueError: the pidfd is closed.

        See poll(2), pidfd_open(2).
        """
        death = select.poll()
        death.register(self.fileno(), select.POLLIN)
        milliseconds = None if timeout is None else max(0, round(timeout * 1000 + 0.4999))
        return bool(death.poll(milliseconds))
