"""What one run may use: processes, output, memory, time. Beyond that it is ended, and this is said.

A program that goes beyond is never run freely either: only the cage can hold it.
"""

from __future__ import annotations

import os
import resource
import time
from contextlib import suppress

from simpsh.base.errors import SimpshError
from simpsh.explore.flags import (
    MOST_PROCESSES,
    OUT_OF_TIME,
    TOO_MANY_PROCESSES,
    TOO_MUCH_MEMORY,
    TOO_MUCH_OUTPUT,
    TOO_MUCH_WRITTEN,
    Flag,
)
from simpsh.process import proc

DEFAULT_BUDGET_SECONDS = 10.0
"""How long it may take to learn a program, if nobody says otherwise."""
MOST_OUTPUT = 1_000_000
MOST_MEMORY = 500_000_000
"""Bytes that its processes have in memory together."""
MOST_WRITTEN, MOST_FILE = 200_000_000, 20_000_000
"""Bytes that one process writes between two operations, to files of its own; that a file has."""


class RunCutOff(SimpshError):
    """A run was ended: it went beyond what a run may use; `flag` says what."""

    def __init__(self, flag: Flag) -> None:
        super().__init__(flag.words)
        self.flag = flag


class OutOfTime(RunCutOff):
    """The time for the whole exploration is over."""

    def __init__(self) -> None:
        super().__init__(OUT_OF_TIME)


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
    """Return whether a process has a regular file open; what /dev/null is given fills no disk."""
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        return any(entry.is_file() for entry in descriptors)
    return False


def spent_seconds() -> float:
    """Return the moment by the clock of budgets: processor seconds of this process and its runs.

    On a machine that is busy with other things it is slower than a clock on the wall. Where nothing
    computes it goes on, too: a hundred seconds count as one.
    """
    of_runs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + of_runs.ru_utime + of_runs.ru_stime + time.monotonic() / _WAITING


_WAITING = 100
