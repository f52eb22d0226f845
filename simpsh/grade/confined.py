"""Running a command inside the cage to its end: a compiler, make, a tutor's own check."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

from simpsh.course.collecting import collect_all
from simpsh.kernel import signals
from simpsh.kernel.descriptors import HIGHEST, close, close_range, dup2, open_file, pipe2
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import chdir, exit_now, fork
from simpsh.kernel.waiting import WNOHANG, pidfd_open, waitpid
from simpsh.record import Record
from simpsh.trace.starting import Command, run_program
from simpsh.wait_status import Exited

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from simpsh.grade.cage import Cage
    from simpsh.wait_status import WaitStatus

_KEPT_BYTES = 1 << 16
_CATCHABLE = tuple(number for number in range(1, 32) if number not in (9, 19))


class Done(Record):
    """How a command ended."""

    status: WaitStatus | None
    """None if it was ended because it took too long."""
    output: str
    """The beginning of what it printed."""

    @property
    def is_good(self) -> bool:
        """Whether it ended with status 0."""
        return self.status == Exited(0)


def run_confined(cage: Cage, argv: Sequence[str], directory: str, seconds: float) -> Done:
    """Run a command in the cage, and end whatever it leaves behind.

    This process must be a subreaper without other children.

    Raises:
        OSError: EAGAIN EMFILE …; no process or descriptor can be made.
    """
    output = pipe2()
    pid = fork()
    if pid == 0:  # in the child
        _become(cage, argv, directory, output.write_end)
    close(output.write_end)
    ending = pidfd_open(pid)
    try:
        kept = _read(output.read_end, ending, time.monotonic() + seconds)
        ended = waitpid(pid, WNOHANG)
    finally:
        close(ending)
        close(output.read_end)
        collect_all()
    return Done(ended[1] if ended is not None else None, kept.decode(errors="replace"))


def _read(output: int, ending: int, deadline: float) -> bytes:
    """Take what is printed until the command has ended; keep the beginning of it."""
    kept, poll = bytearray(), select.poll()
    for descriptor in (output, ending):
        poll.register(descriptor, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        ready = {descriptor for descriptor, _ in poll.poll(left * 1000)}
        if output in ready:
            piece = os.read(output, _KEPT_BYTES)
            kept += piece[: _KEPT_BYTES - len(kept)]
            if not piece:
                poll.unregister(output)
        elif ending in ready:
            break
    return bytes(kept)


def _become(cage: Cage, argv: Sequence[str], directory: str, output: int) -> NoReturn:
    status = 125
    try:
        setsid()
        dup2(open_file(os.devnull, os.O_RDONLY), 0)
        dup2(output, 1)
        dup2(output, 2)
        close_range(3, HIGHEST)
        signals.set_dispositions(dict.fromkeys(_CATCHABLE, signals.SIG_DFL))
        signals.sigprocmask(signals.SIG_SETMASK, ())
        chdir(directory)
        cage.enter()
        status = run_program(Command(tuple(argv)), b"")
    finally:
        exit_now(status)
