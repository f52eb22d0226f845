"""Running a command in the sandbox until it ends: a compiler, make, a tutor's own check."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from simpsh.base.phrases import ending_words
from simpsh.base.record import Record
from simpsh.base.wait_status import Exited, WaitStatus, encode
from simpsh.grade.sandbox.sandbox import Sandbox, require_start
from simpsh.kernel.descriptors import close, pipe2, readable
from simpsh.kernel.wait_calls import WNOHANG, pidfd_open, waitpid
from simpsh.process.child_changes import NULL, ChildStart, Execute, Step
from simpsh.process.contained_run import apart
from simpsh.process.subreaper import collect_all

_KEPT_BYTES = 1 << 16


class CommandEnd(Record):
    """How a command ended."""

    status: WaitStatus | None
    """None if it took too long and was killed."""
    output: str
    """The beginning of its output."""

    @property
    def is_good(self) -> bool:
        """Whether it ended with status 0."""
        return self.status == Exited(0)

    @property
    def words(self) -> str:
        """How it ended, as a sentence."""
        if self.status is None:
            return "it did not end in time"
        return f"it {ending_words(encode(self.status))}"


def run_in_sandbox(
    sandbox: Sandbox,
    argv: Sequence[str],
    directory: str,
    seconds: float,
    variables: Mapping[str, str] | None = None,
) -> CommandEnd:
    """Run a command in the sandbox, and end all processes that it leaves.

    Raises JudgeRefused: it could not be confined, and did not run.

    This process must be a subreaper without other children. `variables` are added to the
    environment.
    """
    output = pipe2()
    start = ChildStart(
        *apart((NULL, *[output.write_end] * 2), directory),
        Step("enter the sandbox", sandbox.enter),
        Execute(argv, {**os.environ, **(variables or {})}),
    )
    pid = start.fork()
    close(output.write_end)
    ending = pidfd_open(pid)
    try:
        printed = _read(output.read_end, ending, time.monotonic() + seconds)
        ended = waitpid(pid, WNOHANG)
        require_start(start)
    finally:
        close(ending)
        close(output.read_end)
        collect_all()
    return CommandEnd(ended[1] if ended is not None else None, printed.decode(errors="replace"))


def _read(output: int, ending: int, deadline: float) -> bytes:
    """Read the output until the command has ended; keep its beginning."""
    printed, descriptors = bytearray(), [output, ending]
    while (left := deadline - time.monotonic()) > 0:
        ready = readable(descriptors, left)
        if output in ready:
            piece = os.read(output, _KEPT_BYTES)
            printed += piece[: _KEPT_BYTES - len(printed)]
            if not piece:
                descriptors.remove(output)
        elif ending in ready:
            break
    return bytes(printed)
