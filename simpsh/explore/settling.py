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
_MOST_STOPS = 50_000


class Settling:
    """Takes stops until nobody of the run is on the way any more."""

    def __init__(self, run: Run, stops: Stops, drain: Callable[[], None]) -> None:
        self._run = run
        self._stops = stops
        self._drain = drain
        self._asleep: dict[str, str] = {}
        self._used: dict[str, float] = {}
        """The processor seconds of each when it was first looked at."""
        self._next_look = 0.0

    def settle(self, *, drains_meanwhile: bool = False) -> None:
        """Return when every process is held, ended, or blocked where it is not followed."""
        self._used.clear()
        self._next_look = time.monotonic() + _LOOK_SECONDS
        stops = 0
        while self._is_anybody_on_the_way():
            try:
                status = ptrace.next_status(is_patient=False)
            except ChildProcessError:
                return
            if status is not None:
                self._stops.take(status)
                stops += 1
            elif drains_meanwhile:
                # The output is full until somebody takes what was written.
                self._drain()
                sigtimedwait((SIGCHLD,), _PATIENT_SECONDS)
            else:
                sigtimedwait((SIGCHLD,), _LOOK_SECONDS)
            if time.monotonic() >= self._next_look:
                self._look(is_loop=stops > _MOST_STOPS)

    def _is_anybody_on_the_way(self) -> bool:
        blocked = []
        for process in self._run.processes.values():
            if process.state == RUNNING:
                return True
            if process.state == BLOCKED:
                blocked.append(process)
        for process in blocked:
            # What others did may have woken it: then it comes to its next operation.
            if process.operation != Unwatched("") and not self._is_asleep_as_before(process):
                process.state = RUNNING
        return any(process.state == RUNNING for process in blocked)

    def _is_asleep_as_before(self, process: Caged) -> bool:
        before = self._asleep.get(process.name)
        return before is not None and _sleep_of(process) == before

    def _look(self, *, is_loop: bool) -> None:
        """Look at those who have been on the way for long."""
        self._next_look = time.monotonic() + _LOOK_SECONDS
        for process in self._run.processes.values():
            if process.state != RUNNING:
                continue
            if proc_files.sleeps_in_call(process.pid):
                self._look_at_sleeper(process)
            else:
                used = _cpu_seconds(process.pid)
                since = self._used.setdefault(process.name, used)
                if is_loop or used - since > _MOST_CPU_SECONDS:
                    self._hold(process)

    def _look_at_sleeper(self, process: Caged) -> None:
        now = _sleep_of(process)
        if self._asleep.get(process.name) == now:
            number = now.split()[0]
            call = NAMES.get(int(number), number) if number.isdigit() else "a call"
            self._run.flag(f"{BLOCKS}: {call}")
            process.state, process.operation = BLOCKED, Unwatched(call)
        self._asleep[process.name] = now

    def _hold(self, process: Caged) -> None:
        """Stop a process that does not come to an operation; it stays where it is then."""
        if not process.is_runaway:
            process.is_runaway = True
            self._run.flag(COMPUTES)
            try:
                ptrace.interrupt(process.pid)
            except ProcessLookupError:
                return


def _sleep_of(process: Caged) -> str:
    """Return what a process sleeps in, and how often it has left the processor."""
    line = proc_files.call_under_way(process.pid)
    return f"{line} {proc_files.times_scheduled(process.pid)}"


def _cpu_seconds(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            line = file.read()
    except OSError:
        return 0.0
    # The name before it may hold anything; user and system time are fields 14 and 15.
    fields = line[line.rindex(b")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
