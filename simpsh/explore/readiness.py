"""Who can go on: an operation that would block is never let into the kernel."""

from __future__ import annotations

import fcntl
import os
import select
from typing import TYPE_CHECKING

from simpsh.explore.caged import AT, DEAD
from simpsh.explore.operation import (
    LOCK_NB,
    LOCK_UN,
    WNOHANG,
    Born,
    Dying,
    Exit,
    Flock,
    Pause,
    Read,
    Suspend,
    VforkWait,
    Wait,
    Write,
    is_pipe,
)
from simpsh.explore.signalling import deliverable, notice_timer
from simpsh.trace.call_events import signed

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.operation import Operation
    from simpsh.explore.run import Run

SURE_BYTES = 32768
"""What a pipe takes in any case: its sixteen pages may be half used each."""
FILLS_PIPE = "fills a pipe with more than 32 KiB"


def choices(run: Run) -> list[str]:
    """Return what can be chosen, in the order of the processes' births."""
    found = []
    for name, process in run.processes.items():
        if process.state != AT or process.operation is None:
            continue
        if process.has_timer:
            notice_timer(process)
        if is_ready(run, process, process.operation):
            found.append(name)
        may_come_first = not isinstance(process.operation, Born | Dying | Exit | VforkWait)
        if may_come_first and deliverable(process):
            found.append(name + "!")
    return found


def is_ready(run: Run, process: Caged, operation: Operation) -> bool:
    """Tell whether an operation would return, be it because of a signal."""
    may_be_interrupted = not isinstance(operation, Dying | Exit | VforkWait)
    if may_be_interrupted and deliverable(process, inside=True):
        return True
    return returns_by_itself(run, process, operation)


def returns_by_itself(run: Run, process: Caged, operation: Operation) -> bool:
    """Tell whether an operation would return without a signal."""
    match operation:
        case Wait(target, options):
            return bool(options & WNOHANG) or _has_news(run, process, target)
        case Read(name) | Write(name) if is_pipe(name):
            return _is_open(run, process, operation)
        case Flock(name, how, description) if not how & (LOCK_UN | LOCK_NB):
            return _is_free(run, process, name, how, description)
        case VforkWait(child):
            return run.processes[child].is_released
        case _:
            return not isinstance(operation, Pause | Suspend)


def _is_open(run: Run, process: Caged, operation: Operation) -> bool:
    """Tell whether a pipe has bytes to read, or room for those to write, or an end."""
    if isinstance(operation, Write):
        return _has_room(run, process, operation.object, len(operation.data))
    return _polls(process, os.O_RDONLY, select.POLLIN)


def _has_news(run: Run, process: Caged, target: str) -> bool:
    """Tell whether a wait would return: somebody has ended, or there is nobody to wait for."""
    waited_for = run.children_of(process, "" if target == "any" else target)
    return not waited_for or any(child.state == DEAD for child in waited_for)


def _polls(process: Caged, flags: int, wanted: int) -> bool:
    """Tell what poll(2) says of the first argument's descriptor; everybody is held meanwhile."""
    path = f"/proc/{process.pid}/fd/{signed(process.args[0])}"
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True  # the call will find the same
    try:
        poll = select.poll()
        poll.register(descriptor, wanted)
        return bool(poll.poll(0))
    finally:
        os.close(descriptor)


def _has_room(run: Run, process: Caged, name: str, count: int) -> bool:
    if run.filling[name] + count <= SURE_BYTES or not run.holders(name, "r"):
        return True
    run.flag(FILLS_PIPE)
    return _polls(process, os.O_WRONLY, select.POLLOUT)


def _is_free(run: Run, process: Caged, name: str, how: int, description: str) -> bool:
    if description in run.locks.get(name, ()):
        return True
    path = f"/proc/{process.pid}/fd/{signed(process.args[0])}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, how | LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
