"""A test's time limit ends the test whatever it waits for.

pytest-timeout raises an exception in the test. A `Popen.__exit__` or a `finally` may then wait for
a process that never ends. So all processes of the test are killed first at the deadline, and again
every second until the test is over: each wait for one of them, and each read of a pipe that one of
them holds, then returns. If no signal handler can run (SIGALRM blocked, a loop in C), there is
no limit.
"""

import contextlib
import os
import signal
import time

import pytest

from tests.harness.process import children_of, command_of, descendants_of

KILL_AGAIN_SECONDS = 1.0
RAISE_AGAIN_SECONDS = 10.0


class TimeLimit:
    """The time limit of one test, from `start` to `stop`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ours = frozenset(children_of(os.getpid()))
        """Children from before the test, such as the processes of shared fixtures."""
        self.raise_next = 0.0
        self.runner = os.getpid()

    def start(self) -> None:
        signal.signal(signal.SIGALRM, self._passed)
        signal.setitimer(signal.ITIMER_REAL, self.seconds, KILL_AGAIN_SECONDS)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _passed(self, number: int, frame: object) -> None:
        __tracebackhide__ = True
        if os.getpid() != self.runner:
            return  # a child forked by the test: some process sent it SIGALRM
        killed = self._kill()
        if time.monotonic() >= self.raise_next:
            self.raise_next = time.monotonic() + RAISE_AGAIN_SECONDS
            lines = "".join(f"\n  killed: {one}" for one in killed)
            pytest.fail(f"Timeout (>{self.seconds}s) of the test's time limit.{lines}")

    def _kill(self) -> list[str]:
        """Kill the test's processes; return their descriptions."""
        new = [pid for pid in children_of(self.runner) if pid not in self.ours]
        pids = [one for pid in new for one in (pid, *descendants_of(pid))]
        commands = [f"{pid} {command_of(pid)}" for pid in pids]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return commands
