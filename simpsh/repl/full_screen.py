"""Base class of full-screen applications: lines to draw, and keys.

prompt_toolkit draws on the alternate screen, so the terminal is restored at the end.
"""

from __future__ import annotations

import asyncio
import os
import sys
from abc import abstractmethod
from collections.abc import Callable, Iterable

from prompt_toolkit.application import Application
from prompt_toolkit.filters import FilterOrBool
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.styles import Style

from simpsh.repl import prompt_style
from simpsh.repl.editor_terminal import TerminalInput, TerminalOutput
from simpsh.repl.prompt_event_loop import new_loop, resetting, run_until_done
from simpsh.repl.terminal_io import open_screen
from simpsh.view.styled_text import Line

_STYLES = {
    "reverse": ("title", "keys", "selected"),
    "bold": ("heading", "sentence", "key", "cursor", "bold"),
    prompt_style.GREY: ("rule", "faint", "dim"),
    f"bold {prompt_style.BLUE}": ("name",),
    f"bold {prompt_style.GREEN}": ("ready", "end"),
    prompt_style.ORANGE: ("blocked", "output"),
    prompt_style.PURPLE: ("zombie",),
    f"bold {prompt_style.PURPLE}": ("pipe",),
    f"bold {prompt_style.RED}": ("deadlock",),
}
"""The appearance of each style's pieces."""
_QUIT_KEYS = ("c-c", "c-d", "c-\\", "<sigint>", "q")


class FullScreen:
    """A full-screen application for the keyboard."""

    def __init__(self) -> None:
        self._screen = TerminalOutput(open_screen())
        self._loop = new_loop(lambda: None)
        self._loop.set_exception_handler(self._note_problem)
        self._problem: BaseException | None = None
        self._bindings = KeyBindings()
        self._on(self._leave, *_QUIT_KEYS)
        self._on(lambda: self._app.suspend_to_background(), "c-z")
        self._bind_keys()
        self._app: Application[None] = Application(
            layout=Layout(
                Window(FormattedTextControl(lambda: fragments(self._page()), show_cursor=False))
            ),
            key_bindings=self._bindings,
            style=Style(
                [(f"step.{name}", look) for look, names in _STYLES.items() for name in names]
            ),
            color_depth=prompt_style.colour_depth(os.environ),
            full_screen=True,
            input=TerminalInput(sys.stdin),
            output=self._screen,
        )
        self._app.ttimeoutlen = 0.05
        self._app.timeoutlen = 0.2
        self._app.terminal_size_polling_interval = None

    def run(self) -> None:
        """Draw and handle keys until the application is left; restore the terminal."""
        leaving = self._app.run_async(handle_sigint=False, set_exception_handler=False)
        try:
            with resetting(self._app):
                task = run_until_done(self._loop, leaving)
        finally:
            self._loop.close()
            self._screen.close()
        problem = self._problem or task.exception()
        if problem is not None and not isinstance(problem, EOFError):
            raise problem

    def _note_problem(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Leave the screen after an exception in a key's handler; run() raises it."""
        problem = context.get("exception")
        if isinstance(problem, BaseException):
            self._problem = problem
            self._leave()

    @abstractmethod
    def _page(self) -> list[Line]:
        """Return the lines to draw."""

    @abstractmethod
    def _bind_keys(self) -> None:
        """Bind the keys of the application, besides those that leave it and `^Z`."""

    def _on(self, action: Callable[[], object], *keys: str, when: FilterOrBool = True) -> None:
        """Bind keys to an action."""
        for key in keys:
            self._bindings.add(key, filter=when)(lambda _event: action())

    def _leave(self) -> None:
        # Two keys can arrive in one read; the first may have ended the application.
        if not self._app.is_done:
            self._app.exit()


def fragments(block: Iterable[Line]) -> StyleAndTextTuples:
    """Convert lines to prompt_toolkit's format."""
    drawn: StyleAndTextTuples = []
    for line in block:
        for piece in line:
            drawn.append((f"class:step.{piece.style}" if piece.style else "", piece.text))
        drawn.append(("", "\n"))
    return drawn[:-1]
