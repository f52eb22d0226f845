"""`wait`: until background processes have ended; their statuses are the shell's to collect."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options
from simpsh.errors import SimpshError, UsageProblem
from simpsh.jobs.job import ENDED, STOPPED, condition_words
from simpsh.jobs.table import NoSuchJob
from simpsh.wait_status import Killed, shell_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.jobs.job import Job, Process
    from simpsh.state import State
    from simpsh.wait_status import WaitStatus

_UNREPORTED = (2, 13)
"""SIGINT and SIGPIPE: who typed ^C knows, and a pipe's writer is expected to die so."""
_UNKNOWN = 127
"""What POSIX has `wait` answer for a process that is no child of the shell."""


class _TrappedSignal(SimpshError):
    """A signal with a trap came; the wait ends and the trap's action runs."""


def _wait(state: State, operands: Sequence[str]) -> int:
    letters, names = options(operands, "n")
    for name in names:
        if not name.startswith("%") and not (name.isascii() and name.isdigit()):
            raise UsageProblem(f"{name}: neither a process id nor a job such as %1")
    state.launcher.collect()
    try:
        if letters:
            return _wait_for_next(state, names)
        return _wait_for_each(state, names) if names else _wait_for_all(state)
    except _TrappedSignal:
        return 128 + (state.launcher.interrupted_by or 0)


def _block(state: State, pids: Sequence[int], *, any_one: bool = False) -> None:
    launcher = state.launcher
    # Without any child the call is made all the same: its ECHILD is what `-v` has to tell.
    # A ^C that came before the wait begins must not be left lying until the next one.
    with launcher.interruptible():
        ended = launcher.wait_for(pids, any_one=any_one)
    if ended is None and launcher.interrupted_by:
        raise _TrappedSignal("interrupted by a signal")


def _wait_for_all(state: State) -> int:
    jobs = [job for job in _known(state) if job.state != STOPPED or not state.options.monitor]
    _block(state, [pid for job in jobs for pid in _living(job)])
    for job in jobs:
        _let_go(state, job)
    state.jobs.settle_finished()
    return 0


def _known(state: State) -> list[Job]:
    """The jobs with living processes, numbered or not, without those that were disowned."""
    jobs: list[Job] = []
    for pid in state.jobs.living():
        job = state.jobs.job_of(pid)
        if job is not None and job not in jobs:
            jobs.append(job)
    return jobs


def _living(job: Job) -> list[int]:
    return [process.pid for process in job.processes if not process.has_ended]


def _let_go(state: State, job: Job) -> None:
    # At the prompt its notice is still to come; that drops the job as well.
    if job.state == ENDED and not state.is_interactive:
        state.jobs.forget(job)


def _wait_for_each(state: State, names: Sequence[str]) -> int:
    status = 0
    for name in names:
        status = _wait_for_one(state, name)
    return status


def _wait_for_one(state: State, name: str) -> int:
    if name.startswith("%"):
        try:
            return _wait_for_job(state, state.jobs.find(name))
        except NoSuchJob as problem:
            state.complain(f"wait: {problem}")
            return _UNKNOWN
    return _wait_for_process(state, int(name))


def _wait_for_job(state: State, job: Job) -> int:
    if job.state == STOPPED:
        return _will_not_end(state, job)
    _block(state, _living(job))
    _let_go(state, job)
    _report(state, job.text, job.decisive)
    return job.shell_status


def _report(state: State, text: str, status: WaitStatus | None) -> None:
    """Say in a script that a process was killed, as for one in the foreground.

    At the prompt the job's notice says it.
    """
    match status:
        case Killed(signal, _) if signal not in _UNREPORTED and not state.is_interactive:
            state.complain(f"{text}: {condition_words(ENDED, status)}")


def _will_not_end(state: State, job: Job) -> int:
    state.complain(f"wait: %{job.number} is stopped and will not end; 'bg %{job.number}' lets it")
    return job.shell_status


def _wait_for_process(state: State, pid: int) -> int:
    job = state.jobs.job_of(pid)
    if job is None:
        finished = state.jobs.finished(pid)
        if finished is None:
            if state.is_interactive:
                state.complain(f"wait: {pid}: not a child of this shell")
            return _UNKNOWN
        state.jobs.forget_finished(pid)
        _report(state, str(pid), finished)
        return shell_status(finished)
    if job.state == STOPPED and job.number is not None:
        return _will_not_end(state, job)
    # The job may leave the table as soon as it ends; the process's own record stays with us.
    process = _member(job, pid)
    if not process.has_ended:
        _block(state, [pid])
    _let_go(state, job)
    _report(state, process.text or job.text, process.status)
    return 0 if process.status is None else shell_status(process.status)


def _member(job: Job, pid: int) -> Process:
    return next(process for process in job.processes if process.pid == pid)


def _wait_for_next(state: State, names: Sequence[str]) -> int:
    """Wait for whichever of these jobs, or of all, ends first; return its status."""
    jobs = _candidates(state, names)
    finished = _finished(state, names)
    if finished is not None:
        return shell_status(finished)
    while jobs:
        for job in jobs:
            if job.state == ENDED:
                state.jobs.remember(job)
                state.jobs.forget_finished(job.pids[-1])
                state.jobs.forget(job)
                return job.shell_status
        living = [pid for job in jobs if job.state != STOPPED for pid in _living(job)]
        if not living:
            return _will_not_end(state, jobs[0])
        # A pipeline is over when all of its processes are: one of them may be only a part.
        _block(state, living, any_one=True)
    return _UNKNOWN


def _finished(state: State, names: Sequence[str]) -> WaitStatus | None:
    """Take the status of one of these processes, or of any, that ended before the wait."""
    if not names:
        return state.jobs.take_finished()
    for name in names:
        finished = state.jobs.finished(int(name)) if not name.startswith("%") else None
        if finished is not None:
            state.jobs.forget_finished(int(name))
            return finished
    return None


def _candidates(state: State, names: Sequence[str]) -> list[Job]:
    if not names:
        listed = [job for job in state.jobs if not job.is_foreground]
        return listed + [job for job in _known(state) if job not in listed]
    jobs = []
    for name in names:
        try:
            job = state.jobs.find(name) if name.startswith("%") else state.jobs.job_of(int(name))
        except NoSuchJob as problem:
            state.complain(f"wait: {problem}")
            continue
        if job is not None:
            jobs.append(job)
    return jobs


BUILTINS = (
    Builtin(
        "wait",
        "wait [-n] [pid | %job]...",
        _wait,
        "A status is given to the parent only; another process would get ECHILD.",
    ),
)
