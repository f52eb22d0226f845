"""A simpsh in a process of its own: for what must not happen inside this shell."""

from __future__ import annotations

import sys

from simpsh.plan.values import JobPlan, ProcessPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State

INTERPRETER = (sys.executable, "-P", "-m", "simpsh")
"""How this simpsh is started anew; -P: a file in the working directory is no module of it."""


def run_anew(state: State, arguments: Sequence[str], text: str) -> int:
    """Run `simpsh arguments…` as a job of this shell, and return its exit status.

    Args:
        state: the shell that waits for it.
        arguments: what the command line of that simpsh says.
        text: what the job is called in `jobs`.
    """
    process = ProcessPlan((*INTERPRETER, *arguments), text=text)
    return state.run_job(JobPlan((process,), text=text))
