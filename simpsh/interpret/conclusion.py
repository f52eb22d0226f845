"""What follows from how a job ended or stopped: `$?`, a message, or the end of the line."""

from __future__ import annotations

import os

from simpsh.errors import Interrupted
from simpsh.jobs.job import ENDED, STOPPED, condition_words
from simpsh.kernel import descriptors
from simpsh.signals import Signal
from simpsh.wait_status import Exited, Killed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal

    from simpsh.jobs.job import Job
    from simpsh.state import State
else:
    import _signal

SIGINT, SIGPIPE = Signal(_signal.SIGINT), Signal(_signal.SIGPIPE)


class Conclusion:
    """Draws the consequences for one shell."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, job: Job) -> int:
        """Report a foreground job that has ended or stopped, and return its `$?`.

        Raises:
            Interrupted: it died of ^C, and the rest of the line is given up.
        """
        last = job.processes[-1].status
        if len(job.processes) == 1 and isinstance(last, Exited):
            return last.code
        state = self._state
        job.pipefail = state.options.pipefail
        if job.state == STOPPED:
            tell("\n" + state.jobs.line(job) + "\n")
            return job.shell_status
        killers = [
            process.status for process in job.processes if isinstance(process.status, Killed)
        ]
        for status in killers:
            if status.signal not in (SIGINT, SIGPIPE):
                self._report(job, status)
        if isinstance(job.decisive, Killed) and job.decisive.signal == SIGINT:
            self._interrupted(job)
        return job.shell_status

    def _report(self, job: Job, status: Killed) -> None:
        words = condition_words(ENDED, status)
        if self._state.is_interactive:
            tell(f"{words}\n")
        else:
            self._state.complain(f"{job.text}: {words}" if job.text else words)

    def _interrupted(self, job: Job) -> None:
        state = self._state
        if state.is_interactive:
            state.last_status = job.shell_status
            raise Interrupted
        is_ours = SIGINT not in state.traps.caught()
        if state.launcher.context.interrupts.take() and is_ours:
            # The command took ^C for an order to end, and so does the script.
            raise Interrupted

    def check_interrupt(self) -> None:
        """Give up the line if SIGINT came while the shell itself was at work.

        Raises:
            Interrupted: it came.
        """
        interrupts = self._state.launcher.context.interrupts
        # A command that ended by itself has dealt with ^C in its own way, as in bash.
        if interrupts.take() and self._state.is_interactive:
            raise Interrupted

    def announce(self, job: Job) -> None:
        """Say the number and the process id of a background job, at the prompt."""
        if self._state.is_interactive:
            tell(f"[{job.number}]  {job.pids[-1]}\n")


def tell(text: str) -> None:
    """Write to the user, on standard error, as far as it can be written to."""
    try:
        descriptors.write_all(2, os.fsencode(text))
    except OSError:
        return
