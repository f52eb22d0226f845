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
from simpsh.shell.jobs.waiter import Usage, Waiter
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.jobs.launcher import Launcher


def conclude(state: State, launcher: Launcher, job: Job) -> int:
    """Report how a foreground job ended or stopped; return its `$?`, or raise Interrupted."""
    interrupts = launcher.context.interrupts
    last = job.processes[-1].status
    result = last.code if isinstance(last, Exited) else 0
    if len(job.processes) > 1 or not isinstance(last, Exited):
        decisive = job.decisive_process
        state.last_wait, state.last_waited = decisive.status, decisive.pid
        state.last_program = decisive.program
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
        user = own.user - self._own.user + sum(child.rusage.ru_utime for child in children)
        system = own.system - self._own.system + sum(child.rusage.ru_stime for child in children)
        times = {"real": real, "user": user, "sys": system}
        if self._is_posix:
            lines = [f"{name} {seconds:.2f}" for name, seconds in times.items()]
        else:
            lines = [
                "",
                *(f"{name}\t{int(spent // 60)}m{spent % 60:.3f}s" for name, spent in times.items()),
            ]
            if children:
                lines.append(f"maxrss\t{_largest([child.rusage.ru_maxrss for child in children])}")
                lines += _lines_that_fork(children)
        if kind is None or issubclass(kind, ListSuspended):
            warn(lines)


_MOST_LINES = 5
"""How many lines of a script `time` shows."""


def _lines_that_fork(children: Sequence[Usage]) -> list[str]:
    """Return a table of the lines that needed most processes, if several did and one repeatedly.

    A process that a copy of the shell starts counts only in the time of the copy.
    """
    by_place: dict[tuple[str | None, int], list[Usage]] = {}
    for child in children:
        by_place.setdefault(child.place, []).append(child)
    if len(by_place) < 2 or max(map(len, by_place.values())) < 2:
        return []
    rows = []
    for (file, number), used in by_place.items():
        seconds = sum(child.rusage.ru_utime + child.rusage.ru_stime for child in used)
        execs = sum(child.is_program for child in used)
        name = f"{file}: line {number}" if file is not None else f"line {number}"
        rows.append((len(used), seconds, execs, name))
    rows.sort(key=lambda row: row[:2], reverse=True)
    shown = [
        f"{forks:6} {execs:6} {seconds:8.3f}s  {name}"
        for forks, seconds, execs, name in rows[:_MOST_LINES]
    ]
    others = sum(forks for forks, *_ in rows[_MOST_LINES:])
    rest = [f"{others:6} more, by {len(rows) - _MOST_LINES} other lines"] if others else []
    return [" forks  execs       CPU  line", *shown, *rest]


_GROWTH_KIB = 2048
"""More than a copy of the shell grows before execve."""


def _largest(sizes: Sequence[int]) -> str:
    """Word the largest of the children's `ru_maxrss`, in KiB.

    Linux carries the peak over execve, and until then a child has the memory of the shell. So a
    peak below the shell's own is only an upper bound for the program. See getrusage(2). The shell's
    own `ru_maxrss` would also count whatever its process executed before the shell.
    """
    # Imported here because most scripts do not measure.
    from simpsh.process import proc

    largest = max(sizes)
    shell = proc.status_field("self", "VmHWM").removesuffix(" kB")
    if shell and largest > int(shell) + _GROWTH_KIB:
        return f"{largest} KiB"
    return f"at most {largest} KiB; a child begins as a copy of the shell"
