"""A job, its processes, and the table of jobs.

A job is a process group or, without job control, the processes of one pipeline. Its state is
computed from the last statuses of its processes.
"""

from __future__ import annotations

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import named
from simpsh.base.screen_cells import between_words
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, has_ended, shell_status
from simpsh.console import room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from simpsh.base.wait_status import WaitStatus
    from simpsh.kernel.wait_calls import Waited
    from simpsh.shell.language.tree_printing import Tree

RUNNING, STOPPED, ENDED = "Running", "Stopped", "Ended"


class ChildProcess:
    """A child of the shell, and the last status that wait returned for it."""

    def __init__(self, pid: int, text: str | Tree, program: str = "") -> None:
        self.pid = pid
        self.program = program
        """The first word of the program that it was to execute; empty for a copy of the shell."""
        self._text = text
        self.status: WaitStatus | None = None
        """None before wait has returned a status."""

    @property
    def text(self) -> str:
        """The command, as `jobs` shows it."""
        return written(self._text)

    @property
    def has_ended(self) -> bool:
        """Whether the child has ended and was collected."""
        return self.status is not None and has_ended(self.status)

    @property
    def is_stopped(self) -> bool:
        """Whether the child is stopped."""
        return isinstance(self.status, Stopped)


class Job:
    """The processes of one pipeline, started together."""

    def __init__(
        self, processes: Sequence[ChildProcess], pgid: int | None, text: str | Tree
    ) -> None:
        self.processes = tuple(processes)
        self.pgid = pgid
        """Its process group; None without job control."""
        self._text = text
        self.number: int | None = None
        """The number in `%1`; a foreground job gets one when it stops."""
        self.is_foreground = False
        self.began_in_background = False
        """Whether it was started with `&`."""
        self.modes: list[int | list[bytes | int]] | None = None
        """The terminal modes from when it stopped."""
        self.reported: tuple[str, WaitStatus | None] = (RUNNING, None)
        """The condition that was last reported to the user."""
        self.turn = 0
        """Increases when the job is started, stopped or resumed; `%+` has the highest."""
        self.pipefail = False
        """Whether the option was set when the pipeline began."""
        self.is_tool = False
        """Whether it is a tool of simpsh, which `status` and `why` ignore."""

    @property
    def text(self) -> str:
        """The pipeline, as `jobs` shows it."""
        return written(self._text)

    @property
    def state(self) -> str:
        """RUNNING, STOPPED (a member is stopped, and none runs) or ENDED, as in bash."""
        state = ENDED
        for process in self.processes:
            status = process.status
            if status is None or isinstance(status, Continued):
                return RUNNING
            if isinstance(status, Stopped):
                state = STOPPED
        return state

    @property
    def decisive(self) -> WaitStatus | None:
        """The status that becomes `$?`: of the last process, a stopped one, or a failed one.

        With pipefail it is that of the last one that failed.
        """
        if self.state == STOPPED:
            return [process.status for process in self.processes if process.is_stopped][-1]
        if self.pipefail:
            for process in reversed(self.processes):
                if process.status is not None and shell_status(process.status) != 0:
                    return process.status
        return self.processes[-1].status

    @property
    def shell_status(self) -> int:
        """The value for `$?`."""
        status = self.decisive
        return 0 if status is None else shell_status(status)

    @property
    def condition(self) -> tuple[str, WaitStatus | None]:
        """The state and, unless it is RUNNING, the decisive status."""
        state = self.state
        return state, None if state == RUNNING else self.decisive

    @property
    def pids(self) -> tuple[int, ...]:
        """Its processes' ids, from left to right."""
        return tuple(process.pid for process in self.processes)

    def status_of(self, pid: int) -> WaitStatus | None:
        """The status that `wait PID` reports: the last process stands for the pipeline: `$!`."""
        if pid == self.pids[-1]:
            return self.decisive
        return next(process.status for process in self.processes if process.pid == pid)

    def resume(self) -> None:
        """Mark its stopped processes as continued; the caller sends SIGCONT."""
        for process in self.processes:
            if process.is_stopped:
                process.status = Continued()


def written(text: str | Tree) -> str:
    """Return a command as `jobs` shows it."""
    if isinstance(text, str):
        return text
    # Imported here because most jobs of a script are never shown.
    from simpsh.shell.language.tree_printing import to_text

    return to_text(text)


def condition_words(state: str, status: WaitStatus | None) -> str:
    """Return a job's condition in the words of `jobs` and the notices.

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


def _matching(spec: str, jobs: list[Job]) -> list[Job]:
    """Return the jobs that a specification such as `%1` means; `jobs` begins with the current."""
    name = spec.removeprefix("%")
    if name in ("", "%", "+"):
        return jobs[:1]
    if name == "-":
        return jobs[:2][-1:]  # a single job is also the previous one
    if name.isascii() and name.isdigit():
        # Of ended jobs, earlier ones may have had the same number.
        return [job for job in jobs if job.number == int(name)][:1]
    if name.startswith("?"):
        return [job for job in jobs if name[1:] in job.text]
    return [job for job in jobs if job.text.startswith(name)]


_REMEMBERED = 8192
"""The number of ended processes of background jobs that `wait` still knows."""
_MOST_ENDED = 1024
"""The number of ended jobs in the table of a script; numbers of a few must not depend on timing."""


class NoSuchJob(SimpshError):
    """A job specification matches no job, or more than one."""


TEXT_COLUMN = 27
"""The column of the command in a line of `jobs`."""


class JobTable:
    """The jobs that have not ended, and the last background jobs that have.

    Every operation on one job or process takes the same time, however many there are.

    Invariant: each process in `_processes` is a child of this shell that was not collected.
    """

    def __init__(self) -> None:
        self._jobs: dict[Job, None] = {}
        """The jobs, in the order in which they were started."""
        self._ended: dict[Job, None] = {}
        """Those of them that have ended."""
        self._numbered: dict[int, Job] = {}
        self._highest = 0
        """The highest number in use."""
        self._processes: dict[int, tuple[ChildProcess, Job]] = {}
        self._by_pid: dict[int, Job] = {}
        """The job of each process, also of one that has ended while its job is in the table."""
        self._ended_pids: dict[int, Job] = {}
        """The processes of the last background jobs that left the table; `wait PID` removes one."""
        self._turn = 0
        self._inherited: JobTable | None = None
        """In a copy of the shell: the table of the parent, which no longer changes."""

    def __iter__(self) -> Iterator[Job]:
        """Iterate over the numbered jobs, by number."""
        numbered = [job for job in self._jobs if job.number is not None]
        return iter(sorted(numbered, key=lambda job: job.number or 0))

    @property
    def has_any(self) -> bool:
        """Whether there is a job, numbered or not."""
        return bool(self._jobs)

    def add(self, job: Job) -> None:
        """Add a job that was just started."""
        self._jobs[job] = None
        for process in job.processes:
            # The process id may be that of a remembered process, whose status nobody wanted.
            self._ended_pids.pop(process.pid, None)
            self._by_pid[process.pid] = job
            if not process.has_ended:
                self._processes[process.pid] = process, job
        self._note_end(job)

    def _note_end(self, job: Job) -> None:
        if job in self._jobs and job.state == ENDED:
            self._ended[job] = None

    def give_number(self, job: Job) -> None:
        """Number the job, one above the highest in use, and make it the current one."""
        if job.number is None:
            self._highest += 1
            job.number = self._highest
            self._numbered[job.number] = job
        self.make_current(job)

    def make_current(self, job: Job) -> None:
        """Make this job `%+`."""
        self._turn += 1
        job.turn = self._turn

    def forget(self, job: Job) -> None:
        """Drop a job; its processes are still collected, but not reported."""
        if job not in self._jobs:
            return
        del self._jobs[job]
        self._ended.pop(job, None)
        for process in job.processes:
            if self._by_pid.get(process.pid) is job:
                del self._by_pid[process.pid]
        if job.number is not None:
            del self._numbered[job.number]
            while self._highest and self._highest not in self._numbered:
                self._highest -= 1

    def clear(self) -> None:
        """Drop all jobs in a copy of the shell; `jobs` there still lists them."""
        if not (self._turn or self._jobs or self._processes):
            self._inherited = None
            return  # as new
        parent = JobTable()
        parent._jobs = self._jobs
        self.__init__()  # type: ignore[misc]
        self._inherited = parent

    @property
    def listed(self) -> JobTable:
        """This table, or in a copy of the shell without jobs the table of the parent.

        So `kill $(jobs -p)` works.
        """
        return self if self._jobs or self._inherited is None else self._inherited

    def record(self, waited: Waited) -> Job | None:
        """Set the status of a process; return its job, or None for an unknown child."""
        entry = self._processes.get(waited.pid)
        if entry is None:
            return None
        process, job = entry
        process.status = waited.status
        if has_ended(waited.status):
            del self._processes[waited.pid]
            self._note_end(job)
        elif job.pgid is not None and process.is_stopped:
            self.give_number(job)
        return job

    def lose(self, pid: int, status: WaitStatus) -> None:
        """Drop a child that another process has collected; `status` replaces its status."""
        process, job = self._processes.pop(pid)
        process.status = status
        self._note_end(job)

    def settle(self, job: Job) -> None:
        """Drop a background job that has ended; remember its processes for `wait`."""
        if job not in self._jobs:
            return
        self.forget(job)
        self._ended_pids.update(dict.fromkeys(job.pids, job))
        while len(self._ended_pids) > _REMEMBERED:
            del self._ended_pids[next(iter(self._ended_pids))]

    def ended_job_of(self, pid: int) -> Job | None:
        """Return the job of a finished background process that `wait` has not returned; or None."""
        return self._ended_pids.get(pid)

    def note_waited(self, pid: int) -> None:
        """Forget a finished process: its status was returned."""
        self._ended_pids.pop(pid, None)

    def forget_finished(self) -> None:
        """Forget every finished job, as `wait` without operands does in a script."""
        # Jobs that ended before the `wait`, too: the result must not depend on timing.
        for job in self._find_ended():
            self.forget(job)
        self._ended_pids.clear()

    def living(self) -> tuple[int, ...]:
        """Return the pids of all children that were not collected."""
        return tuple(self._processes)

    def is_living(self, pid: int) -> bool:
        """Return whether this is a child that was not collected."""
        return pid in self._processes

    @property
    def has_living(self) -> bool:
        """Whether there is a child that was not collected."""
        return bool(self._processes)

    def alive(self) -> list[Job]:
        """Return the jobs, numbered or not, that have not ended."""
        return [job for job in self._jobs if job not in self._ended]

    def job_of(self, pid: int) -> Job | None:
        """Return the job that this process, collected or not, belongs to; or None."""
        return self._by_pid.get(pid)

    @property
    def current(self) -> Job | None:
        """`%+`: the job that stopped last; without one, the job started or resumed last."""
        return next(iter(self._by_precedence()), None)

    def _by_precedence(self, finished: Iterable[Job] = ()) -> list[Job]:
        jobs = (*self, *finished)
        return sorted(jobs, key=lambda job: (job.state == STOPPED, job.turn), reverse=True)

    def find(self, spec: str, *, finished: bool = False) -> Job:
        """Return the job that `%1 %+ %% %- %cmd %?text` means, or raise NoSuchJob.

        `%` may be missing before a number. See POSIX XBD 3.182, Job Control Job ID.

        With `finished`, a job that has left the table counts until `wait` returns its status.
        """
        waiting = self._ended_pids.items() if finished else ()
        unreported = [job for pid, job in waiting if pid == job.pids[-1]]
        jobs = _matching(spec, self._by_precedence(unreported))
        if not jobs:
            raise NoSuchJob(f"{named(spec)}: no such job")
        if len(jobs) > 1:
            raise NoSuchJob(f"{named(spec)}: several jobs have this name; use a number, see jobs")
        return jobs[0]

    def marks(self) -> dict[Job, str]:
        """Return `+` for the current job, and `-` for the previous one."""
        return dict(zip(self._by_precedence()[:2], "+-", strict=False))

    def notices(self) -> list[str]:
        """Return a line for each background job that has changed; drop those that have ended."""
        lines = []
        marks: dict[Job, str] | None = None
        for job in list(self):
            if job.is_foreground:
                continue
            condition = job.condition
            if condition != job.reported:
                job.reported = condition
                marks = self.marks() if marks is None else marks
                line = self.line(job, marks)
                lines += between_words(line, room(2), further=" " * TEXT_COLUMN)
            if condition[0] == ENDED:
                self.settle(job)
        return lines

    def discard_ended(self) -> None:
        """Drop finished jobs without a notice, as a script does; `wait` still finds them."""
        for job in self._find_ended():
            self.settle(job)

    def limit_ended(self) -> None:
        """Drop finished jobs if there are many."""
        if len(self._ended) > _MOST_ENDED:
            self.discard_ended()

    def _find_ended(self) -> list[Job]:
        return [job for job in self._ended if not job.is_foreground]

    def line(
        self, job: Job, marks: Mapping[Job, str] | None = None, *, with_pids: bool = False
    ) -> str:
        """Return the line of `jobs`: `[1]+  Stopped (SIGTSTP)    sleep 100`.

        `marks`, the result of marks(), saves time if many lines are needed.
        """
        state, status = job.condition
        words = condition_words(state, status)
        mark = (self.marks() if marks is None else marks).get(job, " ")
        pid = f"{job.pids[0]} " if with_pids else ""
        operator = " &" if state == RUNNING and not job.is_foreground else ""
        return f"[{job.number}]{mark}  {pid}{words:<20} {job.text}{operator}"
