"""In an event loop a child is awaited like a socket: its pidfd becomes readable when it ends.

No thread, no SIGCHLD handler: each child has its own descriptor, so no end can be taken for
another's, and nothing is lost when several end at once.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from contextlib import suppress
from subprocess import Popen  # noqa: TID251 - whose status is kept right

from simpsh.base.patience import number_of_seconds
from simpsh.kernel.wait_calls import ExitInfo
from simpsh.process.pidfd import OpenPidFd


class AsyncPidFd(OpenPidFd):
    """A process held by a descriptor and awaited in the running event loop.

    Make one with AsyncPidFd.open(). Close it, or use it as a context manager (`with`).

    Raises ProcessLookupError: ESRCH; open() found no such process. NotSupported: the kernel is
    older than 5.3. See pidfd_open(2).
    """

    __slots__ = ("_ends",)

    def __init__(
        self, pid: int, descriptor: int, popen: Popen[bytes] | Popen[str] | None = None
    ) -> None:
        super().__init__(pid, descriptor, popen)
        self._ends: set[asyncio.Future[None]] = set()
        """What those tasks wait for that await the end now."""

    async def wait(self, timeout: float | None = None) -> ExitInfo:
        """Await the end of our child and collect it; every task that awaits gets the same.

        A cancelled task takes nothing along: the status is kept for whoever awaits next. The
        timeout is in seconds.

        Raises:
            ChildProcessError: ECHILD, at once; it is not our child (await poll(), which works
                for any process), or its status went to another wait.
            TimeoutError: it has not ended, and is not collected.
            ValueError: the pidfd is closed.
            OSError: EMFILE; while it is awaited it has a second descriptor.
            NotSupported: the kernel is older than 5.4.

        See waitid(2), P_PIDFD.
        """
        end = math.inf if timeout is None else time.monotonic() + number_of_seconds(timeout)
        while True:
            is_late = time.monotonic() >= end
            info = self._info or self._collect(0)
            if info is not None:
                return info
            if is_late or not await self.poll(end - time.monotonic()):
                raise self._late(timeout)

    async def poll(self, timeout: float | None = None) -> bool:
        """Await the end of the process, be it our child or not; return whether it has ended.

        It is not collected. The timeout is as for PidFd.poll(). Raises TypeError: the timeout is no
        number. ValueError: it is NaN; the pidfd is closed, or was closed meanwhile. OSError:
        EMFILE; while it is awaited it has a second descriptor. See poll(2), pidfd_open(2).
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
        for end in self._ends:
            if not end.done():
                end.set_exception(ValueError(f"the pidfd of process {self.pid} was closed"))
        super().close()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.create_future()
        # Of its own: a loop has one reader for a descriptor.
        descriptor = os.dup(self.fileno())

        def wake() -> None:
            # Nothing is collected here: if the task that is woken is cancelled in this very turn
            # of the loop, the status is still the kernel's, for whoever awaits next.
            if not end.done():
                end.set_result(None)

        loop.add_reader(descriptor, wake)
        self._ends.add(end)
        try:
            await end
        finally:
            self._ends.discard(end)
            loop.remove_reader(descriptor)
            os.close(descriptor)
