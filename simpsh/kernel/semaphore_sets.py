"""The semaphores of System V, which programs find by a number; see semctl(2)."""

from __future__ import annotations

from simpsh.base.record import Record

_GETPID, _GETVAL = 11, 12


class SemaphoreState(Record):
    """The state of one semaphore of a set."""

    value: int
    last_pid: int
    """The process that changed it last, which may have ended; 0 if there was none."""


def semaphore_state(identifier: int, number: int) -> SemaphoreState:
    """Return the state of a semaphore of a set in our IPC namespace; raises OSError."""
    from simpsh.kernel.c_library import call

    value, pid = (call("semctl", identifier, number, command) for command in (_GETVAL, _GETPID))
    return SemaphoreState(value, pid)
