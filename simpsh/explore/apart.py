"""Exploring from within another program: in a process of its own, so that nothing is disturbed.

The explorer waits for all its children, adopts orphans and blocks SIGCHLD; a test runner with
children and handlers of its own should not notice.
"""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError, UsageProblem
from simpsh.explore.exploration import Exploration
from simpsh.explore.exploring import Limits, explore
from simpsh.explore.program import program_of
from simpsh.kernel import descriptors
from simpsh.kernel.processes import exit_now, fork, set_parent_death_signal
from simpsh.kernel.signals import kill
from simpsh.kernel.waiting import waitpid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.explore.program import Program

_SIGTERM = 15
_BLOCK = 65536


class ExplorerLost(SimpshError):
    """The process that explored has ended without an answer."""


def all_outcomes(  # noqa: PLR0913 - how a program may be explored, by keyword
    argv: str | Sequence[str],
    *,
    budget_seconds: float = 5.0,
    directory: str | os.PathLike[str] = "",
    shell: str = "/bin/sh",
    has_terminal: bool = False,
    environment: Mapping[str, str] | None = None,
    most: int = 200,
    free_runs: int = 0,
) -> Exploration:
    """Return everything that can come of a program, over all orders of its processes.

    Args:
        argv: the program and its arguments; a text is a line for `shell`.
        budget_seconds: how long it may take to learn the program.
        directory: what each run gets a fresh copy of; empty for the working directory.
        shell: the program that reads a line.
        has_terminal: whether the program's output is a terminal: then stdio writes line by line.
        environment: the program's variables; None for this process's own.
        most: how many outputs are listed; of more, their number and samples.
        free_runs: how often the program is also run with nobody watching, to be counted.

    Raises:
        UsageProblem: there is no such program, or its directory is too large to be copied.
        NotTraceable: this system lets no process trace its child.
        ExplorerLost: the process that explores was killed.

    See simpsh.explore.exploration for what is returned.
    """
    words = (argv,) if isinstance(argv, str) else tuple(argv)
    if not words:
        raise UsageProblem("all_outcomes: a program is missing")
    program = program_of(
        words,
        directory=os.fspath(directory),
        shell=shell,
        has_terminal=has_terminal,
        environment=environment,
    )
    limits = Limits(
        budget_seconds=budget_seconds,
        most=most,
        natives=free_runs,
        native_seconds=max(1.0, budget_seconds),
    )
    return _apart(program, limits)


def _apart(program: Program, limits: Limits) -> Exploration:
    pipe = descriptors.pipe2()
    explorer = fork()
    if explorer == 0:  # in the child
        _answer(program, limits, pipe.write_end)
    descriptors.close(pipe.write_end)
    try:
        told = b"".join(iter(lambda: descriptors.read(pipe.read_end, _BLOCK), b""))
    except BaseException:
        kill(explorer, _SIGTERM)
        raise
    finally:
        descriptors.close(pipe.read_end)
        waitpid(explorer)
    if not told:
        raise ExplorerLost("all_outcomes: the process that explored was killed")
    answer: object = pickle.loads(told)
    if isinstance(answer, BaseException):
        raise answer
    if not isinstance(answer, Exploration):
        raise ExplorerLost("all_outcomes: no answer came")
    return answer


def _answer(program: Program, limits: Limits, descriptor: int) -> None:
    """Explore, send what was found or what went wrong, and end."""
    status = 1
    try:
        set_parent_death_signal(_SIGTERM)
        answer: object
        try:
            answer = explore(program, limits)
        except Exception as problem:  # noqa: BLE001 - the caller is told, whatever it is
            answer = problem
        descriptors.write_all(descriptor, pickle.dumps(answer))
        status = 0
    finally:
        exit_now(status)
