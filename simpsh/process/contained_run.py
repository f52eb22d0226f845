"""Run one command to its end without a terminal, and end every process it leaves.

The calling process must be a subreaper without other children.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from simpsh.base.record import Record
from simpsh.base.wait_status import WaitStatus
from simpsh.kernel.descriptors import close, pipe2, readable
from simpsh.kernel.wait_calls import pidfd_open, waitpid
from simpsh.process.child_changes import (
    NULL,
    Change,
    ChildStart,
    DeathWith,
    Directory,
    Execute,
    NewSession,
    OnlyDescriptors,
    Signals,
    standard,
)
from simpsh.process.subreaper import collect_all

_MOST_BYTES = 4 << 20
_PIECE = 1 << 16


class ContainedCommand(Record):
    """A command, its environment and its time limit."""

    argv: Sequence[str]
    """The first word is the path of the program."""
    environment: Mapping[str, str]
    directory: str
    seconds: float
    """Time limit for the command and all processes that it starts."""


class ContainedEnd(Record):
    """The result of a command as seen from outside."""

    status: WaitStatus | None
    """None if it was killed: it took too long, or wrote too much."""
    output: bytes
    errors: bytes


def run_contained(command: ContainedCommand) -> ContainedEnd:
    """Run a command until it has ended and no process holds its outputs any more.

    Raises ChangeFailed: it could not be started.
    """
    output, errors = pipe2(), pipe2()
    given = NULL, output.write_end, errors.write_end
    program = Execute(command.argv, command.environment)
    start = ChildStart(*apart(given, command.directory), DeathWith(os.getpid()), program)
    pid = start.fork()
    close(output.write_end)
    close(errors.write_end)
    written = {output.read_end: bytearray(), errors.read_end: bytearray()}
    ended = None
    try:
        ending = pidfd_open(pid)
        try:
            if take_all(written, time.monotonic() + command.seconds, ending=ending):
                ended = waitpid(pid)
        finally:
            close(ending)
    finally:
        close(output.read_end)
        close(errors.read_end)
        collect_all()
    start.require()
    status = ended[1] if ended is not None else None
    return ContainedEnd(status, *map(bytes, written.values()))


def apart(descriptors: Sequence[int], directory: str) -> tuple[Change, ...]:
    """Return the changes of a child in its own session, with `descriptors` as 0, 1 and 2."""
    given = standard(*descriptors)
    return (NewSession(), given, OnlyDescriptors(), Signals(), Directory(directory))


def take_all(
    written: Mapping[int, bytearray], deadline: float, *, ending: int = -1, most: int = _MOST_BYTES
) -> bool:
    """Read the descriptors of `written` until end of file, and wait for the pidfd `ending`.

    Return False if that took too long, or if more was written than allowed.
    """
    left_open = {*written, ending} - {-1}
    while left_open:
        ready = readable(left_open, deadline - time.monotonic())
        if not ready:
            return False
        for descriptor in ready:
            piece = b"" if descriptor == ending else os.read(descriptor, _PIECE)
            if not piece:
                left_open.remove(descriptor)
            elif sum(map(len, written.values())) < most:
                written[descriptor].extend(piece)
            else:
                return False
    return True
