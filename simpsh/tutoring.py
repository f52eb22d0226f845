"""The prompt that a lesson borrows: a real simpsh on the student's terminal, watched from outside.

Between two lines the shell waits for the lesson, which judges what was seen of the line, speaks,
and lets it ask again. Jobs, variables and the working directory stay, as at any prompt.
"""

from __future__ import annotations

import os
import termios
from typing import TYPE_CHECKING

from simpsh.builtins.anew import INTERPRETER
from simpsh.course.attending import Attendance
from simpsh.course.reading import Left
from simpsh.events import Exit
from simpsh.kernel import groups, signals
from simpsh.kernel.processes import execve, exit_now, fork
from simpsh.kernel.waiting import waitpid
from simpsh.signals import by_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.course.attending import Channel
    from simpsh.course.observation import Observation
    from simpsh.course.steps import Try
    from simpsh.shell import Shell
    from simpsh.state import State

_SIGTTOU, _SIGTERM, _SIGQUIT = (by_name(name) or 0 for name in ("SIGTTOU", "SIGTERM", "SIGQUIT"))


def prompt_here() -> TutoringPrompt | None:
    """Return a prompt on the terminal of this process; None if it has none."""
    return TutoringPrompt() if os.isatty(0) and os.isatty(1) else None


class TutoringPrompt:
    """A prompt on the terminal on which the lesson is taught; see course.prompting.Prompt."""

    def __init__(self) -> None:
        self._modes = termios.tcgetattr(0)
        self._shell: Attendance | None = None

    def attempt(self, step: Try, command: Callable[[str], bool]) -> tuple[str, Observation] | None:
        """Let the student type one line, and run it; the contract's words hold."""
        del step  # who asks knows what is tried
        if self._shell is None:
            self._shell = Attendance(serve, os.ttyname(0))
        else:
            self._shell.go_on()
        while True:
            news = self._shell.next()
            self._take_terminal()
            if news is None:
                self.finish()
                raise Left
            if not isinstance(news, str):
                if _has_ended(news[1]):
                    self.finish()
                return news
            if not command(news):
                self.finish()
                return None
            self._shell.go_on()

    def line(self, step: Try, line: str) -> Observation:
        """Run one line as if it had been typed: a solution, with nobody there."""
        del step
        from simpsh.course.performing import perform_line

        return perform_line(line)

    def finish(self) -> None:
        """End the simpsh of the attempts, and its jobs."""
        if self._shell is not None:
            shell, self._shell = self._shell, None
            try:
                shell.end()
            finally:
                self._take_terminal()

    def free(self) -> None:
        """Give the student a simpsh, and come back when it is left; the attempts' own waits."""
        pid = fork()
        if pid == 0:  # in the child
            try:
                execve(INTERPRETER[0], INTERPRETER, os.environ)
            finally:
                exit_now(127)
        try:
            waitpid(pid)
        finally:
            self._take_terminal()

    def _take_terminal(self) -> None:
        """Make the lesson's group the foreground group again, with the terminal as it was."""
        # Blocked: who is in the background would be stopped by the wish to be in the foreground.
        before = signals.sigprocmask(signals.SIG_BLOCK, (_SIGTTOU,))
        try:
            groups.tcsetpgrp(0, groups.getpgrp())
            termios.tcsetattr(0, termios.TCSADRAIN, self._modes)
        except (OSError, termios.error):
            # The terminal has hung up; the next question will find the end of the input.
            return
        finally:
            signals.sigprocmask(signals.SIG_SETMASK, before)


def _has_ended(seen: Observation) -> bool:
    """Tell whether the line was the shell's last: it executed another program, or was killed."""
    shell = seen.names[0]
    return any(event.proc == shell and isinstance(event.what, Exit) for event in seen.events)


# --------------------------------------------------------------------- in the shell's process


def serve(channel: Channel) -> None:
    """Be an interactive shell that tells the lesson of its lines, until one of both has enough."""
    from simpsh.jobs.launch import FORK
    from simpsh.repl.loop import interact
    from simpsh.shell import make_shell

    shell = make_shell(os.environ, engine=FORK, is_interactive=True)
    launcher = shell.state.launcher
    launcher.context.interrupts.install()
    signals.set_dispositions(dict.fromkeys((_SIGTERM, _SIGQUIT), signals.SIG_IGN))
    shell.state.options.monitor = launcher.context.take_terminal() is None
    try:
        interact(_Tutored(shell, channel), news=())
        launcher.hang_up()
    finally:
        if launcher.terminal is not None:
            launcher.terminal.release()


class _Tutored:
    """A shell for the prompt: lines that begin with a colon are for the lesson."""

    def __init__(self, shell: Shell, channel: Channel) -> None:
        self._shell = shell
        self._channel = channel
        self.state: State = shell.state

    def run(self, text: str) -> int:
        """Run a complete command, or hand it to the lesson; raises Exit when that has enough."""
        from simpsh.state import Exit as Leaving

        line = text.strip()
        if line[:1] == ":" and line[1:2].isalpha():
            may_go_on = self._channel.command(line)
        else:
            may_go_on = self._run(line, text)
        if not may_go_on:
            raise Leaving(0)
        if self.state.launcher.terminal is not None:
            self.state.launcher.terminal.take_back()
        return self.state.last_status

    def _run(self, line: str, text: str) -> bool:
        """Run a line, and return whether the lesson wants to see another."""
        from simpsh.state import Exit as Leaving

        self._channel.begin(line)
        try:
            self._shell.run(text)
        except Leaving:
            self._channel.leaving()
            raise
        return self._channel.done()

    def is_complete(self, text: str) -> bool:
        """Tell whether the text can be run as it is, or more input is needed."""
        return self._shell.is_complete(text)

    def collect(self) -> None:
        """File every child status there is; never blocks."""
        self._shell.collect()

    def notices(self) -> list[str]:
        """Return what is new about jobs, a line each; it is new only once."""
        return self._shell.notices()

    def run_traps(self) -> None:
        """Run the trap actions that are due."""
        self._shell.run_traps()

    def may_leave(self) -> list[str]:
        """Return a warning, if jobs are left that the user was not yet told of."""
        return self._shell.may_leave()
