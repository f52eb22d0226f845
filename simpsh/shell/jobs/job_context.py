"""What starting and waiting need to know of the shell they do it for."""

from __future__ import annotations

import os

from simpsh.base.complaint import Complaint
from simpsh.kernel import call_observer
from simpsh.kernel.program_execution import slip
from simpsh.kernel.signals import SIG_DFL, SIG_IGN

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from simpsh.base.wait_status import WaitStatus
    from simpsh.kernel.signals import Disposition
    from simpsh.shell.jobs.controlling_terminal import Terminal
    from simpsh.shell.jobs.interrupts import Interrupts
    from simpsh.shell.jobs.job_table import JobTable
    from simpsh.shell.jobs.narrator import Narrator
    from simpsh.shell.jobs.shell_signals import Dispositions, Traps
    from simpsh.shell.language.syntax_tree import Command
    from simpsh.shell.plan.job_plan import JobPlan, ProcessPlan
    from simpsh.trace.recording.shell_recorder import Recorder

    class JobOptions(Protocol):
        """The options that jobs depend on."""

        monitor: bool

    class ShellSide(Protocol):
        """The part of the shell's state that its jobs depend on."""

        variables: dict[str, str]
        functions: dict[str, Command]
        traps: Traps
        jobs: JobTable
        is_interactive: bool
        last_wait: WaitStatus | None
        last_waited: int

        @property
        def options(self) -> JobOptions:
            """The options of `set`."""

        @property
        def where(self) -> str:
            """What stands before an error message."""

        def complain(self, message: object) -> None:
            """Write one error line to standard error."""

        def environment(self, assignments: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
            """The environment for a program."""


def own_path(process: ProcessPlan) -> str | None:
    """Return where a process looks for its program, if that is not the shell's PATH."""
    return dict(process.assignments).get("PATH") if process.path is None else process.path


class JobContext:
    """The shell's side of its jobs: the table, the terminal, and what signals do."""

    def __init__(
        self,
        shell: ShellSide,
        dispositions: Dispositions,
        interrupts: Interrupts,
        hint: Callable[[str], str | None] | None = None,
    ) -> None:
        self.shell = shell
        self.table = shell.jobs
        self.dispositions = dispositions
        self.interrupts = interrupts
        self._hint = hint
        self.has_looked_for_terminal = False
        """Whether taking the terminal was tried; it is when job control begins."""
        self.terminal: Terminal | None = None
        """Set while there is job control on a terminal."""
        self._stty: mmap.mmap | None = None
        """A byte shared with copies of the shell: not 0 once one of them has run stty."""
        self.kept: set[int] = set()
        """Descriptors of the shell's own that a forked copy of it still needs."""
        self.narrator: Narrator | None = None
        """Set as soon as the shell is observed; whether it tells anything is its level."""

    @property
    def has_job_control(self) -> bool:
        """Whether each job becomes a process group of its own: `set -m`."""
        return self.shell.options.monitor

    def take_terminal(self) -> str | None:
        """Share the terminal, if there is one, with jobs; return why that is not possible."""
        # A script without job control starts without them.
        import mmap

        from simpsh.shell.jobs.controlling_terminal import Terminal

        self._stty = mmap.mmap(-1, 1)
        self.has_looked_for_terminal = True
        for number in (2, 0, 1):
            if os.isatty(number):
                try:
                    self.terminal = Terminal(number)
                except OSError as error:
                    return os.strerror(error.errno or 0)
                return None
        return "standard input, output and error are no terminal"

    def note_program(self, argv: Sequence[str]) -> None:
        """Take note that the shell, or a copy of it, executes a program: it may be stty."""
        if self._stty is not None and argv and os.path.basename(argv[0]) == "stty":
            self._stty[0] = 1

    def forget_stty(self) -> None:
        """Take note that a job begins, which has not run stty yet."""
        if self._stty is not None:
            self._stty[0] = 0

    def ran_stty(self) -> bool:
        """Return whether stty was executed since forget_stty(), also in a subshell."""
        return self._stty is not None and self._stty[0] != 0

    def recorder(self) -> Recorder | None:
        """Who records the shell's calls; None if no observer does, or the narrator alone."""
        watcher = call_observer.observer()
        # Who else can be the observer of a shell is a Recorder; the kernel's room knows less of it.
        return None if watcher is self.narrator else watcher  # type: ignore[return-value]

    @property
    def path(self) -> str:
        """The value of PATH; without one, as with an empty one, the working directory."""
        return self.shell.variables.get("PATH", "")

    def with_hint(self, message: str, argv: Sequence[str], status: int) -> Complaint:
        """Add to a message, at the prompt, which command a name that was not found may mean."""
        # The message itself may end with what to write instead.
        if self._hint is None or status != 127 or slip(argv):
            return Complaint(message)
        return Complaint(message, hint=self._hint(argv[0]) or "")

    def program(self, process: ProcessPlan) -> tuple[dict[str, str], str]:
        """Return the environment of what a process will execute, and the PATH to look along."""
        if process.body is not None:
            return {}, ""
        own = own_path(process)
        path = self.path if own is None else own
        return self.shell.environment(process.assignments), path

    def dispositions_of_job(self, plan: JobPlan) -> dict[int, Disposition]:
        """What the shell must set before it forks."""
        if not self.has_job_control:
            return self.plain_dispositions()
        # A command substitution must not be stopped: the shell, which reads from it, could never
        # continue it.
        stopping = SIG_DFL if plan.output is None else SIG_IGN
        return self.dispositions.of_children(self.shell.traps, stopping)

    def plain_dispositions(self) -> dict[int, Disposition]:
        """What a program gets that is no job: without job control, or in place of the shell."""
        traps, dispositions = self.shell.traps, self.dispositions
        return dispositions.of_children(traps) if traps.actions else dispositions.plain
