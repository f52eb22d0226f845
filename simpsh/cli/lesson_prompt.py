"""The prompt that a lesson borrows: a real simpsh on the student's terminal, watched from outside.

Between two lines the shell waits for the lesson, which judges what was seen of the line, speaks,
and lets it ask again. Jobs, variables and the working directory stay, as at any prompt.
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
from simpsh.course.run.prompt_monitor import PromptSession
from simpsh.course.teach.lesson_questions import COMMANDS
from simpsh.course.teach.teaching_stage import LessonLeft
from simpsh.kernel import processes, signals
from simpsh.kernel.processes import execve, exit_now, fork
from simpsh.kernel.program_execution import file_to_execute
from simpsh.kernel.wait_calls import waitpid
from simpsh.shell.state import ShellExit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.course.claims.observation import Observation
    from simpsh.course.run.prompt_monitor import PromptChannel
    from simpsh.repl.answer_editor import AnswerEditor
    from simpsh.shell.shell import Shell


_OF_A_PROMPT = (
    *("simpsh.repl.answer_editor", "simpsh.repl.line_editor", "simpsh.repl.read_eval_loop"),
    *("simpsh.repl.command_names", "simpsh.shell.shell"),
)


class AnswerPrompt:
    """Reads what is typed at a stop of a lesson, with the shell's editor.

    The editor is loaded with the first prompt: a lesson that is checked or read pays nothing.
    """

    def __init__(self) -> None:
        self._editor: AnswerEditor | None = None

    def ask(self, prompt: str) -> str:
        """Show a prompt and return the line without blanks around it; raises LessonLeft."""
        if self._editor is None:
            from simpsh.repl.answer_editor import AnswerEditor

            self._editor = AnswerEditor(COMMANDS)
        typed = self._editor.ask(prompt)
        if isinstance(typed, str):
            return typed.strip()
        raise LessonLeft


class TutoringPrompt:
    """A prompt on the terminal on which the lesson is taught; see teaching_stage.StudentPrompt."""

    def __init__(self) -> None:
        self._modes = termios.tcgetattr(0)
        self._shell: PromptSession | None = None

    def attempt(self, command: Callable[[str], bool]) -> tuple[str, Observation] | None:
        """Let the student type one line, and run it; the contract's words hold."""
        if self._shell is None:
            # The shell is a copy of this process. Under its tracer, loading takes much longer.
            for module in _OF_A_PROMPT:
                import_module(module)
            self._shell = PromptSession(serve, os.ttyname(0))
        else:
            self._shell.go_on()
        while True:
            try:
                news = self._shell.next()
            except AskedToEnd:
                # The shell may wait for a key, and its editor may have set modes of the screen.
                from simpsh.repl.terminal_io import KEYS_RESET, SCREEN_RESET

                self.finish(at_once=True)
                console.echo(KEYS_RESET + SCREEN_RESET, 1)
                raise
            self._take_terminal()
            if news is None:
                self.finish()
                raise LessonLeft
            if not isinstance(news, str):
                if has_ended(news[1]):
                    self.finish()
                return news
            if not command(news):
                self.finish()
                return None
            self._shell.go_on()

    def finish(self, *, at_once: bool = False) -> None:
        """End the simpsh of the attempts, and its jobs; `at_once` kills it."""
        if self._shell is not None:
            shell, self._shell = self._shell, None
            try:
                shell.end(at_once=at_once)
            finally:
                self._take_terminal()

    def program(self) -> str:
        """Return nothing: at a terminal a program is in a file."""
        return ""

    @property
    def editor(self) -> str:
        """The student's own editor, else nano if it is installed, else empty."""
        chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        return chosen or file_to_execute("nano", os.environ)

    def edit(self, path: str) -> None:
        """Open a file in the student's editor, and come back when the editor ends."""
        # A line of a shell, as POSIX has it: `EDITOR="code --wait"`.
        self._run(("/bin/sh", "-c", f'{self.editor} "$1"', "editor", path))

    def free(self) -> None:
        """Give the student a simpsh, and come back when it is left; the attempts' own waits."""
        self._run(INTERPRETER)

    def _run(self, argv: Sequence[str]) -> None:
        pid = fork()
        if pid == 0:  # in the child
            try:
                execve(argv[0], argv, os.environ)
            finally:
                exit_now(127)
        try:
            waitpid(pid)
        finally:
            self._take_terminal()

    def _take_terminal(self) -> None:
        """Make the lesson's group the foreground group again, with the terminal as it was."""
        # Blocked: who is in the background would be stopped by the wish to be in the foreground.
        # A terminal that has hung up is no error: the next question will find the end of the input.
        with signals.Blocked(SIGTTOU), suppress(OSError, termios.error):
            processes.tcsetpgrp(0, processes.getpgrp())
            termios.tcsetattr(0, termios.TCSADRAIN, self._modes)


def has_ended(seen: Observation) -> bool:
    """Return whether the line was the shell's last: it executed another program, or was killed."""
    shell = seen.names[0]
    return any(event.proc == shell and isinstance(event.what, Exit) for event in seen.events)


# --------------------------------------------------------------------- in the shell's process


def serve(channel: PromptChannel, environment: Mapping[str, str] | None = None) -> None:
    """Be an interactive shell that tells the lesson of its lines, until one of both has enough.

    Without an environment it has that of this process.
    """
    from simpsh.repl.command_names import Spelling
    from simpsh.repl.read_eval_loop import interact
    from simpsh.shell.jobs.launcher import FORK
    from simpsh.shell.shell import make_shell

    shell = make_shell(
        os.environ if environment is None else environment,
        engine=FORK,
        is_interactive=True,
        hints=lambda state: Spelling(state).hint,
    )
    launcher = shell.launcher
    interrupts = launcher.context.interrupts
    interrupts.install()
    interrupts.is_shown = True
    signals.set_dispositions(dict.fromkeys((SIGTERM, SIGQUIT), signals.SIG_IGN))
    launcher.end_at_hangup()
    shell.state.options.monitor = launcher.context.take_terminal() is None
    try:
        interact(shell, (), lambda text: _run(text, shell, channel), words=COMMANDS)
        launcher.hang_up()
    finally:
        launcher.release_terminal()


def _run(text: str, shell: Shell, channel: PromptChannel) -> None:
    """Run a complete command, or hand it to the lesson: one that begins with a colon is for it."""
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
        may_continue = channel.done()
    if not may_continue:
        raise ShellExit(0)
    if shell.launcher.context.terminal is not None:
        shell.launcher.context.terminal.take_back()
