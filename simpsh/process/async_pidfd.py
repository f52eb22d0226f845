"""In an event loop a child is awaited like a socket: its pidfd becomes readable when it ends.

No thread, no SIGCHLD handler: each child has its own descriptor, so no end can be taken for
another's, and nothing is lost when several end at once.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress

from simpsh.kernel.wait_calls import ExitInfo
from simpsh.process.pidfd import OpenPidFd, number_of_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from subprocess import Popen  # noqa: TID251 - whose status is kept right


class AsyncPidFd(OpenPidFd):
    """A process held by a descriptor and awaited in the running event loop.

    Make one with AsyncPidFd.open(). Close it, or use it as a context manager (`with`).

    Raises ProcessLookupError: ESRCH; open() found no such process. NotSupported: the kernel is
    older than 5.3. See pidfd_open(2).
    """

    __slots__ = ("_loop", "_waiters")

    def __init__(
        self, pid: int, descriptor: int, popen: Popen[bytes] | Popen[str] | None = None
    ) -> None:
        super().__init__(pid, descriptor, popen)
        self._waiters: set[asyncio.Future[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def wait(self, timeout: float | None = None) -> ExitInfo:
        """Await the end of our child and collect it; every task that awaits gets the same.

        A cancelled task takes nothing along: the status is kept for whoever awaits next. The
        timeout is in seconds.

        Raises:
            ChildProcessError: ECHILD, at once; it is not our child (await poll(), which works
                for any process), or its status went to another wait.
            TimeoutError: it has not ended, and is not collected.
            ValueError: the pidfd is closed.
            RuntimeError: another event loop is awaiting it.
            NotSupported: the kernel is older than 5.4.

        See waitid(2), P_PIDFD.
        """
        end = math.inf if timeout is None else time.monotonic() + number_of_seconds(timeout)
        while True:
            info = self._info or self._collect(is_blocking=False)
            if info is not None:
                return info
            if not await self.poll(end - time.monotonic()):
                raise self._late(timeout)

    async def poll(self, timeout: float | None = None) -> bool:
        """Await the end of the process, be it our child or not; return whether it has ended.

        It is not collected. The timeout is as for PidFd.poll(). Raises TypeError: the timeout is no
        number. ValueError: it is NaN; the pidfd is closed, or was closed meanwhile. RuntimeError:
        another event loop is awaiting it. See poll(2), pidfd_open(2).
        """
        seconds = math.inf if timeout is None else number_of_seconds(timeout)
        if seconds <= 0:
            return self._is_readable(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._readable()
            return True
        return False

    def close(self) -> None:
        """Give the descriptor back; who still awaits it gets a ValueError.

        Raises OSError: EBADF; the descriptor was closed elsewhere. See close(2).
        """
        waiters, self._waiters = self._waiters, set()
        self._stop_listening()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(ValueError(f"the pidfd of process {self.pid} was closed"))
        super().close()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            loop.add_reader(self.fileno(), self._wake)
            self._loop = loop
        elif self._loop is not loop:
            raise RuntimeError(f"process {self.pid} is awaited in another event loop")
        waiter = loop.create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
            if not self._waiters:
                self._stop_listening()

    def _wake(self) -> None:
        # Nothing is collected here: if the task that is woken is cancelled in this very turn of
        # the loop, the status is still the kernel's, for whoever awaits next.
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _stop_listening(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None and not self.is_closed and not loop.is_closed():
            loop.remove_reader(self._descriptor)
