"""Sets `$?` and prints a message after a foreground job; measures a pipeline for `time`."""

from __future__ import annotations

import os
import time

from simpsh.base.errors import Interrupted, ListSuspended
from simpsh.base.signal_names import SIGINT, SIGPIPE
from simpsh.base.wait_status import Exited, Killed
from simpsh.console import warn
from simpsh.shell.jobs.interrupts import Interrupts
from simpsh.shell.jobs.job_table import ENDED, STOPPED, Job, condition_words
from simpsh.shell.jobs.waiter import Waiter
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.shell.jobs.launcher import Launcher


def conclude(state: State, launcher: Launcher, job: Job) -> int:
    """Report how a foreground job ended or stopped; return its `$?`, or raise Interrupted."""
    interrupts = launcher.context.interrupts
    last = job.processes[-1].status
    result = last.code if isinstance(last, Exited) else 0
    if len(job.processes) > 1 or not isinstance(last, Exited):
        if job.state == STOPPED:
            warn(("", state.jobs.line(job)))
            return job.shell_status
        # A pipeline that one signal has killed is one message.
        for status in dict.fromkeys(process.status for process in job.processes):
            if isinstance(status, Killed) and status.signal not in (SIGINT, SIGPIPE):
                words = condition_words(ENDED, status)
                if state.is_interactive:
                    launcher.begin_notice(status.signal)
                    warn((words,))
                else:
                    state.complain(f"{job.text}: {words}" if job.text else words)
        if isinstance(job.decisive, Killed) and job.decisive.signal == SIGINT:
            _abandon_line(state, interrupts, job)
        result = job.shell_status
    if not state.is_interactive:
        # As in bash: a command that ^C did not kill has handled it; the script continues.
        interrupts.is_pending = False
    return result


def _abandon_line(state: State, interrupts: Interrupts, job: Job) -> None:
    """Abandon the line after ^C has killed a job, unless a trap is set for SIGINT."""
    # Under job control ^C reaches only the job's group: the shell infers it.
    is_inferred = state.is_interactive and job.pgid is not None
    traps = state.traps
    if SIGINT not in traps.caught():
        if is_inferred or interrupts.take():
            state.last_status = job.shell_status
            raise Interrupted
        return
    # As in dash, the trap runs and the line continues.
    if is_inferred and SIGINT not in traps.pending:
        traps.mark(SIGINT)
    if state.is_interactive and SIGINT in traps.pending:
        warn(("",))


class timed:  # noqa: N801 - reads as a statement: with timed(waiter)
    """Measure a `with` block and print the times to standard error: `time`. See wait4(2)."""

    def __init__(self, waiter: Waiter, *, is_posix: bool) -> None:
        self._waiter = waiter
        self._is_posix = is_posix
        """Whether to print the format of `time -p` (POSIX XCU time)."""

    def __enter__(self) -> None:
        self._outer = self._waiter.usage
        self._waiter.usage = []
        self._own = os.times()
        self._began = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        real = time.monotonic() - self._began
        children = self._waiter.usage or []
        self._waiter.usage = self._outer
        if self._outer is not None:
            self._outer.extend(children)
        own = os.times()
        user = own.user - self._own.user + sum(child.ru_utime for child in children)
        system = own.system - self._own.system + sum(child.ru_stime for child in children)
        times = {"real": real, "user": user, "sys": system}
        if self._is_posix:
            lines = [f"{name} {seconds:.2f}" for name, seconds in times.items()]
        else:
            lines = [
                "",
                *(f"{name}\t{int(spent // 60)}m{spent % 60:.3f}s" for name, spent in times.items()),
            ]
        if kind is None or issubclass(kind, ListSuspended):
            warn(lines)
