"""Run one command to its end without a terminal, and end every process it leaves.

The calling process must be a subreaper without other children.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence

from simpsh.base.record import Record
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import WaitStatus
from simpsh.kernel import signals
from simpsh.kernel.descriptors import HIGHEST, close, close_range, dup2, open_file, pipe2, readable
from simpsh.kernel.processes import chdir, execve, exit_now, fork, set_pdeathsig, setsid
from simpsh.kernel.wait_calls import pidfd_open, waitpid
from simpsh.process.subreaper import collect_all

_MOST_BYTES = 4 << 20
_PIECE = 1 << 16
_NOT_EXECUTED = 127


class ContainedCommand(Record):
    """A command, its environment and its time limit."""

    argv: Sequence[str]
    """The first word is the path of the program."""
    environment: Mapping[str, str]
    directory: str
    seconds: float
    """Time limit for the command and all processes that it starts."""

    def become(self) -> int:
        """Execute the command in this process, which dies with its parent."""
        set_pdeathsig(SIGKILL)
        execve(self.argv[0], self.argv, self.environment)


class ContainedEnd(Record):
    """The result of a command as seen from outside."""

    status: WaitStatus | None
    """None if it was killed: it took too long, or wrote too much."""
    output: bytes
    errors: bytes


def run_contained(command: ContainedCommand) -> ContainedEnd:
    """Run a command until it has ended and no process holds its outputs any more."""
    output, errors, nothing = pipe2(), pipe2(), open_file(os.devnull, os.O_RDONLY)
    given = (nothing, output.write_end, errors.write_end)
    pid = start_apart(given, command.directory, command.become)
    for descriptor in given:
        close(descriptor)
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
    status = ended[1] if ended is not None else None
    return ContainedEnd(status, *map(bytes, written.values()))


def start_apart(descriptors: Sequence[int], directory: str, become: Callable[[], int]) -> int:
    """Start a child in its own session, with `descriptors` as 0, 1 and 2; return its pid."""
    pid = fork()
    if pid == 0:  # in the child
        status = _NOT_EXECUTED
        try:
            setsid()
            for number, descriptor in enumerate(descriptors):
                dup2(descriptor, number)
            close_range(3, HIGHEST)
            signals.set_defaults()
            chdir(directory)
            status = become()
        finally:
            exit_now(status)
    return pid


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
