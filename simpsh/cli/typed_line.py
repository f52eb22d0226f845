"""A line typed by `lesson check`, as a student types it: at a prompt on a pseudo-terminal; pty(7).

Each line has a shell of its own, so that no line finds the jobs or variables of another. The shell
is the one of lesson_prompt, on a dumb terminal: the editor of lines is not what is checked.
"""

from __future__ import annotations

import os
import select
import time
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from simpsh.base.signal_names import SIGHUP, SIGINT, SIGQUIT, SIGTERM
from simpsh.cli.lesson_prompt import serve
from simpsh.course.run.prompt_monitor import PromptSession
from simpsh.kernel import signals
from simpsh.kernel.descriptors import OWN_LOWEST, close_range
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.subreaper import Subreaper

if TYPE_CHECKING:
    from simpsh.course.lesson.observation import Observation
    from simpsh.course.run.prompt_monitor import PromptChannel

_PROMPT = b">> "
_SIZE = 1 << 16
_DEADLINE_SECONDS = 30

# Here, and not anew in the shell of each line: loading takes as long as all the rest of a line.
for _name in (
    "simpsh.repl.command_names",
    "simpsh.repl.plain_reader",
    "simpsh.repl.read_eval_loop",
    "simpsh.shell.builtins.job_builtins",
    "simpsh.shell.builtins.working_directory",
    "simpsh.shell.jobs.controlling_terminal",
    "simpsh.shell.jobs.fork_engine",
    "simpsh.shell.language.glob_pattern",
    "simpsh.shell.language.tolerant_lexer",
    "simpsh.shell.line_prefixes",
    "simpsh.shell.shell",
):
    import_module(_name)


def type_line(line: str) -> Observation | None:
    """Type a line at the prompt of a new interactive simpsh, and return what was seen of it.

    Returns:
        None if a lesson does not judge the line: it leaves the shell, is a command of the lesson,
        or runs without an end.

    Raises:
        NotTraceable: the kernel does not permit it.
        WorkerBroken: the process that watches broke.
        OSError: no process or pseudo-terminal can be made.
    """
    terminal = OwnTerminal()
    # A supervisor that is ended at the deadline collects no process.
    with Subreaper(deadline_seconds=0.0):
        found = _typed(terminal, line)
    return found[1] if isinstance(found, tuple) else None


def _typed(terminal: OwnTerminal, line: str) -> tuple[str, Observation] | str | None:
    try:
        session = PromptSession(partial(_be_shell, terminal), terminal.name)
        try:
            return _answer(session, terminal, line)
        finally:
            session.end()
    finally:
        terminal.close()


def _answer(
    session: PromptSession, terminal: OwnTerminal, line: str
) -> tuple[str, Observation] | str | None:
    """Type the line when the prompt is there; read what the shell shows until there is news."""
    ends = select.poll()
    ends.register(terminal.master, select.POLLIN)
    ends.register(session.news, select.POLLIN)
    shown, is_typed = b"", False
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while True:
        ready = {descriptor for descriptor, _ in ends.poll(_DEADLINE_SECONDS * 1000)}
        if not ready or time.monotonic() > deadline:
            # With its tracer, the shell and all its jobs end.
            signals.kill(session.pid, SIGTERM)
            return None
        if session.news in ready:
            return session.next()
        shown = (shown + os.read(terminal.master, _SIZE))[-_SIZE:]
        if not is_typed and shown.endswith(_PROMPT):
            terminal.press(f"{line}\n")
            is_typed = True


def _be_shell(terminal: OwnTerminal, channel: PromptChannel) -> None:
    """Be the shell: its terminal is new, and what is typed goes into no history."""
    # As a terminal's first shell has them: nohup and a background job in a script ignore some.
    signals.set_dispositions(dict.fromkeys((SIGHUP, SIGINT, SIGQUIT), signals.SIG_DFL))
    terminal.take()
    close_range(3, OWN_LOWEST - 1)
    serve(channel, {**os.environ, "TERM": "dumb", "XDG_STATE_HOME": os.devnull})
