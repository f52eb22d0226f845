"""The one place of the shell process that waits for children.

Every status comes in through wait4(-1) and is filed under its process: a foreground wait also
files what happens to other jobs, so nothing is stolen and nothing is lost.
"""

from __future__ import annotations

from simpsh.base.errors import SimpshError
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGCHLD, SIGINT
from simpsh.base.wait_status import Exited, has_ended
from simpsh.kernel import call_observer, descriptors, processes, signals, wait_calls
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.kernel.wait_calls import WCONTINUED, WNOHANG, WUNTRACED
from simpsh.shell.jobs.job_table import ENDED, STOPPED, Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Sequence
    from resource import struct_rusage

    from simpsh.shell.jobs.job_context import JobContext
else:
    import _signal

_OPTIONS = WUNTRACED | WCONTINUED
_CHANGES = wait_calls.WEXITED | wait_calls.WSTOPPED | wait_calls.WCONTINUED | wait_calls.WNOWAIT
_BLOCK = 1 << 16


class TrappedSignal(SimpshError):
    """A signal with a trap came; the wait ends and the trap's action runs."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


class Waiter:
    """Collects the statuses of all children, for whoever wants them."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self.usage: list[struct_rusage] | None = None
        """Where `time` collects what the children used; None while nothing is timed."""

    def collect(self) -> None:
        """File every status that is there, without blocking."""
        table = self._context.table
        waited = True
        while waited:
            # With no child of ours left, only orphans that were given to us are looked for; that
            # there are none is no news.
            with call_observer.observing(call_observer.observer() if table.living() else None):
                waited = self._wait_once(WNOHANG)

    def _wait_once(self, options: int) -> bool:
        wait = wait_calls.wait4_status if self.usage is None else wait_calls.wait4
        if call_observer.observer() is not None:
            self._look_first(options)
            wait = wait_calls.wait4
        try:
            waited = wait(-1, _OPTIONS | options)
        except ChildProcessError:
            # ECHILD while a child counts as alive: another process collected it.
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
            shell = self._context.shell
            shell.last_wait, shell.last_waited = waited.status, waited.pid
        return True

    def _look_first(self, options: int) -> None:
        recorder = self._context.recorder()
        if recorder is None or not recorder.wants_snapshots:
            return
        with call_observer.observing(None):
            try:
                change = wait_calls.waitid(wait_calls.P_ALL, 0, _CHANGES | options)
            except OSError:
                change = None  # there is no child, or a filter refuses waitid
        if change is not None:
            # A zombie can be seen now, and never again once it is collected.
            recorder.look_at(change.pid)

    def wait_for_change(self, job: Job) -> None:
        """Block until the job has ended or stopped."""
        # Without a group of its own the job is stopped and continued together with the shell, by
        # whoever started that; no other job takes the shell's attention in between.
        is_grouped = job.pgid is not None
        while (state := job.state) != ENDED and not (is_grouped and state == STOPPED):
            self._wait_once(0)

    def wait_for_end(self, job: Job) -> None:
        """Block until every process of the job has ended; raise Interrupted if SIGINT comes."""
        if call_observer.observer() is None:
            # Most have ended by now; that some have not is nothing that an observer need see.
            while job.state != ENDED and self._wait_once(WNOHANG):
                pass
        with self._context.interrupts:
            while job.state != ENDED:
                self._wait_for_status()
                self._wait_once(0)

    def see_out(self, job: Job, output: int) -> None:
        """Block until a job that was interrupted has ended; what it still writes is thrown away.

        Its own children, too, have taken their SIGINT then. Raises Interrupted: SIGINT came again.
        """
        interrupts = self._context.interrupts
        # OSError: no descriptor is left for the pipe. Then nothing is thrown away.
        with suppress(OSError), SignalPipe((SIGCHLD,)) as news:
            self.collect()
            while job.state != ENDED and not interrupts.is_pending:
                if news.wait_for(output):
                    self.collect()
                elif not descriptors.read(output, _BLOCK):
                    break
        self.wait_for_end(job)
        # Block until no process of the shell's group has a SIGINT that it has not taken yet.
        with signals.Blocked(SIGINT):
            while _is_pending_in_group(SIGINT):
                # They may be no children of ours: no signal tells of them.
                if _signal.sigtimedwait((SIGINT,), _LOOK_AGAIN_SECONDS) is not None:
                    interrupts.raise_now()

    def _wait_for_status(self) -> None:
        """Block until a wait would return at once; SIGINT ends it whenever it comes."""
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
        """Return whether a wait would return at once."""
        with call_observer.observing(None):
            try:
                return wait_calls.waitid(wait_calls.P_ALL, 0, _CHANGES | WNOHANG) is not None
            except OSError:
                # ECHILD; or a filter refuses waitid, and the wait blocks without precautions.
                return True

    def wait_for(self, pids: Sequence[int], *, any_one: bool = False) -> None:
        """Block until all, or one, of these children have ended.

        Raises TrappedSignal: a signal with a trap came first. Interrupted: SIGINT came, and no trap
        wants it.
        """
        table, traps = self._context.table, self._context.shell.traps
        # A signal that is blocked stays pending even where it is ignored: it must not be taken.
        is_ignored = signals.disposition(SIGINT) == signals.SIG_IGN
        wanted = {SIGCHLD, *traps.caught(), *(() if is_ignored else (SIGINT,))}
        with signals.Blocked(*wanted):
            left = {pid for pid in pids if pid in table.living()}
            if not table.living():
                # A real call all the same: that it fails with ECHILD is what there is to learn.
                self._wait_once(WNOHANG)
            while True:
                self.collect()
                if traps.pending:
                    # POSIX XCU 2.12: it ends the wait, also where it is the SIGCHLD waited for.
                    raise TrappedSignal(traps.pending[0])
                ended = left - set(table.living())
                if ended == left or (ended and any_one):
                    return
                number = _signal.sigwaitinfo(wanted).si_signo
                if number in traps.caught():
                    traps.mark(number)
                elif number == SIGINT:
                    self._context.interrupts.raise_now()


_LOOK_AGAIN_SECONDS = 0.002


def _is_pending_in_group(number: int) -> bool:
    """Return whether another process of our group has this signal pending, and lives to take it."""
    # Few lines need it.
    from simpsh.process import proc

    own, group = processes.getpid(), processes.getpgrp()
    others = (pid for pid in proc.pids() if pid != own and proc.group(pid) == group)
    return any(
        number in proc.signals_in(proc.status_field(pid, "ShdPnd") or "0")
        and not proc.is_ending(pid)
        for pid in others
    )
