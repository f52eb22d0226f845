"""The line editor for the questions of a lesson.

It has the keys of Emacs, a history, and Tab for the words of the lesson. `^C`, `^D` and `^Z` work
as in any program that reads from its terminal.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import termios
from collections.abc import Sequence
from contextlib import suppress

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.processors import AfterInput

from simpsh.repl.completion import completion_of_words
from simpsh.repl.editor_terminal import TerminalInput, watched_screen
from simpsh.repl.key_bindings import complete_with, is_line_empty
from simpsh.repl.line_editor import ESCAPE_SECONDS, draw_again, offer
from simpsh.repl.plain_reader import Answer, KeyAnswer
from simpsh.repl.prompt_event_loop import resetting
from simpsh.repl.prompt_style import STYLE, colour_depth
from simpsh.repl.terminal_io import enter_raw_mode
from simpsh.shell.jobs.controlling_terminal import set_modes
from simpsh.shell.jobs.interrupts import bytes_waiting

_SEQUENCE = re.compile(r"\x1b(\[[0-9;?]*.|O.|.)?", re.DOTALL)
"""What a key that is no character sends: arrows, Alt and a letter."""


class AnswerEditor:
    """Reads answers on the terminal of this process."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._words = words
        self._screen = watched_screen()
        self._keyboard = TerminalInput(sys.stdin)
        self._echo = ""
        """Text after the line, if a key has ended it."""
        self._session: PromptSession[Answer] = PromptSession(
            # offer() opens the menu; a completer is needed to reserve space for it.
            completer=DummyCompleter(),
            complete_while_typing=False,
            history=InMemoryHistory(),
            key_bindings=self._keys(),
            input_processors=[AfterInput(lambda: [("class:aborted", self._echo)])],
            style=STYLE,
            color_depth=colour_depth(os.environ),
            include_default_pygments_style=False,
            input=self._keyboard,
            output=self._screen,
        )
        self._session.app.ttimeoutlen = ESCAPE_SECONDS
        # SIGWINCH reports a new size, so polling is not needed.
        self._session.app.terminal_size_polling_interval = None
        self._session.app.before_render += self._begin_below_others

    def ask(self, prompt: str) -> Answer:
        """Show a prompt and return the typed line, or the key that ended it."""
        self._echo = ""

        def watch_for_continuing() -> None:
            # The prompt runs its own loop, which removes the handler at the end.
            asyncio.get_running_loop().add_signal_handler(
                signal.SIGCONT, draw_again, self._session.app, self._screen, self._keyboard
            )

        self._screen.takes_others_output()
        early = self._take_early_keys()
        try:
            with resetting(self._session.app):
                return self._session.prompt(
                    [("", prompt)], default=early, handle_sigint=False, pre_run=watch_for_continuing
                )
        except EOFError:
            return KeyAnswer.END

    def _take_early_keys(self) -> str:
        """Take what was typed before the prompt: its last line, to be edited.

        Enter that was typed before a question does not answer it.
        """
        descriptor, data = self._keyboard.fileno(), b""
        text = "".join(press.data for press in get_typeahead(self._keyboard))
        with suppress(EOFError, OSError, termios.error):
            before = enter_raw_mode(descriptor, None)
            try:
                if waiting := bytes_waiting(descriptor):
                    data = os.read(descriptor, waiting)
            finally:
                set_modes(descriptor, before, termios.TCSANOW)
        keys = _SEQUENCE.sub("", text + data.decode(errors="ignore"))
        lines = ["".join(filter(str.isprintable, line)) for line in re.split(r"[\r\n]", keys)]
        return next(filter(None, reversed(lines)), "")

    def _begin_below_others(self, app: Application[Answer]) -> None:
        self._screen.begin_below_others(app.renderer)

    def _keys(self) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add("c-c")
        def interrupt(event: KeyPressEvent) -> None:
            self._echo = "^C"
            event.app.exit(result=KeyAnswer.INTERRUPT)

        @bindings.add("c-d", filter=Condition(is_line_empty))
        def end(event: KeyPressEvent) -> None:
            event.app.exit(exception=EOFError)

        @bindings.add("c-z")
        def suspend(event: KeyPressEvent) -> None:
            """Stop the whole job, like ^Z in the terminal's own line editing."""
            # Draw the keys of the same read that were not drawn yet.
            event.app.renderer.render(event.app, event.app.layout)
            self._screen.write_raw(f"{event.current_buffer.document.text_after_cursor}^Z\r\n")
            self._screen.flush()
            with event.app.input.cooked_mode():
                os.kill(0, signal.SIGTSTP)

        @bindings.add("tab")
        def complete(event: KeyPressEvent) -> None:
            session, screen, words = self._session, self._screen, self._words
            complete_with(
                event.current_buffer,
                lambda before: offer(session, screen, completion_of_words(before, words)),
            )

        return bindings
