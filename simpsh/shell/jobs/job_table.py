"""A job, its processes, and the table of jobs.

A job is a process group – without job control, the processes of one pipeline. Its state is
derived from its members' last statuses and is stored nowhere. The table knows which jobs there
are, what they are called, and which have news.
"""

from __future__ import annotations

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import named
from simpsh.base.screen_cells import between_words
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, has_ended, shell_status
from simpsh.console import room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.base.wait_status import WaitStatus
    from simpsh.kernel.wait_calls import Waited
    from simpsh.shell.language.tree_printing import Node

RUNNING, STOPPED, ENDED = "Running", "Stopped", "Ended"


class ChildProcess:
    """A child of the shell, and the last status it was seen with."""

    def __init__(self, pid: int, text: str | Node) -> None:
        self.pid = pid
        self._text = text
        self.status: WaitStatus | None = None
        """None until the first wait that told of it: it runs."""
        self.is_told = False
        """Whether `wait PID` has answered for it, when it had ended."""

    @property
    def text(self) -> str:
        """The command that it runs, as it is shown."""
        return written(self._text)

    @property
    def has_ended(self) -> bool:
        """Whether it is dead and collected."""
        return self.status is not None and has_ended(self.status)

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped and not continued since."""
        return isinstance(self.status, Stopped)


class Job:
    """The processes of one pipeline, started together."""

    def __init__(
        self, processes: Sequence[ChildProcess], pgid: int | None, text: str | Node
    ) -> None:
        self.processes = tuple(processes)
        self.pgid = pgid
        """Its process group; None without job control, when it shares the shell's."""
        self._text = text
        self.number: int | None = None
        """The number in `%1`; a foreground job gets one when it stops."""
        self.is_foreground = False
        self.modes: list[int | list[bytes | int]] | None = None
        """The terminal modes it was using when it stopped."""
        self.reported: tuple[str, WaitStatus | None] = (RUNNING, None)
        """The last state that the user was told of."""
        self.turn = 0
        """Rises when the job is started, stopped or resumed: the highest is `%+`."""
        self.pipefail = False
        self.is_tool = False
        """Whether it is no program that a user runs: `status` and `why` do not mean it."""
        self.was_asked_for = False
        """Whether a `wait` has answered for it, so that `wait -n` must not."""

    @property
    def text(self) -> str:
        """The pipeline, as it is shown."""
        return written(self._text)

    @property
    def state(self) -> str:
        """RUNNING, STOPPED (all living members are) or ENDED."""
        is_any_stopped = False
        for process in self.processes:
            status = process.status
            if status is None or isinstance(status, Continued):
                return RUNNING
            is_any_stopped |= isinstance(status, Stopped)
        return STOPPED if is_any_stopped else ENDED

    @property
    def decisive_process(self) -> ChildProcess:
        """The process whose status stands for the job: the last one, or one that is stopped.

        With pipefail, the last process that failed.
        """
        if self.state == STOPPED:
            return [process for process in self.processes if process.is_stopped][-1]
        if self.pipefail:
            for process in reversed(self.processes):
                if process.status is not None and shell_status(process.status) != 0:
                    return process
        return self.processes[-1]

    @property
    def decisive(self) -> WaitStatus | None:
        """The status that stands for the job."""
        return self.decisive_process.status

    @property
    def shell_status(self) -> int:
        """What `$?` becomes of it."""
        status = self.decisive
        return 0 if status is None else shell_status(status)

    @property
    def condition(self) -> tuple[str, WaitStatus | None]:
        """State and deciding status: what a notice is about."""
        state = self.state
        return state, None if state == RUNNING else self.decisive

    @property
    def pids(self) -> tuple[int, ...]:
        """Its processes' ids, from left to right."""
        return tuple(process.pid for process in self.processes)

    def resume(self) -> None:
        """Take its stopped members for running; SIGCONT is sent by the caller."""
        for process in self.processes:
            if process.is_stopped:
                process.status = Continued()


def written(text: str | Node) -> str:
    """Return a command as it is shown."""
    if isinstance(text, str):
        return text
    # Most jobs of a script are never shown.
    from simpsh.shell.language.tree_printing import to_text

    return to_text(text)


def condition_words(state: str, status: WaitStatus | None) -> str:
    """Say a job's condition as `jobs` and the notices do.

    >>> condition_words(ENDED, Killed(15)), condition_words(ENDED, Exited(3))
    ('Terminated (SIGTERM)', 'Exit 3')
    """
    match status:
        case Exited(code):
            if state != ENDED:
                return state
            return f"Exit {code}" if code else "Done"
        case Killed(signal, dumped_core):
            core = " (core dumped)" if dumped_core else ""
            return f"{signal.description} ({signal.name}){core}"
        case Stopped(signal):
            return f"Stopped ({signal.name})"
        case Continued() | None:
            return state


_REMEMBERED = 1024
"""How many statuses of finished background processes `wait PID` can still ask for."""


class NoSuchJob(SimpshError):
    """No job, or more than one, goes by this name."""


TEXT_COLUMN = 27
"""Where the command stands in a line of a job."""


class JobTable:
    """Every job that is not over, and the statuses of background processes that are.

    Invariant: each process in `_processes` is a child of this shell that is not collected yet.
    """

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._processes: dict[int, tuple[ChildProcess, Job]] = {}
        self._finished: list[Job] = []
        """Background jobs that have ended and left the table, the last ones."""
        self._turn = 0
        self.inherited: tuple[tuple[int, int, str], ...] = ()
        """In a copy of the shell: number, first pid and line of the jobs of the shell it copies."""

    def __iter__(self) -> Iterator[Job]:
        """The numbered jobs, by number."""
        numbered = (job for job in self._jobs if job.number is not None)
        return iter(sorted(numbered, key=lambda job: job.number or 0))

    @property
    def has_any(self) -> bool:
        """Whether there is any job at all."""
        return bool(self._jobs)

    def add(self, job: Job) -> None:
        """Take up a job that was just started."""
        self._jobs.append(job)
        for process in job.processes:
            if not process.has_ended:
                self._processes[process.pid] = process, job

    def give_number(self, job: Job) -> None:
        """Number the job, one above the highest in use, and make it the current one."""
        if job.number is None:
            job.number = max((other.number or 0 for other in self._jobs), default=0) + 1
        self.make_current(job)

    def make_current(self, job: Job) -> None:
        """Let `%+` mean this job."""
        self._turn += 1
        job.turn = self._turn

    def forget(self, job: Job) -> None:
        """Drop a job; its processes, if they live, are still collected, and not reported."""
        if job in self._jobs:
            self._jobs.remove(job)

    def clear(self) -> None:
        """Forget everything but how it is listed: in a copy of the shell these are another's."""
        self.inherited = tuple((job.number or 0, job.pids[0], self.line(job)) for job in self)
        self._jobs.clear()
        self._processes.clear()
        self._finished.clear()

    # ------------------------------------------------------------------------ statuses

    def record(self, waited: Waited) -> Job | None:
        """File a status under its process; return the job, or None for a stranger's."""
        entry = self._processes.get(waited.pid)
        if entry is None:
            return None
        process, job = entry
        process.status = waited.status
        if has_ended(waited.status):
            del self._processes[waited.pid]
        elif job.pgid is not None and job.state == STOPPED:
            self.give_number(job)
        return job

    def lose(self, pid: int, status: WaitStatus) -> None:
        """Give up a child that another process has collected, with a status in place of its own."""
        process, _ = self._processes.pop(pid)
        process.status = status

    def settle(self, job: Job) -> None:
        """Drop a background job that has ended; its statuses are kept for a later `wait PID`."""
        self.forget(job)
        self._finished.append(job)
        del self._finished[:-_REMEMBERED]

    def finished_pid(self, spec: str) -> int | None:
        """Return the last process of a finished job, `%1`, that is no longer in the table."""
        number = spec.removeprefix("%")
        pids = [job.pids[-1] for job in self._finished if f"{job.number}" == number]
        return pids[-1] if pids else None

    def take_finished(self, pid: int) -> WaitStatus | None:
        """Return how a background process has ended, once: `wait PID`; None if it is not known."""
        for job in reversed(self._finished):
            for process in job.processes:
                if process.pid == pid and not process.is_told:
                    process.is_told = True
                    return process.status
        return None

    def take_first_finished(self) -> WaitStatus | None:
        """Return how the job ended that ended first and was not asked for yet: `wait -n`."""
        for job in self._finished:
            if not job.was_asked_for:
                job.was_asked_for = True
                status = self.take_finished(job.pids[-1])
                if status is not None:
                    return status
        return None

    def settle_finished(self, *, forgets: bool) -> None:
        """Take every finished job for asked for: `wait` without operands."""
        for job in (*self._jobs, *self._finished):
            job.was_asked_for |= job.state == ENDED
        if forgets:
            # Those that ended before, too: what is known must not depend on who was faster.
            self.discard_ended()
            self._finished.clear()

    def living(self) -> tuple[int, ...]:
        """The pids of every child that is not collected."""
        return tuple(self._processes)

    def alive(self) -> list[Job]:
        """The jobs, numbered or not, that have not ended."""
        return [job for job in self._jobs if job.state != ENDED]

    def job_of(self, pid: int) -> Job | None:
        """Return the job with this process among its members, collected or not; or None."""
        for job in self._jobs:
            if pid in job.pids:
                return job
        return None

    # --------------------------------------------------------------------------- names

    @property
    def current(self) -> Job | None:
        """`%+`: the job stopped last; if none is, the one started or resumed last."""
        return next(iter(self._by_precedence()), None)

    def _by_precedence(self) -> list[Job]:
        return sorted(self, key=lambda job: (job.state == STOPPED, job.turn), reverse=True)

    def find(self, spec: str) -> Job:
        """Return the job that `%1 %+ %% %- %cmd %?text` means, or raise NoSuchJob.

        `%` may be missing before a number. See POSIX XBD 3.182, Job Control Job ID.
        """
        name = spec.removeprefix("%")
        if name in ("", "%", "+"):
            jobs = self._by_precedence()[:1]
        elif name == "-":
            # The one that would be current without the current one; it itself, if alone.
            jobs = self._by_precedence()[:2][-1:]
        elif name.isascii() and name.isdigit():
            jobs = [job for job in self if job.number == int(name)]
        elif name.startswith("?"):
            jobs = [job for job in self if name[1:] in job.text]
        else:
            jobs = [job for job in self if job.text.startswith(name)]
        if not jobs:
            raise NoSuchJob(f"{named(spec)}: no such job")
        if len(jobs) > 1:
            raise NoSuchJob(
                f"{named(spec)}: more than one job is called so; use its number, see jobs"
            )
        return jobs[0]

    def mark(self, job: Job) -> str:
        """Return `+`, `-` or a space: whether the job is current, previous or neither."""
        return dict(zip(self._by_precedence(), "+-", strict=False)).get(job, " ")

    # ------------------------------------------------------------------------- notices

    def notices(self) -> list[str]:
        """Return a line for each background job with news, and drop those that have ended."""
        lines = []
        for job in list(self):
            if job.is_foreground:
                continue
            condition = job.condition
            if condition != job.reported:
                job.reported = condition
                lines += between_words(self.line(job), room(2), further=" " * TEXT_COLUMN)
            if condition[0] == ENDED:
                self.settle(job)
        return lines

    def discard_ended(self) -> None:
        """Drop finished jobs without a word, as a script does; `wait` can still ask for them."""
        for job in [job for job in self._jobs if job.state == ENDED and not job.is_foreground]:
            self.settle(job)

    def line(self, job: Job, *, with_pids: bool = False) -> str:
        """Return the job as `jobs` lists it: `[1]+  Stopped (SIGTSTP)    sleep 100`."""
        state, status = job.condition
        words = condition_words(state, status)
        pid = f"{job.pids[0]} " if with_pids else ""
        behind = " &" if state == RUNNING and not job.is_foreground else ""
        return f"[{job.number}]{self.mark(job)}  {pid}{words:<20} {job.text}{behind}"
