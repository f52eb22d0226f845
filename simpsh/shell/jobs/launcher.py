"""Starting jobs and seeing them through: the front door of this wing.

Whether a job is forked or spawned is decided here, before anything is opened.
"""

from __future__ import annotations

import os

from simpsh.base.errors import Interrupted
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGCONT, SIGHUP, SIGINT, SIGTTOU
from simpsh.base.wait_status import Stopped
from simpsh.kernel import call_observer, descriptors, signals
from simpsh.shell.jobs.job_table import ENDED, STOPPED, Job
from simpsh.shell.jobs.waiter import Waiter
from simpsh.shell.plan.job_plan import JobPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.shell.jobs.controlling_terminal import Terminal
    from simpsh.shell.jobs.job_context import JobContext

FORK, SPAWN = "fork", "spawn"
_CORRECTION_SECONDS = 2.0
"""How long a job that continues may compute before it sets the terminal's modes."""
_PAUSE_SECONDS, _LOOK_SECONDS = 0.00005, 0.02
_BLOCK = 1 << 16


class Launcher:
    """Carries out job plans for one shell."""

    def __init__(self, context: JobContext, engine: str = FORK) -> None:
        self.context = context
        self.engine = engine
        """FORK, or SPAWN where it can do what is planned and no observer watches."""
        self.waiter = Waiter(context)
        self.started = 0
        """How many jobs of the user's were started."""
        self.tools: list[int] = []
        """The pids of simpsh's own tools; a notebook, which tells them apart, clears it."""
        self.reset_screen: Callable[[], object] = lambda: None
        """Undoes what the line editor has set on the screen, before SIGHUP ends the shell."""

    def release_terminal(self) -> None:
        """Give the terminal, if the shell has one, back as it was found."""
        if self.context.terminal is not None:
            self.context.terminal.release()

    def become_subshell(self) -> None:
        """Give up, in a forked copy of the shell, what belongs to the shell itself."""
        # No groups and no terminal: the copy's children stay in its own group, so that ^C and ^Z
        # reach them with it.
        self.context.terminal = None
        self.context.has_looked_for_terminal = True
        self.context.dispositions.begin(self.context.shell.traps.ignored())

    # -------------------------------------------------------------------------- starting

    def start(self, plan: JobPlan) -> Job:
        """Start a job and enter it into the table; raise CommandProblem if there is no process."""
        context = self.context
        for process in plan.processes:
            context.note_program(process.argv)
        has_job_control = context.has_job_control
        if has_job_control and not context.has_looked_for_terminal:
            context.take_terminal()
        is_grouped = has_job_control and plan.output is None
        job = None
        if self.engine == SPAWN and call_observer.observer() is None:
            # The prompt, which forks, does not load it.
            from simpsh.shell.jobs.spawn_engine import can_start, start_spawned

            if can_start(plan, context):
                with suppress(OSError):  # none can be spawned here; fork is the next thing to try
                    job = start_spawned(plan, context, is_grouped=is_grouped)
                    context.table.add(job)
        if job is None:
            # A script that spawns all that it runs does not load it.
            from simpsh.shell.jobs.fork_engine import start

            job = start(plan, context, is_grouped=is_grouped)
        job.is_tool = plan.is_tool
        self.tools += job.pids if plan.is_tool else ()
        self.started += not plan.is_tool
        return job

    def run_in_foreground(self, plan: JobPlan) -> Job:
        """Start a job, lend it the terminal and wait until it ends or stops."""
        self.context.forget_stty()
        job = self.start(plan)
        self._see_through(job)
        return job

    def run_in_background(self, plan: JobPlan) -> Job:
        """Start a job and give it a number; do not wait for it."""
        job = self.start(plan)
        self.context.table.give_number(job)
        return job

    def capture(self, plan: JobPlan, write_end: int, read_end: int) -> tuple[bytes, Job]:
        """Start a job whose output goes to `write_end`, and read it to its end: `$( )`.

        Both ends are closed. The job joins the shell's group, so that ^C reaches both. Returns what
        was written, until the last write end anywhere was closed, and the ended job.

        Raises CommandProblem: no process can be made. Interrupted: SIGINT came while the shell read
        or waited, and the job has ended since; or it came twice.
        """
        with call_observer.observing(None):
            read_end = descriptors.move_above(read_end)
        try:
            try:
                job = self.start(plan)
            finally:
                descriptors.close(write_end)
            job.is_foreground = True
            try:
                interrupts = self.context.interrupts
                with interrupts:
                    pieces = []
                    while interrupts.wait_for_input(read_end, is_own=True) and (
                        piece := descriptors.read(read_end, _BLOCK)
                    ):
                        pieces.append(piece)
                    output = b"".join(pieces)
                self.waiter.wait_for_end(job)
            except Interrupted:
                # Its processes have had SIGINT as well. One that has not taken it yet would read
                # what is typed at the prompt.
                self.waiter.see_out(job, read_end)
                raise
            except MemoryError:
                # What still writes gets SIGPIPE: no process of the job outlives its command.
                descriptors.close(read_end)
                read_end = -1
                self.waiter.wait_for_end(job)
                raise
            finally:
                job.is_foreground = False
                self.context.table.forget(job)
        finally:
            if read_end >= 0:
                descriptors.close(read_end)
        return output, job

    # --------------------------------------------------------------------------- waiting

    def _see_through(self, job: Job) -> None:
        if job.pgid is not None and self.context.interrupts.take():
            # ^C came while the shell was still in the foreground, and was meant for the job.
            self.signal(job, SIGINT)
        job.is_foreground = True
        try:
            self.waiter.wait_for_change(job)
        finally:
            job.is_foreground = False
            if job.pgid is not None and self.context.terminal is not None:
                ran_stty = self.context.ran_stty()
                self.context.terminal.take_back_from(job, ran_stty=ran_stty)
        if job.state == ENDED:
            self.context.table.forget(job)
        else:
            job.reported = job.condition

    # ------------------------------------------------------------- stopping and resuming

    def continue_in_foreground(self, job: Job) -> None:
        """Continue a job with the terminal and its modes, and wait."""
        terminal = self.context.terminal
        if terminal is not None and job.pgid is not None:
            # In this order: when it continues, everything must be as it left it.
            terminal.give_modes(job)
            terminal.lend(job.pgid)
        was_about_to_set_modes = any(
            isinstance(process.status, Stopped) and process.status.signal == SIGTTOU
            for process in job.processes
        )
        self._send_continue(job)
        if terminal is not None and job.pgid is not None and was_about_to_set_modes:
            self._correct_modes(job.pgid, terminal)
        self._see_through(job)

    def _correct_modes(self, pgid: int, terminal: Terminal) -> None:
        """Correct modes that a program of a group is about to set; see Terminal.correct_modes.

        A program that was stopped by SIGTTOU sets them as soon as it continues. This waits until it
        has done so, or no program of the group runs: then each waits for something else.
        """
        # A shell without a prompt starts without them.
        import time

        from simpsh.process import proc

        deadline = time.monotonic() + _CORRECTION_SECONDS
        look = 0.0
        while (now := time.monotonic()) < deadline:
            runs = True
            if now >= look:
                members = [pid for pid in proc.pids() if proc.group(pid) == pgid]
                runs = any(proc.state(pid) in ("R", "D") for pid in members)
                look = time.monotonic() + _LOOK_SECONDS
            if terminal.correct_modes() or not runs:
                return
            # Short: a key that comes before the correction is read as the prompt would read it.
            time.sleep(_PAUSE_SECONDS)

    def continue_in_background(self, job: Job) -> None:
        """Continue a stopped job without the terminal."""
        self._send_continue(job)
        job.reported = job.condition

    def _send_continue(self, job: Job) -> None:
        job.resume()
        self.context.table.make_current(job)
        self.signal(job, SIGCONT)

    def signal(self, job: Job, number: int) -> None:
        """Send a signal to every process of a job; raise as kill(2)."""
        if job.pgid is not None:
            signals.killpg(job.pgid, number)
            return
        for process in job.processes:
            if not process.has_ended:
                signals.kill(process.pid, number)

    def end_at_hangup(self) -> None:
        """Let SIGHUP, which the end of the terminal sends, end the shell and all its jobs."""
        owner = os.getpid()

        def end(number: int, _frame: object) -> None:
            if os.getpid() == owner:
                self.hang_up()
                if self.context.terminal is not None:
                    # In the shell's own group are command substitutions, and what they started.
                    signals.sigaction(number, signals.SIG_IGN)
                    signals.kill(0, number)
                # RuntimeError: the editor was writing to the screen when the signal came.
                with suppress(RuntimeError):
                    self.reset_screen()
                self.release_terminal()
            signals.die_of(number)

        signals.sigaction(SIGHUP, end)

    def hang_up(self, *, only_stopped: bool = False) -> None:
        """Send SIGHUP, then SIGCONT, to every job that the shell would leave behind."""
        self.waiter.collect()
        for job in self.context.table.alive():
            if only_stopped and job.state != STOPPED:
                continue
            for number in (SIGHUP, SIGCONT):
                try:
                    self.signal(job, number)
                except OSError:
                    # It ended in this moment, or changed its user: nothing of ours to end.
                    break
