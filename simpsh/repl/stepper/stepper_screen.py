"""The stepper's application: it draws, gives keys their meaning, and looks ahead between them.

One thread: ptrace wants every request from the thread that seized, and a step takes less than a
millisecond, so it is made between two keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings

from simpsh.explore.step.line_stepper import INTRODUCED
from simpsh.explore.step.stepping_session import SteppingSession
from simpsh.explore.workplace.run_limits import DEFAULT_BUDGET_SECONDS
from simpsh.process.own_directory import is_first_time
from simpsh.repl.full_screen import FullScreen, leave, leaving_keys
from simpsh.repl.stepper.stepper_controller import READING, Mode, StepperController
from simpsh.repl.stepper.stepper_layout import keys, page
from simpsh.view.styled_text import Line

_SLICE_SECONDS = 0.03
"""How long a key may have to wait for the look ahead."""
_FIRST_LOOK_SECONDS = 0.3
_PAGE = 15


class StepperScreen(FullScreen):
    """The session full screen, for keyboard alone; the session has been entered."""

    def __init__(self, session: SteppingSession) -> None:
        self._session = session
        self._stepper = StepperController(session)
        self._left = DEFAULT_BUDGET_SECONDS
        """Seconds of looking ahead that are left."""
        self._mode = Mode.INTRO
        """The mode that was drawn last."""
        if not is_first_time(INTRODUCED):
            # There is no first page to read meanwhile.
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
        """After each drawing, look ahead for a slice of time."""
        mode, self._mode = self._mode, self._stepper.mode
        if self._mode == Mode.OUTPUTS != mode:
            # A student who opens this page wants to know more.
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

    def _keys(self) -> KeyBindings:
        stepper, session, bindings = self._stepper, self._session, leaving_keys()

        def add(action: Callable[[], object], when: Condition, *keys: str) -> None:
            for key in keys:
                bindings.add(key, filter=when)(lambda _event: action())

        def show(mode: Mode) -> Callable[[], object]:
            return partial(stepper.show, mode)

        reading, stepping, running = self._in(*READING), self._in(Mode.STEP), self._in(Mode.RUN)
        for when, rows in ((reading, _PAGE), (stepping, 3)):
            add(lambda: stepper.move(-1), when, "up", "k")
            add(lambda: stepper.move(1), when, "down", "j")
            add(partial(stepper.move, -rows), when, "pageup")
            add(partial(stepper.move, rows), when, "pagedown")
        add(show(Mode.STEP), reading, "enter", " ", "escape")
        add(stepper.go, stepping, "enter", " ")
        add(partial(stepper.do, session.back), stepping, "b", "left", "backspace")
        add(partial(stepper.do, session.forward), stepping, "f", "right")
        add(partial(stepper.do, session.restart), stepping, "0", "home")
        add(show(Mode.RUN), stepping, "r")
        add(show(Mode.OUTPUTS), stepping, "o")
        add(show(Mode.INTRO), stepping, "i")
        add(show(Mode.HELP), stepping, "?", "h", "f1")
        for number in range(1, 10):
            add(partial(stepper.choose, number), stepping, str(number))
        add(partial(stepper.run, "turns"), running, "t")
        add(partial(stepper.run, "random"), running, "r")
        add(show(Mode.STEP), running, "escape", "b")
        bindings.add("q")(leave)
        return bindings

    def _in(self, *modes: Mode) -> Condition:
        return Condition(lambda: self._stepper.mode in modes)
