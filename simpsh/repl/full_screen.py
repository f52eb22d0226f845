"""A screen that has the whole terminal until it is left, as a value of lines and keys.

The terminal is afterwards as it was before: prompt_toolkit draws on its alternate screen.
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
from simpsh.repl.prompt_event_loop import new_loop, resetting, run_to_the_end
from simpsh.repl.terminal_io import TerminalInput, TerminalOutput, open_screen
from simpsh.view.styled_text import Line

_LOOKS = {
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
"""How the pieces of each style look."""
_LEAVING = ("c-c", "c-d", "c-\\", "<sigint>", "q")


class FullScreen:
    """An application full screen, for keyboard alone."""

    def __init__(self) -> None:
        self._screen = TerminalOutput(open_screen())
        self._loop = new_loop(lambda: None)
        self._loop.set_exception_handler(self._note_problem)
        self._problem: BaseException | None = None
        self._bindings = KeyBindings()
        self._on(self._leave, *_LEAVING)
        self._on(lambda: self._app.suspend_to_background(), "c-z")
        self._bind_keys()
        self._app: Application[None] = Application(
            layout=Layout(
                Window(FormattedTextControl(lambda: fragments(self._page()), show_cursor=False))
            ),
            key_bindings=self._bindings,
            style=Style(
                [(f"step.{name}", look) for look, names in _LOOKS.items() for name in names]
            ),
            color_depth=prompt_style.colour_depth(os.environ),
            full_screen=True,
            input=TerminalInput(sys.stdin),
            output=self._screen,
            after_render=self._think,
        )
        self._app.ttimeoutlen = 0.05
        self._app.timeoutlen = 0.2
        self._app.terminal_size_polling_interval = None

    def run(self) -> None:
        """Draw, and obey keys, until the screen is left; the terminal is as before afterwards."""
        leaving = self._app.run_async(handle_sigint=False, set_exception_handler=False)
        try:
            with resetting(self._app):
                task = run_to_the_end(self._loop, leaving)
        finally:
            self._loop.close()
            self._screen.close()
        problem = self._problem or task.exception()
        if problem is not None and not isinstance(problem, EOFError):
            raise problem

    def _note_problem(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Something was raised while a key was obeyed: leave the screen, then raise it."""
        problem = context.get("exception")
        if isinstance(problem, BaseException):
            self._problem = problem
            self._leave()

    @abstractmethod
    def _page(self) -> list[Line]:
        """Return the lines that are drawn."""

    @abstractmethod
    def _bind_keys(self) -> None:
        """Say what keys do, beyond those that leave every full screen, and `^Z`."""

    def _on(self, action: Callable[[], object], *keys: str, when: FilterOrBool = True) -> None:
        """Let keys do something."""
        for key in keys:
            self._bindings.add(key, filter=when)(lambda _event: action())

    def _leave(self) -> None:
        # Two keys can come in one read: the second finds the screen done.
        if not self._app.is_done:
            self._app.exit()

    def _think(self, _app: Application[None]) -> None:
        """Do something after each drawing."""


def fragments(block: Iterable[Line]) -> StyleAndTextTuples:
    """Return lines as prompt_toolkit draws them."""
    drawn: StyleAndTextTuples = []
    for line in block:
        for piece in line:
            drawn.append((f"class:step.{piece.style}" if piece.style else "", piece.text))
        drawn.append(("", "\n"))
    return drawn[:-1]
