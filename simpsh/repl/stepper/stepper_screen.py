"""The stepper's application: it draws and handles keys.

There is only one thread, because ptrace accepts requests only from the thread that attached. A step
takes less than a millisecond, so it runs in the handler of the key.
"""

from __future__ import annotations

from functools import partial

from prompt_toolkit.filters import Condition

from simpsh.explore.step.stepping_session import SteppingSession
from simpsh.repl.full_screen import FullScreen
from simpsh.repl.stepper.stepper_controller import StepperController
from simpsh.repl.stepper.stepper_layout import keys, page
from simpsh.view.styled_text import Line

_PAGE = 15


class StepperScreen(FullScreen):
    """The stepper's session, full screen."""

    def __init__(self, session: SteppingSession) -> None:
        self._session = session
        self._stepper = StepperController(session)
        super().__init__()

    def _page(self) -> list[Line]:
        size = self._screen.get_size()
        columns, rows = max(20, size.columns), size.rows - 1
        lines = page(self._stepper, columns, max(5, rows))
        return [*lines[:rows], keys(self._stepper, columns)]

    def _bind_keys(self) -> None:
        on, stepper, session = self._on, self._stepper, self._session
        reading = Condition(lambda: stepper.is_reading)
        stepping = ~reading
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
