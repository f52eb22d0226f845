"""The terminal of a lesson: it reads answers and lines, and runs what the student types."""

from __future__ import annotations

import termios
from contextlib import suppress
from signal import SIGCONT, SIGINT, default_int_handler
from typing import TYPE_CHECKING

from simpsh import console
from simpsh.base.signal_names import SIGTTOU
from simpsh.base.wait_status import Exited, WaitStatus
from simpsh.course.teach import teaching_stage
from simpsh.course.teach.lesson_questions import COMMANDS
from simpsh.course.teach.teaching_stage import LessonLeft
from simpsh.kernel import processes, signals
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.child_changes import ChildStart, Execute
from simpsh.shell.jobs.controlling_terminal import wait_until_foreground
from simpsh.shell.jobs.terminal_reset import JOB_RESET, to_column_zero

if TYPE_CHECKING:
    from types import ModuleType

    from simpsh.course.claims.observation import Observation
    from simpsh.shell.jobs.controlling_terminal import Modes


class AnswerPrompt:
    """Reads a student's answers with GNU Readline; without it, as on a dumb terminal."""

    def __init__(self) -> None:
        self._library: ModuleType | None = None
        self._modes: Modes | None = None
        """Those of the terminal at the first prompt."""
        self._while_editing: Modes = []
        """Those that the library has set, while it edits a line."""
        self._prompt = ""

    def ask(self, prompt: str) -> str:
        """Show a prompt and return the line without surrounding blanks; raises LessonLeft."""
        with suppress(ImportError):
            self._library = self._library or self._load()
        if self._library is None:
            return teaching_stage.ask(prompt)
        # Input that was typed before the question does not answer it.
        with suppress(termios.error):
            termios.tcflush(0, termios.TCIFLUSH)
        self._set_echo(is_on=True)
        self._prompt = prompt
        try:
            with signals.Handled({SIGINT: default_int_handler, SIGCONT: self._draw_again}):
                return input(prompt).strip()
        except (EOFError, KeyboardInterrupt) as key:
            console.say("^C\n" if isinstance(key, KeyboardInterrupt) else "\n")
            raise LessonLeft from None
        finally:
            # What is typed until the next prompt is shown there.
            self._set_echo(is_on=False)

    def _load(self) -> ModuleType:
        import readline  # not every Python has it, and a lesson for a screen reader needs none

        def complete(typed: str, number: int) -> str | None:
            fitting = [word for word in COMMANDS if word.startswith(typed)] if typed else []
            return fitting[number] if number < len(fitting) else None

        readline.set_completer(complete)
        readline.set_completer_delims("")
        readline.parse_and_bind("tab: complete")
        readline.set_pre_input_hook(self._note_modes)
        with suppress(termios.error):
            self._modes = termios.tcgetattr(0)
        return readline

    def _note_modes(self) -> None:
        with suppress(termios.error):
            self._while_editing = termios.tcgetattr(0)

    def _draw_again(self, _number: int, _frame: object) -> None:
        """Edit on after ^Z, when another program has used the terminal.

        The cursor is drawn at the end of the line, the only place that the library can tell.
        """
        with suppress(OSError, termios.error):
            wait_until_foreground(0)
            if self._while_editing and self._library is not None:
                termios.tcsetattr(0, termios.TCSANOW, self._while_editing)
                console.say(self._prompt + self._library.get_line_buffer())

    def finish(self) -> None:
        """Make the terminal show keys again."""
        self._set_echo(is_on=True)

    def _set_echo(self, *, is_on: bool) -> None:
        if self._modes is not None:
            modes = [*self._modes]
            modes[_LOCAL] &= ~0 if is_on else ~termios.ECHO
            with suppress(OSError, termios.error):
                # In the background, tcsetattr(3) would stop the lesson.
                if processes.tcgetpgrp(0) == processes.getpgrp():
                    termios.tcsetattr(0, termios.TCSANOW, modes)


_LOCAL = 3
"""The index of the local modes in the list of tcgetattr."""


class TutoringPrompt:
    """The runs of a student on the terminal on which the lesson is taught; see StudentPrompt."""

    def __init__(self) -> None:
        self._modes = termios.tcgetattr(0)

    def run(self, line: str, calls: frozenset[str]) -> Observation:
        """Run a line in a fresh simpsh, observed with these further calls. Raises SimpshError."""
        from simpsh.course.run.typed_line import perform_line
        from simpsh.repl.hints import hints

        self._take_terminal()
        try:
            seen = perform_line(line, calls, is_here=True, hints=hints)
        finally:
            self._take_terminal()
        if seen.names[0] not in seen.left or not f"\n{seen.output}".endswith("\n"):
            # No shell is left that could repair the terminal; or the line has left half a row.
            console.echo(JOB_RESET + to_column_zero(console.width()), 1)
        return seen

    def edit(self, command: str, path: str) -> WaitStatus:
        """Run an editor on a file, and return how it ended."""
        # The command may contain arguments: `code --wait`.
        argv = "/bin/sh", "-c", f'{command} "$1"', "sh", path
        self._take_terminal()
        pid = ChildStart(Execute(argv)).fork()
        try:
            waited = waitpid(pid)
            return waited[1] if waited is not None else Exited(0)
        finally:
            self._take_terminal()

    def _take_terminal(self) -> None:
        """Make the lesson's process group the foreground group and restore the terminal modes."""
        # tcsetpgrp(3) from a background group raises SIGTTOU. Ignore errors of a terminal that has
        # hung up: the next question reads the end of input.
        with signals.Blocked(SIGTTOU), suppress(OSError, termios.error):
            processes.tcsetpgrp(0, processes.getpgrp())
            termios.tcsetattr(0, termios.TCSADRAIN, self._modes)
