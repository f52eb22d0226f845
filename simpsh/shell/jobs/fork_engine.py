"""Starting a job by fork: the way of the textbook, in an order that leaves no race.

Every signal is blocked and the children's dispositions are set before the first fork; the
members of a pipeline wait behind a gate until all are in their group and the group owns the
terminal. What simpler orders break is measured in docs/ARCHITECTURE.md.
"""

from __future__ import annotations

import os

from simpsh.base import failed_call
from simpsh.base.errors import CommandProblem
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGCHLD, SIGINT, SIGQUIT
from simpsh.kernel import call_observer, descriptors, processes, signals, wait_calls
from simpsh.kernel.program_execution import locate
from simpsh.shell.jobs.forked_child import JobPlace, become
from simpsh.shell.jobs.job_table import ChildProcess, Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set

    from simpsh.shell.jobs.controlling_terminal import Terminal
    from simpsh.shell.jobs.job_context import JobContext
    from simpsh.shell.jobs.narrated_start import JobStory
    from simpsh.shell.plan.job_plan import JobPlan, ProcessPlan
    from simpsh.trace.recording.shell_recorder import Recorder


def start(plan: JobPlan, context: JobContext, *, is_grouped: bool) -> Job:
    """Fork the processes of a job, enter it into the table, and let them begin.

    Raises CommandProblem: the system has no process or descriptor left; nothing is left over.
    """
    mask = signals.sigprocmask(signals.SIG_BLOCK, signals.ALL)
    # A child that ended while SIGCHLD is ignored would leave no status: it ignores it itself.
    changed = {**context.dispositions_of_job(plan), SIGCHLD: signals.SIG_DFL}
    if plan.is_background and not context.has_job_control:
        # Without groups ^C reaches background jobs too; POSIX XCU 2.11 has them ignore it.
        changed |= {SIGINT: signals.SIG_IGN, SIGQUIT: signals.SIG_IGN}
    before = signals.set_dispositions(changed)
    crew = _Crew(plan, context, mask, is_grouped=is_grouped)
    try:
        crew.gather()
        for process in plan.processes:
            crew.fork(process)
        crew.begin()
        job = Job(crew.members, crew.pgid, plan.text)
        # Before signals are unblocked: a handler of SIGHUP ends every job that is in the table.
        context.table.add(job)
    except OSError as error:
        crew.dismiss()
        what = crew.failed_call
        failed_call.note(what, error.errno or 0, what)
        raise CommandProblem(f"{what}: {os.strerror(error.errno or 0)}", 126) from error
    finally:
        signals.set_dispositions(before)
        signals.sigprocmask(signals.SIG_SETMASK, mask)
    return job


_PATIENCE = 200
"""Milliseconds to wait for a background job's execs; one that waits for a FIFO takes longer."""


class _Crew:
    """The processes of one job while they are being started."""

    def __init__(
        self, plan: JobPlan, context: JobContext, mask: Set[int], *, is_grouped: bool
    ) -> None:
        self._plan = plan
        self._context = context
        self._mask = mask
        self._is_grouped = is_grouped
        self.members: list[ChildProcess] = []
        self.pgid: int | None = None
        self._pipe: descriptors.PipeEnds | None = None
        self._previous: int | None = None
        """The read end that the next process gets."""
        # To a person, what fails for want of a descriptor is the pipeline.
        self.failed_call = "pipe"
        self._recorder: Recorder | None = None
        """Who records the children's calls, if they are recorded."""
        self._story: JobStory | None = None
        """What is told of them, if an observer wants to know."""
        if call_observer.observer() is not None:
            # Loaded only for an observer: scripts that are not watched start without it.
            self._recorder = recorder = context.recorder()
            is_told = recorder is not None and bool(recorder.sinks)
            if context.narrator is not None and (is_told or context.narrator.level):
                from simpsh.shell.jobs.narrated_start import JobStory

                self._story = JobStory(context.narrator, recorder, plan, context.shell.functions)
        self._gate: descriptors.PipeEnds | None = None

    def gather(self) -> None:
        """Build the gate, if members have to wait for one another."""
        is_held = self._story is not None and self._story.needs_gate
        if is_held or len(self._plan.processes) > 1:
            self._gate = descriptors.PipeEnds(*descriptors.own_pair())

    def fork(self, process: ProcessPlan) -> None:
        """Fork the next process, from left to right."""
        is_last = len(self.members) + 1 == len(self._plan.processes)
        self.failed_call = "pipe"
        self._pipe = None if is_last else descriptors.pipe2()
        recorder = self._recorder
        recording = None if recorder is None else recorder.child_page()
        group = (self.pgid or 0) if self._is_grouped else None
        output = self._plan.output if self._pipe is None else self._pipe.write_end
        # A single process takes the terminal itself, before it does anything; a pipeline is
        # given it as a whole, behind the gate.
        terminal = self._terminal if len(self._plan.processes) == 1 else None
        place = JobPlace(
            group,
            None if terminal is None else terminal.descriptor,
            self._previous,
            output,
            self._gate,
            self._mask,
            *self._context.program(process),
        )
        teller = None
        if self._story is not None:
            teller = self._story.teller(process, group, self._previous, output, recording)
        file = self._at_once(process, place) if teller is None and recorder is None else ""
        self.failed_call = "fork"
        if file:
            pid = processes.fork_and_execve(file, process.argv, place.environment, self._mask)
        else:
            pid = processes.fork()
        if pid == 0:  # in the child; where execve failed, become() tries once more, and tells why
            call_observer.set_observer(recording)
            become(process, place, self._context, teller)
        if self._story is not None and teller is not None:
            self._story.born(pid, teller)
        # The child is born into our processor's queue, where it would wait for us. If it
        # goes first, another processor can do our part meanwhile: a command takes an eighth less.
        with suppress(OSError):  # it is refused here; the child may go later
            os.sched_yield()
        self.members.append(ChildProcess(pid, process.text))
        if recorder is not None and recording is not None:
            recorder.pages.expect(pid, recording)
        if self._is_grouped:
            self.pgid = self.pgid or pid
            # EACCES: it has exec'ed, ESRCH: it is gone; both did it themselves before.
            with suppress(PermissionError, ProcessLookupError):
                processes.setpgid(pid, self.pgid)
        # The parent must drop its copies: a reader sees end of file only when the last write
        # end anywhere is closed.
        if self._previous is not None:
            descriptors.close(self._previous)
        if self._pipe is not None:
            descriptors.close(self._pipe.write_end)
        self._previous = None if self._pipe is None else self._pipe.read_end
        self._pipe = None

    def _at_once(self, process: ProcessPlan, place: JobPlace) -> str:
        """Return the file of a program that has nothing to do before it is executed; else ""."""
        ends = place.group, place.stdin, place.stdout
        is_busy = process.body is not None or process.actions or ends != (None, None, None)
        if is_busy or self._context.plain_dispositions()[SIGCHLD] == signals.SIG_IGN:
            return ""
        file, error = locate(process.argv[0], place.path)
        return "" if error else file

    @property
    def _terminal(self) -> Terminal | None:
        """The terminal, if there is one and the job is to own it."""
        owns = self._is_grouped and not self._plan.is_background
        return self._context.terminal if owns else None

    def begin(self) -> None:
        """Give the group the terminal, then open the gate."""
        # One alone has taken it, and may have given it to a group of its own by now.
        if self._terminal is not None and self.pgid is not None and len(self.members) > 1:
            self._terminal.lend(self.pgid)
        if self._story is not None:
            self._story.tell()
        if self._gate is not None:
            # With our read end open the write cannot fail, even if the members were all killed.
            os.write(self._gate.write_end, b"g" * len(self.members))
            os.close(self._gate.read_end)
            if self._story is not None and self._plan.is_background:
                # What the members write on their way is on the screen before the next prompt is.
                # execve closes their end: then all of them hang up.
                import select

                news = select.poll()
                news.register(self._gate.write_end, 0)
                news.poll(_PATIENCE)
            os.close(self._gate.write_end)

    def dismiss(self) -> None:
        """Undo what was started: the members see the end of their gate and leave."""
        ends = (self._pipe.read_end, self._pipe.write_end) if self._pipe else ()
        for end in (self._previous, *ends):
            if end is not None:
                descriptors.close(end)
        if self._gate is not None:
            os.close(self._gate.read_end)
            os.close(self._gate.write_end)
        if self._story is not None:
            self._story.give_up()
        for member in self.members:
            wait_calls.waitpid(member.pid)
        if self._terminal is not None:
            self._terminal.take_back()
