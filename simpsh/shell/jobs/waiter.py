"""The only code in the shell process that waits for children.

Every status comes from wait4(-1) and is recorded for its process. A foreground wait also records
the statuses of other jobs, so none is lost.
"""

from __future__ import annotations

from simpsh.base.errors import SimpshError
from simpsh.base.signal_names import SIGCHLD, SIGINT
from simpsh.base.wait_status import Exited, has_ended
from simpsh.kernel import call_observer, signals, wait_calls
from simpsh.kernel.wait_calls import WCONTINUED, WNOHANG, WUNTRACED
from simpsh.shell.jobs.job_table import ENDED, STOPPED, Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Sequence
    from resource import struct_rusage

    from simpsh.shell.jobs.job_context import JobContext
else:
    import _signal

_OPTIONS = WUNTRACED | WCONTINUED
_CHANGES = wait_calls.WEXITED | wait_calls.WSTOPPED | wait_calls.WCONTINUED | wait_calls.WNOWAIT


class TrappedSignal(SimpshError):
    """A signal with a trap ended a wait."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


class Waiter:
    """Collects the statuses of all children."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self.usage: list[struct_rusage] | None = None
        """What each ended child used, for `time`; None unless a pipeline is timed."""

    def collect(self) -> None:
        """Record all available statuses without blocking."""
        table = self._context.table
        waited = True
        while waited:
            # Without a child, this only looks for adopted orphans: do not record ECHILD.
            with call_observer.observing(call_observer.observer() if table.has_living else None):
                waited = self._wait_once(WNOHANG)

    def _wait_once(self, options: int) -> bool:
        wait = wait_calls.wait4_status if self.usage is None else wait_calls.wait4
        if call_observer.observer() is not None:
            wait = wait_calls.wait4
        try:
            waited = wait(-1, _OPTIONS | options)
        except ChildProcessError:
            # ECHILD: another process has collected the children.
            table = self._context.table
            for pid in table.living():
                table.lose(pid, Exited(127))
            return False
        if waited is None:
            return False
        job = self._context.table.record(waited)
        if self.usage is not None and waited.rusage and has_ended(waited.status):
            self.usage.append(waited.rusage)
        if job is not None and not job.is_tool:
            record = self._context.shell.record
            if record is not None:
                record.ended(waited.pid, waited.status)
        return True

    def wait_for_change(self, job: Job) -> None:
        """Block until the job has ended or stopped."""
        # A job without its own group is stopped and continued together with the shell.
        ends = (ENDED,) if job.pgid is None else (ENDED, STOPPED)
        while job.state not in ends:
            self._wait_once(0)

    def wait_for_end(self, job: Job) -> None:
        """Block until all processes of a job have ended; raise Interrupted if SIGINT arrives."""
        if call_observer.observer() is None:
            # Fast path: most jobs have ended by now. The extra wait4(WNOHANG) is not recorded.
            while job.state != ENDED and self._wait_once(WNOHANG):
                pass
        with self._context.interrupts:
            while job.state != ENDED:
                self._wait_for_status()
                self._wait_once(0)

    def _wait_for_status(self) -> None:
        """Block until wait4 would return immediately; SIGINT ends the wait without a race."""
        if self._has_status() or not self._context.interrupts.is_careful:
            return
        traps = self._context.shell.traps
        wanted = (SIGCHLD, SIGINT)
        with signals.Blocked(*wanted):
            while not self._has_status():
                number = _signal.sigwaitinfo(wanted).si_signo
                if number == SIGINT:
                    self._context.interrupts.raise_now()
                if number in traps.caught():
                    traps.mark(number)

    @staticmethod
    def _has_status() -> bool:
        """Return whether wait4 would return immediately."""
        try:
            return wait_calls.has_changed(_CHANGES)
        except OSError:
            return True  # ECHILD; or seccomp refuses waitid: wait without the precaution

    def wait_for(self, pids: Sequence[int], on_stop: Callable[[Job], object] | None = None) -> None:
        """Block until all of these children have ended.

        `on_stop` is called for each of their jobs that is stopped, once.

        Raises TrappedSignal: a signal with a trap arrived first. Interrupted: SIGINT arrived, and
        has no trap.
        """
        table, traps = self._context.table, self._context.shell.traps
        # A blocked signal becomes pending even if it is ignored: do not wait for SIGINT then.
        is_ignored = signals.disposition(SIGINT) == signals.SIG_IGN
        wanted = {SIGCHLD, *traps.caught(), *(() if is_ignored else (SIGINT,))}
        with signals.Blocked(*wanted):
            stopped: set[Job] = set()
            left = [pid for pid in pids if table.is_living(pid)]
            if not table.has_living:
                # Call wait4 even without children, so that its ECHILD is narrated.
                self._wait_once(WNOHANG)
            while True:
                self.collect()
                if traps.pending:
                    # POSIX XCU 2.12: a trapped signal ends the wait, even SIGCHLD.
                    raise TrappedSignal(traps.pending[0])
                while left and not table.is_living(left[-1]):
                    left.pop()
                if not left:
                    return
                for job in {table.job_of(pid): None for pid in left if on_stop is not None}:
                    if on_stop and job and job not in stopped and job.state == STOPPED:
                        stopped.add(job)
                        on_stop(job)
                number = _signal.sigwaitinfo(wanted).si_signo
                if number in traps.caught():
                    traps.mark(number)
                elif number == SIGINT:
                    self._context.interrupts.raise_now()
