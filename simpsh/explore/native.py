"""How often does it really happen? The program is run as it is, again and again, and is counted.

A process of its own does that: it adopts what the program leaves behind, and would be the one hit
if the program signalled its parent.
"""

from __future__ import annotations

import marshal
import os
import time
from typing import TYPE_CHECKING

from simpsh.explore.free_run import FreeRun, OutOfTime
from simpsh.explore.naming import at_home
from simpsh.explore.workspace import Workspace
from simpsh.kernel import descriptors
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import exit_now, fork, set_parent_death_signal
from simpsh.kernel.waiting import waitpid
from simpsh.process.subreaper import Subreaper
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from simpsh.explore.program import Program

_SIGKILL = 9
_BLOCK = 65536
_MOST_STUCK = 3
"""To see that nobody moves any more takes a while."""


class Native(Record):
    """What one free run of the program came to."""

    output: bytes
    status: int
    """The first process's status word; -1 if it did not end."""
    files: tuple[tuple[str, bytes], ...] = ()
    is_stuck: bool = False
    """Whether it was ended because nobody moved any more."""


def native_runs(
    program: Program, count: int, seconds: float, names: Sequence[str] = ()
) -> tuple[Native, ...]:
    """Run a program freely, again and again, and return what the runs came to.

    Args:
        program: what to run; each run gets a fresh copy of its directory.
        count: how many runs at most.
        seconds: how long at most; a run that is not over by then does not count.
        names: the files, in the directory, whose contents are of interest.
    """
    pipe = descriptors.pipe2()
    with Subreaper(deadline_seconds=0.0):
        runner = fork()
        if runner == 0:  # in the child
            _be_runner(program, (count, seconds), names, pipe.write_end)
        descriptors.close(pipe.write_end)
        told = b"".join(iter(lambda: descriptors.read(pipe.read_end, _BLOCK), b""))
        descriptors.close(pipe.read_end)
        waitpid(runner)
    return tuple(_told(told))


def _told(told: bytes) -> Iterator[Native]:
    """Take the runner's answers apart; the last may be cut off, if the runner was killed."""
    while len(told) >= 4:
        size = int.from_bytes(told[:4], "big")
        if len(told) < 4 + size:
            return
        yield Native(*marshal.loads(told[4 : 4 + size]))
        told = told[4 + size :]


def _be_runner(
    program: Program, limits: tuple[int, float], names: Sequence[str], answers: int
) -> None:
    """Run the program, tell what came of it, end."""
    status = 1
    try:
        set_parent_death_signal(_SIGKILL)
        setsid()
        count, seconds = limits
        workspace = Workspace(program.directory)
        try:
            _run_all(program, workspace, (count, time.monotonic() + seconds), (names, answers))
        finally:
            workspace.close()
        status = 0
    finally:
        exit_now(status)


def _run_all(
    program: Program,
    workspace: Workspace,
    limits: tuple[int, float],
    report: tuple[Sequence[str], int],
) -> None:
    (count, deadline), (names, answers) = limits, report
    stuck = 0
    with Subreaper(deadline_seconds=0.0) as below:
        for _ in range(count):
            if time.monotonic() > deadline or stuck == _MOST_STUCK:
                return
            workspace.is_fresh = False
            workspace.refresh()
            try:
                run = FreeRun(program, workspace.directory, deadline)
            except OutOfTime:
                return
            if run.is_stuck:
                stuck += 1
                below.end()
            here = workspace.directory
            files = tuple(
                (name, at_home(data, here, program.directory))
                for name, data in _contents(here, names)
            )
            output = at_home(run.output, here, program.directory)
            data = marshal.dumps((output, run.status, files, run.is_stuck))
            descriptors.write_all(answers, len(data).to_bytes(4, "big") + data)


def _contents(directory: str, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        try:
            with open(os.path.join(directory, name), "rb") as file:
                yield name, file.read()
        except OSError:
            continue
