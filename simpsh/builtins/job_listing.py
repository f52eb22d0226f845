"""`jobs` and `disown`: the shell's own list of what it has started behind the prompt."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import UsageProblem
from simpsh.jobs.job import ENDED, RUNNING, condition_words
from simpsh.jobs.table import NoSuchJob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.jobs.job import Job, Process
    from simpsh.state import State


def _jobs(state: State, operands: Sequence[str]) -> int:
    letters, specs = options(operands, "lp")
    state.launcher.collect()
    status = 0
    chosen: list[Job] = []
    for spec in specs:
        try:
            chosen.append(state.jobs.find(spec))
        except NoSuchJob as problem:
            state.complain(f"jobs: {problem}")
            status = 1
    if not specs and not state.jobs.has_any:
        # A copy of the shell, as in `kill $(jobs -p)`, lists the jobs of the shell it copies.
        for _, pid, line in state.jobs.inherited:
            say(f"{pid}\n" if "p" in letters else f"{line}\n")
    for job in chosen if specs else list(state.jobs):
        say(_shown(state, job, letters[-1:]))
        _was_told(state, job)
    return status


def _shown(state: State, job: Job, letter: str) -> str:
    """Return a job in the form that the last option letter asks for."""
    if letter == "p":
        return f"{job.pgid or job.pids[0]}\n"
    if letter == "l" and len(job.processes) > 1:
        return _with_members(state, job)
    return state.jobs.line(job, with_pids=letter == "l") + "\n"


def _with_members(state: State, job: Job) -> str:
    """Return a line for each process of a pipeline, with its own state."""
    begin = f"[{job.number}]{state.jobs.mark(job)}  "
    lines = []
    for process in job.processes:
        lines.append(f"{begin}{process.pid} {_words(process):<20} {process.text}\n")
        begin = " " * len(begin)
    return "".join(lines)


def _words(process: Process) -> str:
    return condition_words(ENDED if process.has_ended else RUNNING, process.status)


def _was_told(state: State, job: Job) -> None:
    """Take this listing for the notice of the job's present state, so that no second one comes."""
    job.reported = job.condition
    if job.state == ENDED:
        state.jobs.remember(job)
        state.jobs.forget(job)


def _disown(state: State, operands: Sequence[str]) -> int:
    letters, specs = options(operands, "ah")
    if "a" in letters:
        if specs:
            raise UsageProblem("-a means every job and takes no job")
        chosen = list(state.jobs)
    else:
        # All are looked up before any is let go: `%+` would mean another one afterwards.
        chosen = [_find(state, spec) for spec in specs or ["%+"]]
    for job in chosen:
        if "h" in letters:
            job.will_hear_hangup = False
        else:
            state.jobs.forget(job)
    return 0


def _find(state: State, spec: str) -> Job:
    """Find a job by its name or by the pid of one of its processes."""
    if spec.isascii() and spec.isdigit():
        job = state.jobs.job_of(int(spec))
        if job is not None:
            return job
    return state.jobs.find(spec)


BUILTINS = (
    Builtin(
        "jobs",
        "jobs [-l|-p] [%job...]",
        _jobs,
        "Jobs are the shell's own notion; the kernel knows processes and process groups.",
    ),
    Builtin(
        "disown",
        "disown [-h] [-a | %job...]",
        _disown,
        "It takes jobs off the shell's list, so that it does not hang them up when it leaves.",
    ),
)
