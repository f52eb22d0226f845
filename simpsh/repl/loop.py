"""The conversation: show the prompt, read a command, run it, until the user leaves."""

from __future__ import annotations

import os

from simpsh.errors import Interrupted
from simpsh.repl.answers import Pressed
from simpsh.repl.history import History, history_path
from simpsh.repl.plain import PlainReader
from simpsh.repl.prompts import banner
from simpsh.repl.spelling import Spelling
from simpsh.state import Exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from simpsh.repl.answers import Answer
    from simpsh.repl.contract import Shell
    from simpsh.repl.editor import Editor

    class Reader(Protocol):
        """Whatever asks the user for a command."""

        def read(self, news: Sequence[str]) -> Answer:
            """Show lines of news, then the prompt; return a command, or what was pressed."""

        def close(self) -> None:
            """Give back what the reader holds."""


INTERRUPTED = 130
"""The status after ^C: 128 + SIGINT."""


def interact(shell: Shell, news: Sequence[str] | None = None) -> int:
    """Talk with the user until ^D or `exit`; begin with lines of news, else with the banner.

    The terminal must be the shell's, its job signals ignored, and SIGINT must have a handler
    that raises nothing at the prompt.

    Returns:
        The shell's exit status.
    """
    history = History(history_path(shell.state.variables))
    shell.state.history = history.entries
    shell.state.suggest = Spelling(shell.state).hint
    readers = _Readers(shell, history)
    try:
        return _converse(shell, history, readers, [banner()] if news is None else [*news])
    except Exit as leaving:
        return leaving.status
    finally:
        readers.close()


def _converse(shell: Shell, history: History, readers: _Readers, news: list[str]) -> int:
    while True:
        shell.collect()
        _carry_out(shell, shell.run_traps)
        news += _news(shell, history)
        # A ^C that came too late for the command is meant for nothing that follows.
        shell.state.launcher.context.interrupts.take()
        answer = readers.current().read(news)
        news = []
        match answer:
            case Pressed.INTERRUPT:
                shell.state.last_status = INTERRUPTED
            case Pressed.END:
                news = shell.may_leave()
                if not news:
                    return shell.state.last_status
            case Pressed.AGAIN:
                continue
            case str() as text:
                history.add(text)
                if text.strip():
                    _carry_out(shell, lambda: shell.run(text))


def _carry_out(shell: Shell, action: Callable[[], object]) -> None:
    """Do what may be interrupted by ^C."""
    try:
        action()
    except Interrupted:
        shell.state.last_status = INTERRUPTED


def _news(shell: Shell, history: History) -> list[str]:
    problem = history.take_problem()
    return [*shell.notices(), *([f"simpsh: {problem}"] if problem else [])]


class _Readers:
    """The line editor where there is a screen for it, else plain lines."""

    def __init__(self, shell: Shell, history: History) -> None:
        self._shell = shell
        self._plain = PlainReader(shell)
        self._editor: Editor | None = None
        self._has_screen = has_screen(shell.state.variables.get("TERM", ""))
        if self._has_screen and os.isatty(0):
            # The editor's library takes most of the start; plain lines do without it.
            from simpsh.repl import editor

            self._editor = editor.Editor(shell, history)

    def current(self) -> Reader:
        """Return the reader for the next line: `exec <file` may have replaced the keyboard."""
        editor = self._editor
        if editor is None or editor.has_failed or not os.isatty(0):
            return self._plain
        return editor

    def close(self) -> None:
        """Give back what the readers hold."""
        if self._editor is not None:
            self._editor.close()
        self._plain.close()


def has_screen(term: str) -> bool:
    """Tell whether there is a terminal to draw on that can do more than print."""
    return term not in ("", "dumb", "unknown") and (os.isatty(2) or os.isatty(1))
