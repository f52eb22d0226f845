"""The state of the shell that starting and waiting for jobs depend on."""

from __future__ import annotations

import os

from simpsh.base.complaint import Complaint, Failure
from simpsh.kernel.signals import SIG_DFL, SIG_IGN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.complaint import HintSource
    from simpsh.kernel.signals import Disposition
    from simpsh.shell.jobs.controlling_terminal import Terminal
    from simpsh.shell.jobs.interrupts import Interrupts
    from simpsh.shell.jobs.narrator import Narrator
    from simpsh.shell.jobs.shell_signals import Dispositions
    from simpsh.shell.plan.job_plan import JobPlan, ProcessPlan
    from simpsh.shell.state import State


def own_path(process: ProcessPlan) -> str | None:
    """Return the directories to search for a program, None for the shell's PATH."""
    return dict(process.assignments).get("PATH") if process.path is None else process.path


class JobContext:
    """The shell's side of its jobs: the table, the terminal, the dispositions of signals."""

    def __init__(
        self,
        shell: State,
        dispositions: Dispositions,
        interrupts: Interrupts,
        hint: HintSource | None = None,
    ) -> None:
        self.shell = shell
        self.table = shell.jobs
        self.dispositions = dispositions
        self.interrupts = interrupts
        self._hint = hint
        self.has_looked_for_terminal = False
        """Whether take_terminal() was called, which happens when job control begins."""
        self.terminal: Terminal | None = None
        """Set while there is job control on a terminal."""
        self.kept_in_copies: set[int] = set()
        """The shell's own descriptors that a forked copy does not close."""
        self.narrator: Narrator | None = None
        """Set when the shell is observed for the first time; its level may be 0."""

    @property
    def has_job_control(self) -> bool:
        """Whether each job gets its own process group: `set -m`."""
        return self.shell.options.monitor

    def take_terminal(self) -> str | None:
        """Take the terminal, to lend it to jobs; return why that is not possible, or None."""
        # Imported here because scripts without job control do not need it.
        from simpsh.shell.jobs.controlling_terminal import Terminal

        self.has_looked_for_terminal = True
        for number in (2, 0, 1):
            if os.isatty(number):
                try:
                    self.terminal = Terminal(number)
                except OSError as error:
                    return os.strerror(error.errno or 0)
                return None
        return "standard input, output and error are no terminal"

    @property
    def path(self) -> str:
        """The value of PATH, empty if it is unset."""
        return self.shell.variables.get("PATH", "")

    def complain_of(self, message: str, process: ProcessPlan, status: int) -> None:
        """Report, with a hint if there is one, that a program could not be executed."""
        if status == 127:
            from simpsh.shell.language.bash_forms import FORMS, WORDS

            if process.argv[0] in WORDS:
                message += f"; {FORMS[process.argv[0]]}"
        hint = self.hint(Failure(process.argv, status, process.assignments))
        shell = self.shell
        shell.complain(Complaint(message, hint=hint))
        if shell.record is not None:
            shell.record.failed(status, process.argv, shell.role, hint)

    def hint(self, failure: Failure) -> str:
        """Return the hint for a failed command, or an empty string."""
        return "" if self._hint is None else self._hint(failure)

    def program(self, process: ProcessPlan) -> tuple[dict[str, str], str]:
        """Return the environment of a process's program, and the directories to search."""
        if process.body is not None:
            return {}, ""
        path = own_path(process)
        environment = self.shell.environment(process.assignments)
        return environment, self.path if path is None else path

    def dispositions_of_job(self, plan: JobPlan) -> dict[int, Disposition]:
        """Return the dispositions to set before the processes of a job are forked."""
        if not self.has_job_control:
            return self.plain_dispositions()
        # A command substitution must not stop: the shell waits for its output and could not
        # continue it.
        stopping = SIG_DFL if plan.output is None else SIG_IGN
        return self.dispositions.of_children(self.shell.traps, stopping)

    def plain_dispositions(self) -> dict[int, Disposition]:
        """Return the dispositions of a program without job control, or in place of the shell."""
        traps, dispositions = self.shell.traps, self.dispositions
        return dispositions.of_children(traps) if traps.actions else dispositions.plain
