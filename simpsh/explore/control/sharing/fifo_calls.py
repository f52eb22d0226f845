"""Opening FIFOs: a process that would wait for its other end is not let sleep in the kernel.

A reader opens it without blocking, which is taken back when it is open; for a writer, the explorer
has the reading end open for a moment. So the process has its end, and counts, as it does while it
sleeps in open; it is held before it comes back, until a partner has come.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import RunState
from simpsh.explore.operations.fifo_operations import FifoWaits, OpenFifo, fifo_name
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel import descriptors
from simpsh.kernel.machine import registers

BREAKS_OFF = "waits in open for the other end of a FIFO while signals are sent"
_ENDS = ("r", "w", "rw")
_PLACE_OF_FLAGS = {"open": 1, "openat": 2}


def opens_fifo(run: RunState, name: str, flags: int) -> OpenFifo | None:
    """Return the opening of a FIFO; None if the file is none."""
    if not is_fifo_file(run, name):
        return None
    if name not in run.knowledge.fifos:
        run.knowledge.fifos.add(name)
    ends = _ENDS[flags & os.O_ACCMODE] if flags & os.O_ACCMODE < len(_ENDS) else "r"
    blocks = not flags & os.O_NONBLOCK
    if run.knowledge.signals_matter and blocks:
        run.flag(BREAKS_OFF)
    return OpenFifo(name, ends, blocks)


def is_fifo_file(run: RunState, name: str) -> bool:
    """Return whether a file is a FIFO now."""
    try:
        return stat.S_ISFIFO(os.stat(run.names.real(name)).st_mode)
    except OSError:
        return False


def lacks_partner(run: RunState, operation: OpenFifo) -> bool:
    """Return whether opening it would wait."""
    if not operation.blocks or operation.ends == "rw" or not is_fifo_file(run, operation.path):
        return False
    return not run.holders(operation.fifo, "w" if operation.ends == "r" else "r")


@contextmanager
def not_waiting(run: RunState, process: HeldProcess, operation: OpenFifo) -> Iterator[None]:
    """Let an open return while this lasts that would wait for a partner."""
    if operation.ends == "r":
        place = _PLACE_OF_FLAGS.get(process.call, 1)
        values = registers.getregs(process.pid)
        values[registers.ARGUMENTS[place]] |= os.O_NONBLOCK
        registers.setregs(process.pid, values)
        yield
        return
    held = os.open(run.names.real(operation.path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield
    finally:
        descriptors.close(held)


def waits_after(process: HeldProcess, operation: Operation, result: int) -> FifoWaits | None:
    """Return the wait that follows an open that was made without a partner."""
    if not isinstance(operation, OpenFifo) or not process.lacks_partner or result < 0:
        return None
    process.lacks_partner = False
    if operation.ends == "r":
        borrowed = descriptors.borrow(process.pid, result)
        flags = fcntl.fcntl(borrowed, fcntl.F_GETFL)
        fcntl.fcntl(borrowed, fcntl.F_SETFL, flags & ~os.O_NONBLOCK)
        descriptors.close(borrowed)
    process.has_met = False
    return FifoWaits(operation.fifo, operation.ends)


def note_opened(run: RunState, process: HeldProcess, operation: OpenFifo) -> None:
    """Let those be back who wait for the end that was opened."""
    for other in run.living:
        waiting = other.operation
        if other is process or not isinstance(waiting, FifoWaits):
            continue
        wanted = "w" if waiting.end == "r" else "r"
        if waiting.object == fifo_name(operation.path) and wanted in operation.ends:
            other.has_met = True
