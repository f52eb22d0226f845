"""Starts a job with fork, in an order without races; with posix_spawn where that is enough.

The shell blocks all signals and sets the children's dispositions before the first fork. It puts
every process into the job's group, lends the group the terminal, opens the gate at which the
processes of a pipeline wait, and restores its own dispositions and mask. Simpler orders lose
signals or stop half a pipeline, as real runs showed:

    no gate, dispositions reset in the child    1 to 4 of 60 pipelines stopped by ^Z at their start
    no gate, only the parent calls tcsetpgrp    2 of 400 programs stopped by SIGTTOU
    SIGTTOU reset before the child's tcsetpgrp  all stopped

A job of one process needs no gate: the child takes the terminal while its signals are still
blocked. The shell must not lend it the terminal again, because the program may already have given
the terminal to a group of its own.
"""

from __future__ import annotations

import os

from simpsh.base import failed_call
from simpsh.base.errors import CommandProblem
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGCHLD, SIGINT, SIGQUIT, SIGTERM
from simpsh.kernel import call_observer, descriptors, processes, signals, wait_calls
from simpsh.shell.jobs.forked_child import ChildSetup, become
from simpsh.shell.jobs.job_table import ChildProcess, Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set

    from simpsh.shell.jobs.controlling_terminal import Terminal
    from simpsh.shell.jobs.job_context import JobContext
    from simpsh.shell.jobs.narrator import StartNarration
    from simpsh.shell.plan.job_plan import JobPlan, ProcessPlan


def start(plan: JobPlan, context: JobContext, *, is_grouped: bool, may_spawn: bool = False) -> Job:
    """Start the processes of a job, add it to the table, and let the processes begin.

    `may_spawn`: try posix_spawn for each process, and fork it if that fails; see spawn_engine.py.

    Raises CommandProblem: the system has no process or descriptor left; no process remains.
    """
    if may_spawn and len(plan.processes) == 1 and not plan.is_background:
        from simpsh.shell.jobs.spawn_engine import spawned

        group = 0 if is_grouped else None
        member = spawned(plan.processes[0], plan, context, (None, plan.output), group)
        if member is not None:
            job = Job([member], member.pid if is_grouped else None, plan.text)
            context.table.add(job)
            return job
    mask = signals.sigprocmask(signals.SIG_BLOCK, signals.ALL)
    # If the shell ignored SIGCHLD, it would lose statuses; the child ignores it itself.
    changed = {**context.dispositions_of_job(plan), SIGCHLD: signals.SIG_DFL}
    if plan.is_background and not context.has_job_control:
        # POSIX XCU 2.11: a background job in the group of the shell ignores ^C.
        changed |= {SIGINT: signals.SIG_IGN, SIGQUIT: signals.SIG_IGN}
    before = signals.set_dispositions(changed)
    starting = _StartingJob(plan, context, mask, is_grouped=is_grouped, may_spawn=may_spawn)
    try:
        starting.create_gate()
        for process in plan.processes:
            starting.fork(process)
        starting.open_gate()
        job = Job(starting.members, starting.pgid, plan.text)
        # Signals are still blocked: the handler of SIGHUP ends all jobs in the table.
        context.table.add(job)
    except OSError as error:
        starting.abort()
        failed_call.mark(error, starting.call, ())
        raise CommandProblem(f"{starting.call}: {os.strerror(error.errno or 0)}", 126) from error
    finally:
        signals.set_dispositions(before)
        signals.sigprocmask(signals.SIG_SETMASK, mask)
    return job


class _StartingJob:
    """A job whose processes are being forked."""

    def __init__(
        self,
        plan: JobPlan,
        context: JobContext,
        mask: Set[int],
        *,
        is_grouped: bool,
        may_spawn: bool,
    ) -> None:
        self._plan = plan
        self._context = context
        self._mask = mask
        self._is_grouped = is_grouped
        self.members: list[ChildProcess] = []
        self.pgid: int | None = None
        self._pipe: descriptors.PipeEnds | None = None
        self._previous: int | None = None
        """The read end for the next process."""
        self.call = "pipe"
        """The current call, for a message about its failure."""
        self._narration: StartNarration | None = None
        if call_observer.observer() is not None:
            narrator = context.narrator
            if narrator is not None and narrator.is_on:
                from simpsh.shell.jobs.narrator import StartNarration

                self._narration = StartNarration(narrator, plan, context.shell.functions)
        self._gate: descriptors.PipeEnds | None = None
        self._may_spawn = may_spawn

    def create_gate(self) -> None:
        """Create the gate, if the processes have to wait for one another."""
        if self._may_spawn:
            return  # a spawned process cannot wait, and no terminal is lent
        if self._narration is not None or len(self._plan.processes) > 1:
            self._gate = descriptors.PipeEnds(*descriptors.own_pair())

    def fork(self, process: ProcessPlan) -> None:
        """Spawn or fork the next process, from left to right."""
        is_last = len(self.members) + 1 == len(self._plan.processes)
        self.call = "pipe"
        self._pipe = None if is_last else descriptors.pipe2()
        group = (self.pgid or 0) if self._is_grouped else None
        output = self._plan.output if self._pipe is None else self._pipe.write_end
        if self._may_spawn:
            from simpsh.shell.jobs.spawn_engine import spawned

            ends = self._previous, output
            member = spawned(process, self._plan, self._context, ends, group, self._mask)
            if member is not None:
                self._add(member)
                return
        # A single process takes the terminal itself. For a pipeline, open_gate() lends it.
        terminal = self._terminal if len(self._plan.processes) == 1 else None
        setup = ChildSetup(
            group,
            None if terminal is None else terminal.descriptor,
            self._previous,
            output,
            self._gate,
            self._mask,
            *self._context.program(process),
        )
        narration = None
        if self._narration is not None:
            narration = self._narration.of_child(process, group, self._previous, output)
        self.call = "fork"
        pid = processes.fork()
        if pid == 0:  # in the child
            call_observer.set_observer(None)
            become(process, setup, self._context, narration)
        if self._narration is not None:
            self._narration.note_birth(pid)
        # Let the child, which waits in the run queue of our CPU, run first: a command takes an
        # eighth less time.
        with suppress(OSError):  # refused by seccomp; it is only an optimisation
            os.sched_yield()
        self._add(ChildProcess(pid, process.text, "".join(process.argv[:1])))

    def _add(self, member: ChildProcess) -> None:
        pid = member.pid
        self.members.append(member)
        if self._is_grouped:
            self.pgid = self.pgid or pid
            # EACCES after exec, ESRCH after the end: the child has called setpgid itself.
            with suppress(PermissionError, ProcessLookupError):
                processes.setpgid(pid, self.pgid)
        # Close the parent's ends: a reader sees end of file only after the last write end is
        # closed.
        if self._previous is not None:
            descriptors.close(self._previous)
        if self._pipe is not None:
            descriptors.close(self._pipe.write_end)
        self._previous = None if self._pipe is None else self._pipe.read_end
        self._pipe = None

    @property
    def _terminal(self) -> Terminal | None:
        """The terminal if this job needs it, else None."""
        owns = self._is_grouped and not self._plan.is_background
        return self._context.terminal if owns else None

    def open_gate(self) -> None:
        """Lend the terminal to the group, then open the gate."""
        # A single process has taken it, and may already have given it to another group.
        if self._terminal is not None and self.pgid is not None and len(self.members) > 1:
            self._terminal.lend(self.pgid)
        if self._narration is not None:
            self._narration.write_births()
        if self._gate is not None:
            # Our own read end is open, so the write cannot fail even if all members were killed.
            os.write(self._gate.write_end, b"g" * len(self.members))
            os.close(self._gate.read_end)
            os.close(self._gate.write_end)

    def abort(self) -> None:
        """End the processes that were started: those at the gate read end of file and exit."""
        ends = (self._pipe.read_end, self._pipe.write_end) if self._pipe else ()
        for end in (self._previous, *ends):
            if end is not None:
                descriptors.close(end)
        if self._gate is not None:
            os.close(self._gate.read_end)
            os.close(self._gate.write_end)
        for member in self.members:
            if self._gate is None:
                # It runs already, and is useless without the others.
                with suppress(OSError):  # it has changed its user id
                    signals.kill(member.pid, SIGTERM)
            wait_calls.waitpid(member.pid)
        if self._terminal is not None:
            self._terminal.take_back()
