"""Ending a run: nobody is left, neither stopped nor as a zombie."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.explore.caged import DEAD
from simpsh.kernel import ptrace

if TYPE_CHECKING:
    from simpsh.explore.run import Run
    from simpsh.explore.stops import Stops

_SIGKILL, _STOPPED = 9, 0x7F


def end_everybody(run: Run, stops: Stops) -> None:
    """Kill everybody of the run who lives, and collect all."""
    left = {one.pid for one in run.living} | set(stops.early)
    for pid in left:
        _kill(pid)
    while left:
        try:
            status = ptrace.next_status()
        except ChildProcessError:
            break
        if status is None:
            break
        if status.word & _STOPPED != _STOPPED:
            left.discard(status.pid)
            continue
        # A child that was just being made when its parent was killed comes as a surprise.
        if status.pid not in run.naming.by_pid and status.pid not in left:
            left.add(status.pid)
        _kill(status.pid)
    for process in run.processes.values():
        process.state = DEAD
        _collect(process.pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, _SIGKILL)
        # SIGKILL does not release a process that is held at its exit event.
        ptrace.resume(pid)
    except ProcessLookupError:
        return


def _collect(pid: int) -> None:
    """Collect a zombie whose parent has died before it was waited for."""
    try:
        ptrace.next_status(pid, is_patient=False)
    except ChildProcessError:
        return
