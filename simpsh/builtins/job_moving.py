"""`fg` and `bg`: a stopped or background job goes on, with the keyboard or without.

To continue a job is to send SIGCONT to its process group; to bring it to the foreground is to
make that group the terminal's foreground group first.
"""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import SimpshError
from simpsh.jobs.job import ENDED, RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.jobs.job import Job
    from simpsh.state import State


def _fg(state: State, operands: Sequence[str]) -> int:
    status = 0
    for job in _chosen(state, operands):
        say(f"{job.text}\n")
        status = state.resume(job)
    return status


def _bg(state: State, operands: Sequence[str]) -> int:
    for job in _chosen(state, operands):
        if job.state == RUNNING:
            say(f"[{job.number}] {job.text} & (running already)\n")
            continue
        state.launcher.continue_behind(job)
        say(f"[{job.number}] {job.text} &\n")
    return 0


def _chosen(state: State, operands: Sequence[str]) -> list[Job]:
    """Return the jobs that are named, or the current one.

    Raises:
        SimpshError: there is no job control, no such job, or it is over.
    """
    _, specs = options(operands, "")
    if not state.options.monitor:
        raise SimpshError("no job control here: jobs have no process groups of their own")
    state.launcher.collect()
    if not specs and state.jobs.current is None:
        raise SimpshError("there is no job")
    chosen = [state.jobs.find(spec) for spec in specs or ["%+"]]
    for job in chosen:
        if job.state == ENDED:
            raise SimpshError(f"%{job.number}: this job has ended")
    return chosen


BUILTINS = (
    Builtin(
        "fg",
        "fg [%job...]",
        _fg,
        "The shell lends its terminal to the job and must itself wait until it has it back.",
    ),
    Builtin(
        "bg",
        "bg [%job...]",
        _bg,
        "The job is the shell's child: its state is in the shell's own list.",
    ),
)
