"""Running a command in the sandbox to its end: a compiler, make, a tutor's own check."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Sequence

from simpsh.base.record import Record
from simpsh.base.wait_status import Exited, WaitStatus
from simpsh.grade.sandbox.program_runner import VARIABLE, ProgramRunner
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.kernel import signals
from simpsh.kernel.descriptors import HIGHEST, close, close_range, dup2, open_file, pipe2
from simpsh.kernel.processes import chdir, exit_now, fork, setsid
from simpsh.kernel.wait_calls import WNOHANG, pidfd_open, waitpid
from simpsh.process.subreaper import collect_all
from simpsh.trace.tracer.traced_command import TracedCommand, run_program

_KEPT_BYTES = 1 << 16


class CommandEnd(Record):
    """How a command ended."""

    status: WaitStatus | None
    """None if it was ended because it took too long."""
    output: str
    """The beginning of what it printed."""

    @property
    def is_good(self) -> bool:
        """Whether it ended with status 0."""
        return self.status == Exited(0)


def run_in_sandbox(
    sandbox: Sandbox,
    argv: Sequence[str],
    directory: str,
    seconds: float,
    runner: ProgramRunner | None = None,
) -> CommandEnd:
    """Run a command in the sandbox, and end whatever it leaves behind.

    This process must be a subreaper without other children. A `runner` starts programs for the
    command that enter another sandbox.

    Raises:
        OSError: EAGAIN EMFILE …; no process or descriptor can be made.
    """
    output = pipe2()
    pid = fork()
    if pid == 0:  # in the child
        if runner is not None:
            os.environ[VARIABLE] = runner.client
        status = 125
        try:
            setsid()
            dup2(open_file(os.devnull, os.O_RDONLY), 0)
            dup2(output.write_end, 1)
            dup2(output.write_end, 2)
            close_range(3, HIGHEST)
            signals.set_defaults()
            chdir(directory)
            sandbox.enter()
            status = run_program(TracedCommand(tuple(argv)), b"")
        finally:
            exit_now(status)
    close(output.write_end)
    ending = pidfd_open(pid)
    try:
        printed = _read(output.read_end, ending, time.monotonic() + seconds, runner)
        ended = waitpid(pid, WNOHANG)
    finally:
        close(ending)
        close(output.read_end)
        collect_all()
    return CommandEnd(ended[1] if ended is not None else None, printed.decode(errors="replace"))


def _read(output: int, ending: int, deadline: float, runner: ProgramRunner | None) -> bytes:
    """Take what is printed until the command has ended; keep the beginning of it."""
    printed, own = bytearray(), [output, ending]
    while (left := deadline - time.monotonic()) > 0:
        poll = select.poll()
        for descriptor in (*own, *(runner.descriptors if runner is not None else ())):
            poll.register(descriptor, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(left * 1000)}
        if output in ready:
            piece = os.read(output, _KEPT_BYTES)
            printed += piece[: _KEPT_BYTES - len(printed)]
            if not piece:
                own.remove(output)
        elif ending in ready:
            break
        elif runner is not None and ready:
            runner.handle(ready)
    return bytes(printed)
