"""The stepper's application: it draws, handles keys, and explores ahead between keys.

There is only one thread, because ptrace accepts requests only from the thread that attached. A step
takes less than a millisecond, so it runs in the handler of the key.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition

from simpsh.explore.step.stepping_session import SteppingSession
from simpsh.explore.workplace.run_limits import DEFAULT_BUDGET_SECONDS
from simpsh.repl.full_screen import FullScreen
from simpsh.repl.stepper.stepper_controller import READING, Mode, StepperController
from simpsh.repl.stepper.stepper_layout import keys, page
from simpsh.view.styled_text import Line

_SLICE_SECONDS = 0.03
"""The maximum time that exploring ahead may delay a key."""
_FIRST_LOOK_SECONDS = 0.3
_PAGE = 15


class StepperScreen(FullScreen):
    """The stepper's session, full screen."""

    def __init__(self, session: SteppingSession, *, is_first: bool) -> None:
        self._session = session
        self._stepper = StepperController(session)
        self._left = DEFAULT_BUDGET_SECONDS
        """The remaining seconds for exploring ahead."""
        self._mode = Mode.INTRO
        """The mode of the last drawing."""
        if not is_first:
            # Without the introduction, there is no time to explore in the background.
            session.look(_FIRST_LOOK_SECONDS)
            self._stepper.show(Mode.STEP)
        super().__init__()

    def _page(self) -> list[Line]:
        size = self._screen.get_size()
        columns, rows = max(20, size.columns), size.rows - 1
        lines = page(self._stepper, columns, max(5, rows))
        return [*lines[:rows], keys(self._stepper, columns)]

    # ------------------------------------------------------------------------ looking ahead

    def _think(self, _app: Application[None]) -> None:
        """After each drawing, explore ahead for a moment."""
        mode, self._mode = self._mode, self._stepper.mode
        if self._mode == Mode.OUTPUTS != mode:
            # A student who opens this page wants more results.
            self._left = DEFAULT_BUDGET_SECONDS
        if self._left > 0 and self._mode in READING:
            self._loop.call_soon(self._look)

    def _look(self) -> None:
        if self._app.is_done or self._stepper.mode not in READING:
            return
        self._left -= _SLICE_SECONDS
        if not self._session.look(_SLICE_SECONDS):
            self._left = 0
        self._app.invalidate()

    # ------------------------------------------------------------------------ the keys

    def _bind_keys(self) -> None:
        on, stepper, session = self._on, self._stepper, self._session

        def show(mode: Mode) -> Callable[[], object]:
            return partial(stepper.show, mode)

        reading, stepping, running = self._in(*READING), self._in(Mode.STEP), self._in(Mode.RUN)
        for when, rows in ((reading, _PAGE), (stepping, 3)):
            on(lambda: stepper.move(-1), "up", "k", when=when)
            on(lambda: stepper.move(1), "down", "j", when=when)
            on(partial(stepper.move, -rows), "pageup", when=when)
            on(partial(stepper.move, rows), "pagedown", when=when)
        on(show(Mode.STEP), "enter", " ", "escape", when=reading)
        on(stepper.go, "enter", " ", when=stepping)
        on(partial(stepper.do, session.back), "b", "left", "backspace", when=stepping)
        on(partial(stepper.do, session.forward), "f", "right", when=stepping)
        on(partial(stepper.do, session.restart), "0", "home", when=stepping)
        on(show(Mode.RUN), "r", when=stepping)
        on(show(Mode.OUTPUTS), "o", when=stepping)
        on(show(Mode.INTRO), "i", when=stepping)
        on(show(Mode.HELP), "?", "h", "f1", when=stepping)
        for number in range(1, 10):
            on(partial(stepper.choose, number), str(number), when=stepping)
        on(partial(stepper.run, "turns"), "t", when=running)
        on(partial(stepper.run, "random"), "r", when=running)
        on(show(Mode.STEP), "escape", "b", when=running)

    def _in(self, *modes: Mode) -> Condition:
        return Condition(lambda: self._stepper.mode in modes)
