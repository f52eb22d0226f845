"""The limits of one run: processes, output, memory, time.

A run that exceeds a limit is ended, and its program is never run freely.
"""

from __future__ import annotations

import os
import resource
import time
from contextlib import suppress
from math import inf

from simpsh.base.errors import SimpshError
from simpsh.base.patience import patience
from simpsh.base.phrases import counted_seconds
from simpsh.explore.flags import (
    LATE_BY_CLOCK,
    MOST_PROCESSES,
    OUT_OF_TIME,
    TOO_MANY_PROCESSES,
    TOO_MUCH_MEMORY,
    TOO_MUCH_OUTPUT,
    TOO_MUCH_WRITTEN,
    Flag,
)
from simpsh.process import proc

TICK_SECONDS = 0.011
"""The clock of a file system is at most one tick late."""
DEFAULT_BUDGET_SECONDS = 10.0
"""The default time for exploring a program."""
MOST_OUTPUT = 1_000_000
MOST_MEMORY = 500_000_000
"""The most bytes of memory that all processes of a run use together."""
MOST_WRITTEN, MOST_FILE = 200_000_000, 20_000_000
"""The most bytes that a process may write while it has a file open; the largest file size."""


class RunCutOff(SimpshError):
    """A run was ended because it exceeded the limit in `flag`."""

    def __init__(self, flag: Flag) -> None:
        super().__init__(flag)
        self.flag = flag

    def __str__(self) -> str:
        reason = "; ".join(filter(None, (self.flag.clause, self.flag.advice)))
        return f"the program was ended: {reason}"


class ClockLimit:
    """A limit by the clock on the time without progress, which stands against hangs.

    Other programs may use its time.
    """

    def __init__(self, budget: float = inf) -> None:
        """Begin the limit of work that may use so many seconds of processor time."""
        self.seconds = _TIMES_THE_BUDGET * patience() * max(budget, _LEAST_SECONDS)
        self.note_progress()

    def note_progress(self) -> None:
        """Begin again."""
        self._ends = time.monotonic() + self.seconds

    @property
    def is_over(self) -> bool:
        """Whether the limit is reached."""
        return time.monotonic() >= self._ends

    def check(self) -> None:
        """Raise RunCutOff if the limit is reached."""
        if self.is_over:
            raise RunCutOff(LATE_BY_CLOCK.of(counted_seconds(self.seconds)))


_TIMES_THE_BUDGET, _LEAST_SECONDS = 3, 5.0


class OutOfTime(RunCutOff):
    """The time for the whole exploration is over."""

    def __init__(self, flag: Flag = OUT_OF_TIME) -> None:
        super().__init__(flag)


def check_births(alive: int) -> None:
    """Raise RunCutOff if a run has too many processes."""
    if alive > MOST_PROCESSES:
        raise RunCutOff(TOO_MANY_PROCESSES)


def check_output(count: int) -> None:
    """Raise RunCutOff if a run has printed too many bytes."""
    if count > MOST_OUTPUT:
        raise RunCutOff(TOO_MUCH_OUTPUT)


def check_use(pids: list[int]) -> None:
    """Raise RunCutOff if processes have too much memory, or have written too much."""
    if sum(map(proc.resident_bytes, pids)) > MOST_MEMORY:
        raise RunCutOff(TOO_MUCH_MEMORY)
    if any(proc.bytes_written(pid) > MOST_WRITTEN and _has_file(pid) for pid in pids):
        raise RunCutOff(TOO_MUCH_WRITTEN)


def _has_file(pid: int) -> bool:
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        return any(entry.is_file() for entry in descriptors)
    return False


def spent_seconds() -> float:
    """Return the budget's clock: the processor seconds of this process and of its runs.

    Time that other programs use does not count.
    """
    runs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + runs.ru_utime + runs.ru_stime
