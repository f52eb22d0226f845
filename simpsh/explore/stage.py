"""What runs need and leave to the next: the working copy, the output, the template process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.filter import assembled_filter
from simpsh.explore.leaving import undisturbed
from simpsh.explore.output import Output
from simpsh.explore.template import Template
from simpsh.explore.workspace import Workspace

if TYPE_CHECKING:
    from simpsh.explore.program import Program


class Stage:
    """Where a program's runs take place, one after the other.

    Raises:
        UsageProblem: the program cannot be executed, or its directory not be copied.
        NotTraceable: the system lets no process trace its child.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self.workspace = Workspace(program.directory)
        self.output = Output(is_terminal=program.has_terminal)
        self._template: Template | None = None
        self._shows = (False, False)

    def begin(self, *, signals_matter: bool, files_matter: bool) -> int:
        """Return the pid of a new process of the program, held before its first instruction."""
        self.workspace.refresh()
        self.output.drain()
        shows = signals_matter, files_matter
        if self._template is not None and self._shows == shows:
            try:
                return self._template.fork()
            except (ProcessLookupError, ChildProcessError):
                pass  # somebody killed it: there will be another
        assembled = assembled_filter(signals_matter=signals_matter, files_matter=files_matter)
        with undisturbed():
            self._end_template()
            # Until it executes the program, it holds all that the explorer holds.
            self._template = Template(
                self._program, self.workspace.directory, self.output.theirs, assembled
            )
        self._shows = shows
        return self._template.fork()

    def close(self) -> None:
        """End the template, and remove the copy."""
        self._end_template()
        self.output.close()
        self.workspace.close()

    def _end_template(self) -> None:
        if self._template is not None:
            self._template.close()
            self._template = None
