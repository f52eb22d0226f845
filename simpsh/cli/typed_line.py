"""Type lines at a prompt on a pseudo-terminal, as a student would, for `lesson check`; see pty(7).

The terminal is dumb, so the shell has no line editor.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from importlib import import_module

from simpsh.base.signal_names import SIGTERM
from simpsh.cli.lesson_prompt import has_ended, serve
from simpsh.course.claims.observation import Observation
from simpsh.course.run.prompt_monitor import PromptChannel, PromptSession
from simpsh.kernel import signals
from simpsh.kernel.descriptors import OWN_LOWEST, close_range, readable
from simpsh.process.child_changes import carry_out
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.subreaper import Subreaper

_PROMPT = ">> "
_SIZE = 1 << 16
_DEADLINE_SECONDS = 30

# Import before forking the shells: the imports take as long as running a line.
for _name in ("command_names", "plain_reader", "read_eval_loop"):
    import_module(f"simpsh.repl.{_name}")


def type_lines(lines: Sequence[str]) -> list[Observation | None]:
    """Type lines at one prompt of an interactive simpsh and return the observations.

    After a line that ends the shell, a new shell is started. An observation is None if a lesson
    does not judge the line: it leaves the shell, is a command of the lesson, or runs endlessly.
    """
    # At the deadline the supervisor must not wait for processes.
    with Subreaper(deadline_seconds=0.0), closing(_Typist()) as typist:
        return [typist.type(line) for line in lines]


class _Typist:
    """Types lines at a terminal, and starts a shell there if none runs."""

    def __init__(self) -> None:
        self._shell: tuple[OwnTerminal, PromptSession] | None = None

    def type(self, line: str) -> Observation | None:
        """Type a line at the prompt and return the observation."""
        if self._shell is None:
            terminal = OwnTerminal()
            try:
                session = PromptSession(partial(_be_shell, terminal), terminal.name)
            except BaseException:
                terminal.close()
                raise
            self._shell = terminal, session
        else:
            terminal, session = self._shell
            session.proceed()
        answer = _answer(session, terminal, line)
        observation = answer[1] if isinstance(answer, tuple) else None
        if observation is None or has_ended(observation):
            self.close()
        return observation

    def close(self) -> None:
        """End the shell and its jobs."""
        if self._shell is None:
            return
        (terminal, session), self._shell = self._shell, None
        try:
            session.end()
        finally:
            terminal.close()


def _answer(
    session: PromptSession, terminal: OwnTerminal, line: str
) -> tuple[str, Observation] | str | None:
    """Type the line at the prompt; return the shell's next report."""
    shown, is_typed = b"", False
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while True:
        ready = readable((terminal.master, session.news), _DEADLINE_SECONDS)
        if not ready or time.monotonic() > deadline:
            # Killing the tracer ends the shell and all its jobs.
            signals.kill(session.pid, SIGTERM)
            return None
        if session.news in ready:
            return session.next()
        shown = (shown + os.read(terminal.master, _SIZE))[-_SIZE:]
        if not is_typed and shown.endswith(_PROMPT.encode()):
            terminal.press(f"{line}\n")
            is_typed = True


def _be_shell(terminal: OwnTerminal, channel: PromptChannel) -> None:
    """Run the shell on a new terminal, without a history file."""
    carry_out(*terminal.as_session())
    close_range(3, OWN_LOWEST - 1)
    # Activated virtual environments export PS1.
    plain = {"PS1": _PROMPT, "TERM": "dumb", "XDG_STATE_HOME": os.devnull}
    serve(channel, {**os.environ, **plain})
