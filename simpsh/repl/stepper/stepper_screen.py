"""The stepper's application: it draws and handles keys.

prompt_toolkit draws on the alternate screen, so the terminal is restored at the end. There is only
one thread, because ptrace accepts requests only from the thread that attached. A step takes less
than a millisecond, so it runs in the handler of the key.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition, FilterOrBool
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.styles import Style

from simpsh.explore.step.stepping_session import SteppingSession
from simpsh.repl import prompt_style
from simpsh.repl.editor_terminal import TerminalInput, TerminalOutput
from simpsh.repl.prompt_event_loop import new_loop, run_until_done
from simpsh.repl.stepper.stepper_controller import StepperController
from simpsh.repl.stepper.stepper_layout import keys, page
from simpsh.repl.terminal_io import open_screen
from simpsh.view.styled_text import Line

_STYLES = {
    "reverse": ("title", "keys"),
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
_PAGE = 15


class StepperScreen:
    """The stepper's session, full screen."""

    def __init__(self, session: SteppingSession) -> None:
        self._session = session
        self._stepper = StepperController(session)
        self._screen = TerminalOutput(open_screen())
        self._loop = new_loop(lambda: None)
        self._loop.set_exception_handler(self._note_problem)
        self._problem: BaseException | None = None
        self._bindings = KeyBindings()
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
        """Draw and handle keys until the stepper is left; restore the terminal."""
        leaving = self._app.run_async(handle_sigint=False, set_exception_handler=False)
        try:
            task = run_until_done(self._loop, leaving)
        except BaseException:
            # prompt_toolkit restores the terminal only after its first complete drawing.
            self._app.renderer.reset()
            raise
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

    def _page(self) -> list[Line]:
        size = self._screen.get_size()
        columns, rows = max(20, size.columns), size.rows - 1
        lines = page(self._stepper, columns, max(5, rows))
        return [*lines[:rows], keys(self._stepper, columns)]

    def _bind_keys(self) -> None:
        on, stepper, session = self._on, self._stepper, self._session
        reading = Condition(lambda: stepper.is_reading)
        stepping = ~reading
        on(self._leave, *_QUIT_KEYS)
        on(lambda: self._app.suspend_to_background(), "c-z")
        for when, rows in ((reading, _PAGE), (stepping, 3)):
            on(lambda: stepper.move(-1), "up", "k", when=when)
            on(lambda: stepper.move(1), "down", "j", when=when)
            on(partial(stepper.move, -rows), "pageup", when=when)
            on(partial(stepper.move, rows), "pagedown", when=when)
        on(partial(stepper.show_help, is_shown=False), "enter", " ", "escape", when=reading)
        on(partial(stepper.show_help, is_shown=True), "?", "h", "f1", when=stepping)
        on(stepper.go, "enter", " ", when=stepping)
        on(partial(stepper.do, session.back), "b", "left", "backspace", when=stepping)
        on(partial(stepper.do, session.forward), "f", "right", when=stepping)
        on(partial(stepper.do, session.restart), "0", "home", when=stepping)
        on(partial(stepper.run, "turns"), "r", when=stepping)
        on(partial(stepper.run, "random"), "R", when=stepping)
        for number in range(1, 10):
            on(partial(stepper.choose, number), str(number), when=stepping)

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
