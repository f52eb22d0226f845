"""Starts jobs with fork or posix_spawn, and waits for them: the entry point of this package."""

from __future__ import annotations

import os
import time

from simpsh.base.errors import Interrupted
from simpsh.base.record import suppress
from simpsh.base.roles import BACKGROUND
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
"""How long to wait for a continued job to set the terminal's modes."""
_PAUSE_SECONDS, _LOOK_SECONDS = 0.00005, 0.02
_BLOCK = 1 << 16


class Launcher:
    """Carries out job plans for one shell."""

    def __init__(self, context: JobContext, engine: str = FORK) -> None:
        self.context = context
        self.engine = engine
        """FORK, or SPAWN for plans that posix_spawn can carry out unobserved."""
        self.waiter = Waiter(context)
        self.started = 0
        """The number of jobs started for the user."""
        self.tools: list[int] = []
        """The pids of simpsh's own tools; a notebook reads and clears the list."""
        self.reset_screen: Callable[[], object] = lambda: None
        """Resets the screen from the line editor's state, before SIGHUP ends the shell."""
        self.begin_notice: Callable[[int], object] = lambda _: None
        """Begins a line for a notice about a job that this signal has killed."""

    def release_terminal(self) -> None:
        """Release the terminal, if the shell has taken it."""
        if self.context.terminal is not None:
            self.context.terminal.release()

    def become_subshell(self, *, has_signals_of_shell: bool) -> None:
        """Drop the terminal in a forked copy of the shell, whose children stay in its group.

        `has_signals_of_shell`: it ignores the signals that were ignored at the start of the shell.
        """
        self.context.terminal = None
        self.context.has_looked_for_terminal = True
        if not has_signals_of_shell:
            self.context.dispositions.begin(ignored=self.context.shell.traps.ignored())

    def start(self, plan: JobPlan) -> Job:
        """Start a job and add it to the table; raise CommandProblem if it cannot be started."""
        context = self.context
        has_job_control = context.has_job_control
        if has_job_control and not context.has_looked_for_terminal:
            context.take_terminal()
        is_grouped = has_job_control and plan.output is None
        # Imported here because some scripts start no process.
        from simpsh.shell.jobs.fork_engine import start

        may_spawn = False
        if self.engine == SPAWN:
            # Imported here because the prompt does not need it.
            from simpsh.shell.jobs.spawn_engine import can_spawn

            may_spawn = can_spawn(plan, context)
        began = 0 if context.shell.record is None else time.monotonic_ns()
        job = start(plan, context, is_grouped=is_grouped, may_spawn=may_spawn)
        job.is_tool = plan.is_tool
        job.pipefail = context.shell.options.pipefail
        if began and not plan.is_tool:
            self._note_births(job, plan, began)
        self.tools += job.pids if plan.is_tool else ()
        self.started += not plan.is_tool
        return job

    def _note_births(self, job: Job, plan: JobPlan, began: int) -> None:
        shell = self.context.shell
        record = shell.record
        assert record is not None  # else nothing began
        role = (BACKGROUND, shell.role) if plan.is_background else shell.role
        count = len(job.processes)
        for index, (member, process) in enumerate(zip(job.processes, plan.processes, strict=True)):
            text = member.text if record.is_copy else process.text
            facts = process.argv, index, count, job.pipefail
            record.born(began + index, member.pid, role, text, *facts)

    def run_in_foreground(self, plan: JobPlan) -> Job:
        """Start a job, lend it the terminal and wait until it ends or stops."""
        job = self.start(plan)
        self._wait_in_foreground(job)
        return job

    def run_in_background(self, plan: JobPlan) -> Job:
        """Start a job and give it a number; do not wait for it."""
        table = self.context.table
        if not self.context.shell.is_interactive and table.has_any:
            # A loop that starts jobs would otherwise keep zombies and jobs until its end.
            self.waiter.collect()
            table.limit_ended()
        job = self.start(plan)
        job.began_in_background = True
        table.give_number(job)
        return job

    def capture(self, plan: JobPlan, write_end: int, read_end: int) -> tuple[bytes, Job]:
        """Start a job that writes to `write_end`, and read its output to end of file: `$( )`.

        Both ends are closed. The job joins the shell's group, so that ^C reaches both. Returns the
        output and the job, which has ended.

        Raises CommandProblem: no process can be created. Interrupted: SIGINT arrived while the
        shell read or waited; the job has ended, unless SIGINT arrived twice.
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
            except (Interrupted, MemoryError):
                # Closing the read end ends the writers with SIGPIPE. ^C reached them, too.
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

    def _wait_in_foreground(self, job: Job) -> None:
        interrupts = self.context.interrupts
        if job.pgid is not None:
            # While the shell is in the foreground, ^C reaches only the shell.
            interrupts.pass_on = lambda: self._interrupt(job)
            if interrupts.take():
                self._interrupt(job)
        job.is_foreground = True
        narrator = self.context.narrator
        if narrator is not None:
            narrator.may_follow_key = job.pgid is not None and self.context.terminal is not None
        try:
            self.waiter.wait_for_change(job)
        finally:
            interrupts.pass_on = None
            job.is_foreground = False
            if narrator is not None:
                narrator.may_follow_key = False
            if job.pgid is not None and self.context.terminal is not None:
                self.context.terminal.take_back_from(job)
        if job.state == ENDED:
            self.context.table.forget(job)
        else:
            job.reported = job.condition

    def _interrupt(self, job: Job) -> None:
        if job.state != ENDED:
            with suppress(OSError):  # ESRCH: it has ended since; EPERM: it runs as another user
                self.signal(job, SIGINT)

    def continue_in_foreground(self, job: Job) -> None:
        """Continue a job with the terminal and its modes, and wait."""
        terminal = self.context.terminal
        if terminal is not None and job.pgid is not None:
            terminal.give_modes(job)
            terminal.lend(job.pgid)
        was_about_to_set_modes = any(
            isinstance(process.status, Stopped) and process.status.signal == SIGTTOU
            for process in job.processes
        )
        self._send_continue(job)
        if terminal is not None and job.pgid is not None and was_about_to_set_modes:
            self._correct_modes(job.pgid, terminal)
        self._wait_in_foreground(job)

    def _correct_modes(self, pgid: int, terminal: Terminal) -> None:
        """Correct modes that a program of a group is about to set; see Terminal.correct_modes.

        A program that was stopped by SIGTTOU sets them as soon as it continues. Wait until it has
        done so, or until no process of the group runs.
        """
        # Imported here because scripts do not need it.
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
            # A short pause: keys typed before the correction are read in the wrong modes.
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
        """Send a signal to every process of a job; raises like kill(2)."""
        if job.pgid is not None:
            signals.killpg(job.pgid, number)
            return
        for process in job.processes:
            if not process.has_ended:
                signals.kill(process.pid, number)

    def end_at_hangup(self) -> None:
        """Install a handler of SIGHUP that ends the shell and all its jobs."""
        owner = os.getpid()

        def end(number: int, _frame: object) -> None:
            if os.getpid() == owner:
                self.hang_up()
                if self.context.terminal is not None:
                    # Command substitutions and their children are in the shell's own group.
                    signals.sigaction(number, signals.SIG_IGN)
                    signals.kill(0, number)
                with suppress(RuntimeError):  # the signal interrupted the editor's own write
                    self.reset_screen()
                self.release_terminal()
            signals.die_of(number)

        signals.sigaction(SIGHUP, end)

    def hang_up(self, *, only_stopped: bool = False) -> None:
        """Send SIGHUP, then SIGCONT, to every job that has not ended."""
        self.waiter.collect()
        for job in self.context.table.alive():
            if only_stopped and job.state != STOPPED:
                continue
            for number in (SIGHUP, SIGCONT):
                try:
                    self.signal(job, number)
                except OSError:
                    break  # the job has ended, or a process changed its user id
