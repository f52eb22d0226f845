"""The shell prompt inside a lesson: an interactive simpsh on the student's terminal.

After each line the shell waits until the lesson has judged it and lets it continue.
"""

from __future__ import annotations

import os
import termios
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from simpsh import console
from simpsh.base.errors import AskedToEnd
from simpsh.base.events import Exit
from simpsh.base.own_program import INTERPRETER
from simpsh.base.signal_names import SIGQUIT, SIGTERM, SIGTTOU
from simpsh.base.wait_status import Exited, WaitStatus
from simpsh.course.run.prompt_monitor import PromptSession
from simpsh.course.teach.lesson_questions import COMMANDS
from simpsh.course.teach.teaching_stage import LessonLeft
from simpsh.kernel import processes, signals
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.child_changes import ChildStart, Execute, NewGroup, carry_out
from simpsh.shell.jobs.terminal_reset import JOB_RESET, to_column_zero
from simpsh.shell.state import ShellExit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.course.claims.observation import Observation
    from simpsh.course.run.prompt_monitor import PromptChannel
    from simpsh.repl.answer_editor import AnswerEditor
    from simpsh.shell.jobs.controlling_terminal import Modes
    from simpsh.shell.shell import Shell


_ANSWER_MODULES = ("simpsh.explore.control.explored_program", "simpsh.explore.search.exploration")
_PROMPT_MODULES = (
    *("simpsh.repl.answer_editor", "simpsh.repl.line_editor", "simpsh.repl.read_eval_loop"),
    *("simpsh.repl.command_names", "simpsh.shell.shell"),
)


_WAYS_ON = ":hint helps, :skip leaves this task open, :quit stops here"


class AnswerPrompt:
    """Reads a student's answers, with the shell's line editor, loaded for the first prompt."""

    def __init__(self) -> None:
        self._editor: AnswerEditor | None = None
        self._modes: Modes | None = None
        """Those of the terminal at the first prompt."""

    def ask(self, prompt: str) -> str:
        """Show a prompt and return the line without surrounding blanks; raises LessonLeft."""
        if self._editor is None:
            from simpsh.repl.answer_editor import AnswerEditor

            self._editor = AnswerEditor(COMMANDS)
            with suppress(termios.error):
                self._modes = termios.tcgetattr(0)
        try:
            typed = self._editor.ask(prompt)
        finally:
            # What is typed until the next prompt is shown there.
            self._set_echo(is_on=False)
        if isinstance(typed, str):
            return typed.strip()
        raise LessonLeft

    def finish(self) -> None:
        """Let the terminal show keys again."""
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
    """A prompt on the terminal on which the lesson is taught; see teaching_stage.StudentPrompt."""

    def __init__(self) -> None:
        self._modes = termios.tcgetattr(0)
        self._shell: PromptSession | None = None

    def attempt(self, command: Callable[[str], bool]) -> tuple[str, Observation] | None:
        """Read one line from the student and run it; see StudentPrompt."""
        self._take_terminal()
        if self._shell is None:
            # Import before forking the shell: imports are much slower under its tracer.
            for module in _PROMPT_MODULES:
                import_module(module)
            self._shell = PromptSession(_serve_apart, os.ttyname(0))
            # While the student reads and types: the first answer needs them.
            for module in _ANSWER_MODULES:
                import_module(module)
        else:
            self._shell.proceed()
        while True:
            try:
                message = self._shell.next()
            except AskedToEnd:
                # The editor may have changed the modes of the terminal.
                self.finish(at_once=True)
                console.echo(JOB_RESET, 1)
                raise
            self._take_terminal()
            if message is None:
                self.finish()
                raise LessonLeft
            if not isinstance(message, str):
                if has_ended(message[1]):
                    # No shell is left that could repair the terminal.
                    self.finish()
                    console.echo(JOB_RESET + to_column_zero(console.width()), 1)
                return message
            if not command(message):
                self.finish()
                return None
            self._shell.proceed()

    def finish(self, *, at_once: bool = False) -> None:
        """End the shell of the attempts and its jobs; `at_once` kills it."""
        if self._shell is not None:
            shell, self._shell = self._shell, None
            try:
                shell.end(at_once=at_once)
            finally:
                self._take_terminal()

    def edit(self, command: str, path: str) -> WaitStatus:
        """Run an editor on a file, and return how it ended."""
        # The command may contain arguments: `code --wait`.
        return self._run(("/bin/sh", "-c", f'{command} "$1"', "sh", path))

    def free(self) -> None:
        """Run another simpsh for the student and wait for it; the attempts' shell waits."""
        self._run(INTERPRETER)

    def _run(self, argv: Sequence[str]) -> WaitStatus:
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


def has_ended(observation: Observation) -> bool:
    """Return whether the line ended the shell, by exec, exit or a signal."""
    shell = observation.names[0]
    return any(event.proc == shell and isinstance(event.what, Exit) for event in observation.events)


# --------------------------------------------------------------------- in the shell's process


def _serve_apart(channel: PromptChannel) -> None:
    """Run the shell in a group of its own, in which a program that replaces it stays: ^C is for it.

    Raises ChangeFailed.
    """
    carry_out(NewGroup(0))
    serve(channel)


def serve(channel: PromptChannel, environment: Mapping[str, str] | None = None) -> None:
    """Run an interactive shell that reports each line to the lesson, until either side ends."""
    from simpsh.course.run.demonstration_process import ReportedVariables
    from simpsh.repl.hints import hints
    from simpsh.repl.read_eval_loop import interact
    from simpsh.shell.jobs.launcher import FORK
    from simpsh.shell.shell import make_shell

    shell = make_shell(
        os.environ if environment is None else environment,
        engine=FORK,
        is_interactive=True,
        hints=hints,
    )
    shell.state.variables = ReportedVariables(shell.state.variables)
    launcher = shell.launcher
    interrupts = launcher.context.interrupts
    interrupts.install()
    interrupts.is_shown = True
    signals.set_dispositions(dict.fromkeys((SIGTERM, SIGQUIT), signals.SIG_IGN))
    launcher.end_at_hangup()
    shell.state.options.monitor = launcher.context.take_terminal() is None
    try:
        interact(
            shell,
            (),
            lambda text: _run(text, shell, channel),
            words=COMMANDS,
            after_empty_line=_WAYS_ON,
        )
        launcher.hang_up()
    finally:
        launcher.release_terminal()


def _run(text: str, shell: Shell, channel: PromptChannel) -> None:
    """Run a complete command, or pass a line that begins with a colon to the lesson."""
    line = text.strip()
    if line[:1] == ":" and line[1:2].isalpha():
        may_continue = channel.command(line)
    else:
        channel.begin(line)
        try:
            shell.run(text)
        except ShellExit:
            channel.leaving()
            raise
        may_continue = channel.finish_line()
    if not may_continue:
        raise ShellExit(0)
    if shell.launcher.context.terminal is not None:
        shell.launcher.context.terminal.take_back()
