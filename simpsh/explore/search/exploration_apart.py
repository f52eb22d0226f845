"""Exploring a program in a process of its own, for tests and other tools.

The explorer waits for all its children, adopts orphans and blocks SIGCHLD; a test runner with
children and handlers of its own does not notice.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping, Sequence

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.signal_names import SIGTERM
from simpsh.explore.control.explored_program import ExploredProgram, program_of
from simpsh.explore.search.exploration import Exploration, ExplorationLimits, explore
from simpsh.explore.search.native_runs import told_by_child
from simpsh.kernel import descriptors
from simpsh.kernel.processes import set_pdeathsig
from simpsh.kernel.program_execution import find_program, search_path


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
        free_runs: how often the program is also run with no tracer watching, to be counted.

    Raises:
        CommandProblem: there is no such program, or it may not be executed.
        UsageProblem: its directory is too large to be copied, and it changes files there.
        NotTraceable: this system lets no process trace its child.
        ExplorerLost: the process that explores was killed.

    See simpsh.explore.search.exploration for what is returned.
    """
    words = tuple(argv)
    if isinstance(argv, str):
        path = search_path(os.environ if environment is None else environment)
        words = (argv,) if find_program(argv, path) else (shell, "-c", argv)
    if not words:
        raise UsageProblem("all_outcomes: a program is missing")
    program = program_of(
        words,
        directory=os.fspath(directory),
        shell=shell,
        has_terminal=has_terminal,
        environment=environment,
    )
    limits = ExplorationLimits(
        budget_seconds=budget_seconds,
        most=most,
        natives=free_runs,
        native_seconds=max(1.0, budget_seconds),
    )
    sent = told_by_child(lambda descriptor: _explore_apart(program, limits, descriptor))
    if not sent:
        raise ExplorerLost("all_outcomes: the process that explored was killed")
    answer: object = pickle.loads(sent)
    if isinstance(answer, BaseException):
        raise answer
    if not isinstance(answer, Exploration):
        raise ExplorerLost("all_outcomes: no answer came")
    return answer


def _explore_apart(program: ExploredProgram, limits: ExplorationLimits, descriptor: int) -> None:
    """Explore, and send what was found or what went wrong."""
    set_pdeathsig(SIGTERM)
    answer: object
    try:
        answer = explore(program, limits)
    except Exception as problem:  # noqa: BLE001 - the caller is told, whatever it is
        answer = problem
    descriptors.write_all(descriptor, pickle.dumps(answer))
