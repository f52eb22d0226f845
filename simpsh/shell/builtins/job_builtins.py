"""`jobs`, `disown`, `fg`, `bg` and `wait`."""

from __future__ import annotations

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.screen_cells import between_words
from simpsh.base.wait_status import Killed, WaitStatus, shell_status
from simpsh.console import room, show, show_lines
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.jobs.job_table import ENDED, RUNNING, TEXT_COLUMN, Job, NoSuchJob, condition_words
from simpsh.shell.jobs.waiter import TrappedSignal
from simpsh.shell.language.characters import is_number
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


@builtin(
    "jobs [-l|-p] [%job...]",
    "Jobs are the shell's own notion; the kernel knows processes and process groups.",
)
def _jobs(state: State, services: Services, operands: list[str]) -> int:
    letters, specs = options(operands, "lp")
    services.launcher.waiter.collect()
    status = 0
    # In a copy of the shell, as in `kill $(jobs -p)`, these are the jobs of the parent.
    table = state.jobs.listed
    chosen: list[Job] = []
    for spec in specs:
        try:
            chosen.append(table.find(spec))
        except NoSuchJob as problem:
            state.complain(f"jobs: {problem}")
            status = 1
    marks = table.marks()
    letter = letters[-1:]
    for job in chosen if specs else list(table):
        if letter == "p":
            show(f"{job.pgid or job.pids[0]}\n")
        elif letter == "l" and len(job.processes) > 1:
            begin = f"[{job.number}]{marks.get(job, ' ')}  "
            for process in job.processes:
                words = condition_words(ENDED if process.has_ended else RUNNING, process.status)
                _show_row(f"{begin}{process.pid} {words:<20} {process.text}")
                begin = " " * len(begin)
        else:
            _show_row(table.line(job, marks, with_pids=letter == "l"))
        job.reported = job.condition
        if job.state == ENDED:
            # `wait` no longer knows it (POSIX XCU jobs).
            state.jobs.forget(job)
    return status


def _show_row(row: str) -> None:
    show_lines(between_words(row, room(), further=" " * TEXT_COLUMN))


@builtin(
    "disown [%job...]",
    "It takes jobs off the shell's list, so that it does not hang them up when it leaves.",
)
def _disown(state: State, _services: Services, operands: list[str]) -> int:
    _, specs = options(operands, "")
    # Find all jobs before dropping one, which would change `%+`.
    by_pid = {spec: state.jobs.job_of(int(spec)) for spec in specs if is_number(spec)}
    for job in [by_pid.get(spec) or state.jobs.find(spec) for spec in specs or ["%+"]]:
        state.jobs.forget(job)
    return 0


@builtin(
    "fg [%job...]",
    "The shell lends its terminal to the job and must itself wait until it has it back.",
)
def _fg(state: State, services: Services, operands: list[str]) -> int:
    status = 0
    for job in _choose(state, services, operands):
        show(f"{job.text}\n")
        status = services.resume(job)
    return status


@builtin("bg [%job...]", "The job is the shell's child: its state is in the shell's own list.")
def _bg(state: State, services: Services, operands: list[str]) -> int:
    for job in _choose(state, services, operands):
        if job.state == RUNNING:
            show(f"[{job.number}] {job.text} & (running already)\n")
            continue
        services.launcher.continue_in_background(job)
        state.last_background = job.pids[-1]
        show(f"[{job.number}] {job.text} &\n")
    return 0


def _choose(state: State, services: Services, operands: list[str]) -> list[Job]:
    _, specs = options(operands, "")
    if not state.options.monitor:
        raise SimpshError("no job control here: jobs have no process groups of their own")
    services.launcher.waiter.collect()
    if not specs and state.jobs.current is None:
        raise SimpshError("there is no job")
    chosen = [state.jobs.find(spec) for spec in specs or ["%+"]]
    for job in chosen:
        if job.state == ENDED:
            raise SimpshError(f"%{job.number}: this job has ended")
    return chosen


_UNREPORTED = (2, 13)
"""SIGINT, which the user typed, and SIGPIPE, which usually ends writers of pipes."""
_UNKNOWN = 127
"""The status of `wait` for a process that is not a child of the shell (POSIX XCU wait)."""


@builtin(
    "wait [pid | %job]...",
    "A status is given to the parent only; another process would get ECHILD.",
)
def _wait(state: State, services: Services, operands: list[str]) -> int:
    _, names = options(operands, "")
    for name in names:
        if not name.startswith("%") and not is_number(name):
            raise UsageProblem(f"{named(name)}: neither a process id nor a job such as %1")
    services.launcher.waiter.collect()
    try:
        if not names:
            _block(state, services, [pid for job in state.jobs.alive() for pid in _living(job)])
            if not state.is_interactive:
                state.jobs.forget_finished()
            return 0
        return [_wait_for_one(state, services, name) for name in names][-1]
    except TrappedSignal as trapped:
        return 128 + trapped.signal


def _block(state: State, services: Services, pids: Sequence[int]) -> None:
    """Wait until these processes have ended; a stopped one may continue."""

    def warn_of(job: Job) -> None:
        job.reported = job.condition
        how = f"^C ends the wait, then 'bg %{job.number}' continues the job"
        state.complain(f"wait: %{job.number} is stopped; {how}")

    # wait4 is called even without a child, so that `-v` shows ECHILD.
    with services.launcher.context.interrupts:
        on_stop = warn_of if state.is_interactive else None
        services.launcher.waiter.wait_for(pids, on_stop)


def _living(job: Job) -> list[int]:
    return [process.pid for process in job.processes if not process.has_ended]


def _wait_for_one(state: State, services: Services, name: str) -> int:
    job: Job | None
    if name.startswith("%"):
        try:
            job = _find_job(state, name)
        except NoSuchJob as problem:
            state.complain(f"wait: {problem}")
            return _UNKNOWN
        pid = job.pids[-1]
    else:
        pid = int(name)
        job = state.jobs.job_of(pid) or state.jobs.ended_job_of(pid)
        if job is None:
            if state.is_interactive:
                state.complain(f"wait: {pid}: not a child of this shell")
            return _UNKNOWN
    if state.jobs.ended_job_of(pid) is None:
        _block(state, services, _living(job) if pid == job.pids[-1] else [pid])
        # At the prompt, the notice drops the job.
        if job.state == ENDED and not state.is_interactive:
            state.jobs.forget(job)
    state.jobs.note_waited(pid)
    status = job.status_of(pid)
    _report(state, job.text if pid == job.pids[-1] else f"{pid}", status)
    return 0 if status is None else shell_status(status)


def _find_job(state: State, name: str) -> Job:
    """Return the job for `wait`; in a script, finished jobs count, so timing has no influence."""
    try:
        return state.jobs.find(name, finished=not state.is_interactive)
    except NoSuchJob:
        return state.jobs.find(name, finished=True)


def _report(state: State, text: str, status: WaitStatus | None) -> None:
    """In a script, print the signal that killed a process; the prompt prints a notice."""
    match status:
        case Killed(signal, _) if signal not in _UNREPORTED and not state.is_interactive:
            state.complain(f"{text}: {condition_words(ENDED, status)}")
