"""Waiting until everybody is held: by SIGCHLD, which every stop sends to the tracer."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from simpsh.explore.caged import BLOCKED, RUNNING
from simpsh.explore.operation import Unwatched
from simpsh.kernel import ptrace
from simpsh.kernel.signals import sigtimedwait
from simpsh.kernel.syscall_table import NAMES
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.explore.caged import Caged
    from simpsh.explore.run import Run
    from simpsh.explore.stops import Stops

SIGCHLD = 17
COMPUTES = "computes for more than 2 s between two operations"
BLOCKS = "blocks in a call that is not followed"
_LOOK_SECONDS = 0.125
_PATIENT_SECONDS = 0.001
_MOST_CPU_SECONDS = 2.0


class Settling:
    """Takes stops until nobody of the run is on the way any more."""

    def __init__(self, run: Run, stops: Stops, drain: Callable[[], None]) -> None:
        self._run = run
        self._stops = stops
        self._drain = drain
        self._asleep: dict[str, str] = {}

    def settle(self, *, drains_meanwhile: bool = False) -> None:
        """Return when every process is held, ended, or blocked where it is not followed."""
        self._asleep.clear()
        self._started = time.monotonic()
        while any(one.state == RUNNING for one in self._run.processes.values()):
            try:
                status = ptrace.next_status(is_patient=False)
            except ChildProcessError:
                return
            if status is not None:
                self._stops.take(status)
            elif not drains_meanwhile:
                if sigtimedwait((SIGCHLD,), _LOOK_SECONDS) is None:
                    self._look()
            else:
                # The output is full until somebody takes what was written.
                self._drain()
                if sigtimedwait((SIGCHLD,), _PATIENT_SECONDS) is None:
                    self._look()

    def _look(self) -> None:
        """Look at those who have been on the way for long."""
        if time.monotonic() - self._started < _LOOK_SECONDS:
            return
        self._started = time.monotonic()
        for process in self._run.processes.values():
            if process.state == RUNNING:
                self._look_at(process)

    def _look_at(self, process: Caged) -> None:
        if proc_files.sleeps_in_call(process.pid):
            line = proc_files.call_under_way(process.pid)
            now = f"{line} {proc_files.times_scheduled(process.pid)}"
            if self._asleep.get(process.name) == now:
                number = now.split()[0]
                call = NAMES.get(int(number), number) if number.isdigit() else "a call"
                self._run.flag(f"{BLOCKS}: {call}")
                process.state, process.operation = BLOCKED, Unwatched(call)
            self._asleep[process.name] = now
        elif _cpu_seconds(process.pid) > _MOST_CPU_SECONDS:
            self._run.flag(COMPUTES)
            process.state, process.operation = BLOCKED, Unwatched("")


def _cpu_seconds(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            line = file.read()
    except OSError:
        return 0.0
    # The name before it may hold anything; user and system time are fields 14 and 15.
    fields = line[line.rindex(b")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
