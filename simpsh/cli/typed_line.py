"""Lines typed by `lesson check`, as a student types them: at a prompt on a pseudo-terminal; pty(7).

The lines of one task are typed into one shell: what a line leaves there, such as a variable or a
job, must not spoil the next one. The shell is the one of lesson_prompt, on a dumb terminal: the
editor of lines is not what is checked.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from importlib import import_module

from simpsh.base.signal_names import SIGHUP, SIGINT, SIGQUIT, SIGTERM
from simpsh.cli.lesson_prompt import has_ended, serve
from simpsh.course.claims.observation import Observation
from simpsh.course.run.prompt_monitor import PromptChannel, PromptSession
from simpsh.kernel import signals
from simpsh.kernel.descriptors import OWN_LOWEST, close_range, readable
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.subreaper import Subreaper

_PROMPT = ">> "
_SIZE = 1 << 16
_DEADLINE_SECONDS = 30

# Here, and not anew in each shell: loading takes as long as a line.
for _name in ("command_names", "plain_reader", "read_eval_loop"):
    import_module(f"simpsh.repl.{_name}")


def type_lines(lines: Sequence[str]) -> list[Observation | None]:
    """Type lines at the prompt of an interactive simpsh, and return what was seen of each.

    After a line that ends the shell the next one has a new shell, as a student has. None stands for
    a line that a lesson does not judge: it leaves the shell, is a command of the lesson, or runs
    without an end. Raises NotTraceable: the kernel does not permit it. WorkerBroken: the process
    that watches broke. OSError: no process or pseudo-terminal can be made.
    """
    # A supervisor that is ended at the deadline collects no process.
    with Subreaper(deadline_seconds=0.0), closing(_Typist()) as typist:
        return [typist.type(line) for line in lines]


class _Typist:
    """Types at a terminal, at which there is a shell whenever a line is to be typed."""

    def __init__(self) -> None:
        self._shell: tuple[OwnTerminal, PromptSession] | None = None

    def type(self, line: str) -> Observation | None:
        """Type a line when the prompt is there, and return what was seen of it."""
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
            session.go_on()
        answer = _answer(session, terminal, line)
        seen = answer[1] if isinstance(answer, tuple) else None
        if seen is None or has_ended(seen) or "trap" in line.split():
            # A trap would act at later lines, too.
            self.close()
        return seen

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
    """Type the line when the prompt is there; read what the shell shows until there is news."""
    shown, is_typed = b"", False
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while True:
        ready = readable((terminal.master, session.news), _DEADLINE_SECONDS)
        if not ready or time.monotonic() > deadline:
            # With its tracer, the shell and all its jobs end.
            signals.kill(session.pid, SIGTERM)
            return None
        if session.news in ready:
            return session.next()
        shown = (shown + os.read(terminal.master, _SIZE))[-_SIZE:]
        if not is_typed and shown.endswith(_PROMPT.encode()):
            terminal.press(f"{line}\n")
            is_typed = True


def _be_shell(terminal: OwnTerminal, channel: PromptChannel) -> None:
    """Be the shell: its terminal is new, and what is typed goes into no history."""
    # As a terminal's first shell has them: nohup and a background job in a script ignore some.
    signals.set_dispositions(dict.fromkeys((SIGHUP, SIGINT, SIGQUIT), signals.SIG_DFL))
    terminal.take()
    close_range(3, OWN_LOWEST - 1)
    # An environment of Python exports PS1, once it is activated.
    plain = {"PS1": _PROMPT, "TERM": "dumb", "XDG_STATE_HOME": os.devnull}
    serve(channel, {**os.environ, **plain})
