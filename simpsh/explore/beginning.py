"""What is arranged right before a held process does its operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import detour
from simpsh.explore.caged import DEAD, INTERRUPTED
from simpsh.explore.operation import (
    LOCK_UN,
    Born,
    Dying,
    Exit,
    Exiting,
    Flock,
    Forking,
    Kill,
    Operation,
    Sleep,
    VforkWait,
)
from simpsh.explore.readiness import returns_by_itself
from simpsh.explore.signalling import SIGKILL, deliverable
from simpsh.kernel import registers

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.run import Run

_ESRCH = 3


def is_killed_first(run: Run, process: Caged, operation: Operation) -> bool:
    """Tell whether a SIGKILL that is pending acts before the operation can."""
    if SIGKILL not in process.pending or not _dies_without(run, process, operation):
        return False
    if not isinstance(operation, Born | VforkWait):
        process.result = INTERRUPTED
    return True


def before(run: Run, process: Caged, operation: Operation) -> None:
    """Arrange that the operation does what it shall."""
    match operation:
        case Kill(target, signal):
            _before_kill(process, run.processes[target], signal)
        case Sleep() if not deliverable(process):
            registers.skip_call(process.pid, 0)
        case Exiting():
            process.is_exiting = True
            if process.ends:
                detour.close_everything_first(process)
        case Dying(signal):
            detour.close_everything_and_die(process, signal)
        case Flock(_, how) if how == LOCK_UN != process.args[1]:
            detour.unlock_first(process, LOCK_UN)
        case _:
            pass


def _dies_without(run: Run, process: Caged, operation: Operation) -> bool:
    """Tell whether a SIGKILL that is pending acts before the call could return."""
    if isinstance(operation, Dying | Exit | Exiting):
        return False
    if isinstance(operation, Born | VforkWait | Forking | Sleep):
        return True
    return not returns_by_itself(run, process, operation)


def _before_kill(process: Caged, target: Caged, signal: int) -> None:
    """Keep a signal from whoever has been given the pid of a process that is no more.

    SIGKILL is not sent yet: the kernel would not wait for the moment that is chosen for it.
    """
    if target.state == DEAD and target.is_reaped:
        registers.skip_call(process.pid, -_ESRCH)
    elif signal == SIGKILL:
        registers.skip_call(process.pid, 0)
