"""In an event loop a child is awaited like a socket: its pidfd becomes readable when it ends.

This needs neither a thread nor a SIGCHLD handler. Each child has its own descriptor, so its end
cannot be mistaken for another child's, and nothing is lost when several children end at once.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from contextlib import suppress

from simpsh.base.given_numbers import number_of_seconds
from simpsh.kernel.wait_calls import ExitInfo
from simpsh.process.pidfd import OpenPidFd


class AsyncPidFd(OpenPidFd):
    """A process held by a pidfd, whose end tasks of the running event loop can await.

    Create one with AsyncPidFd.open(). Close it, or use it as a context manager (`with`).

    Raises ProcessLookupError: ESRCH; open() found no such process. NotSupported: the kernel is
    older than 5.3. See pidfd_open(2).
    """

    __slots__ = ()

    async def wait(self, timeout: float | None = None) -> ExitInfo:
        """Await the end of our child and collect it; every awaiting task gets the same result.

        If a task is cancelled, the status is kept for the next one. Raises the errors of
        PidFd.wait(). OSError: EMFILE; a second descriptor is open during the wait. See waitid(2),
        P_PIDFD.
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
        """Await the end of the process, our child or not; return whether it has ended.

        The child is not collected. Raises the errors of PidFd.poll(). OSError: EMFILE, as for
        wait(). See poll(2), pidfd_open(2).
        """
        seconds = math.inf if timeout is None else number_of_seconds(timeout)
        if seconds <= 0:
            return self._is_readable(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._readable()
            return True
        return False

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.create_future()
        # A duplicate, because a loop has at most one reader per descriptor.
        descriptor = os.dup(self.fileno())

        def wake() -> None:
            # Collect nothing here: if the task is cancelled in this turn of the loop, the kernel
            # keeps the status for the next task that awaits it.
            if not end.done():
                end.set_result(None)

        loop.add_reader(descriptor, wake)
        try:
            await end
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
