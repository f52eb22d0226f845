"""Letting everybody run freely: nobody is held any more, and time counts again.

They stay traced until they end: without its tracer a process's filtered calls would fail. Nothing
outside can be signalled still.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simpsh.explore.caged import AT, BLOCKED
from simpsh.explore.calls_of_processes import is_kill_outside, refuse
from simpsh.explore.operation import Dying
from simpsh.explore.signalling import strike
from simpsh.explore.stops import Stops
from simpsh.kernel import ptrace
from simpsh.kernel.signals import sigtimedwait
from simpsh.kernel.syscall_table import NAMES

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.operation import Operation
    from simpsh.explore.output import Output
    from simpsh.explore.run import Run

SIGCHLD = 17
_DRAIN_SECONDS = 0.01


class _FreeStops(Stops):
    """Answers every stop by going on."""

    def _arrive(self, process: Caged, operation: Operation) -> None:  # noqa: ARG002
        process.operation = process.under_way = None
        self.go(process)

    def _calls(self, process: Caged) -> None:
        number, *args = ptrace.syscall_entry(process.pid)
        process.call, process.args = NAMES[number], tuple(args)
        if is_kill_outside(self._run, process):
            refuse(self._run, process)
        process.under_way = None
        self.go(process)

    def _delivered(self, process: Caged, signal: int) -> None:
        self.go(process, signal)


def run_freely(run: Run, stops: Stops, output: Output, seconds: float) -> bytes:
    """Let everybody run to the end; return what they wrote.

    Raises:
        TimeoutError: somebody lives still.
    """
    free = _FreeStops(run)
    free.take_over(stops)
    for process in run.living:
        if process.state in (AT, BLOCKED):
            if isinstance(process.operation, Dying):
                strike(process, process.operation.signal)
            process.operation = process.under_way = None
            process.is_runaway = False
            free.go(process)
    written = b""
    deadline = time.monotonic() + seconds
    while run.living:
        written += output.drain_new()
        try:
            status = ptrace.next_status(is_patient=False)
        except ChildProcessError:
            break
        if status is not None:
            free.take(status)
        elif time.monotonic() > deadline:
            run.output += run.naming.printed(written)
            raise TimeoutError(f"the processes did not end in {seconds:g} s")
        else:
            sigtimedwait((SIGCHLD,), _DRAIN_SECONDS)
    return written + output.drain_new()
