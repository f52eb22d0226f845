"""The stepper's application: it draws, gives keys their meaning, and looks ahead between them.

One thread: ptrace wants every request from the thread that seized, and a step takes less than a
millisecond, so it is made between two keys.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import ConditionalContainer, HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.styles import Style

from simpsh.explore.step.stepping_session import SteppingSession
from simpsh.explore.workplace.run_limits import DEFAULT_BUDGET_SECONDS
from simpsh.repl import prompt_style
from simpsh.repl.prompt_event_loop import new_loop, run_to_the_end
from simpsh.repl.stepper.stepper_controller import READING, Mode, StepperController
from simpsh.repl.stepper.stepper_layout import keys, page
from simpsh.repl.terminal_io import TerminalInput, TerminalOutput, open_screen
from simpsh.view.styled_text import Line

_SLICE_SECONDS = 0.03
"""How long a key may have to wait for the look ahead."""
_STYLE = {
    "step.title": "reverse",
    "step.keys": "reverse",
    "step.heading": "bold",
    "step.rule": prompt_style.GREY,
    "step.faint": prompt_style.GREY,
    "step.label": "bold",
    "step.sentence": "bold",
    "step.name": f"bold {prompt_style.BLUE}",
    "step.key": "bold",
    "step.ready": f"bold {prompt_style.GREEN}",
    "step.blocked": prompt_style.ORANGE,
    "step.zombie": prompt_style.PURPLE,
    "step.cursor": "bold",
    "step.selected": "reverse",
    "step.pipe": f"bold {prompt_style.PURPLE}",
    "step.output": prompt_style.ORANGE,
    "step.deadlock": f"bold {prompt_style.RED}",
    "step.end": f"bold {prompt_style.GREEN}",
}
_PAGE = 15
_LEAVING = ("c-c", "c-d", "c-\\", "<sigint>")


class StepperScreen:
    """The session full screen, for keyboard alone; the session has been entered."""

    def __init__(self, session: SteppingSession) -> None:
        self._session = session
        self._stepper = StepperController(session)
        self._line = Buffer(multiline=False)
        self._suggested = -1
        """Which of the suggested points stands in that line."""
        self._left = DEFAULT_BUDGET_SECONDS
        """Seconds of looking ahead that are left."""
        self._mode = Mode.INTRO
        """The mode that was drawn last."""
        self._screen = TerminalOutput(open_screen())
        self._loop = new_loop(lambda: None)
        self._loop.set_exception_handler(self._note_problem)
        self._problem: BaseException | None = None
        depth = prompt_style.colour_depth(os.environ)
        self._app: Application[None] = Application(
            layout=self._layout(),
            key_bindings=self._keys(),
            style=Style(list(_STYLE.items())),
            color_depth=depth,
            full_screen=True,
            input=TerminalInput(sys.stdin),
            output=self._screen,
            after_render=self._think,
        )
        self._app.ttimeoutlen = 0.05
        self._app.timeoutlen = 0.2
        self._app.terminal_size_polling_interval = None

    def run(self) -> None:
        """Let the student step until the session is left; the terminal is as before afterwards."""
        stepping = self._app.run_async(handle_sigint=False, set_exception_handler=False)
        try:
            task = run_to_the_end(self._loop, stepping)
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
            if not self._app.is_done:
                self._app.exit()

    # ------------------------------------------------------------------------ drawing

    def _layout(self) -> Layout:
        def body_text() -> StyleAndTextTuples:
            fragments: StyleAndTextTuples = []
            for line in page(self._stepper, *self._size()):
                fragments += [*_fragments(line), ("", "\n")]
            return fragments[:-1]

        def foot_text() -> StyleAndTextTuples:
            return _fragments(keys(self._stepper, self._size()[0]))

        line = Window(BufferControl(self._line), height=1)
        label = Window(
            FormattedTextControl([("class:step.label", " run until ")]),
            dont_extend_width=True,
            height=1,
        )
        typed = ConditionalContainer(VSplit([label, line]), self._in(Mode.UNTIL))
        body = Window(FormattedTextControl(body_text, focusable=True, show_cursor=False))
        foot = Window(FormattedTextControl(foot_text), height=1)
        self._focus = {True: line, False: body}
        return Layout(HSplit([body, typed, foot]), body)

    def _size(self) -> tuple[int, int]:
        size = self._screen.get_size()
        taken = 2 if self._stepper.mode is Mode.UNTIL else 1
        return max(20, size.columns), max(5, size.rows - taken)

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
        stepper, session, bindings = self._stepper, self._session, KeyBindings()

        def add(action: Callable[[], object], when: Condition, *keys: str) -> None:
            def act(_event: KeyPressEvent) -> None:
                action()
                # The keyboard belongs to what the mode needs now.
                self._app.layout.focus(self._focus[stepper.mode is Mode.UNTIL])

            for key in keys:
                bindings.add(key, filter=when)(act)

        def show(mode: Mode) -> Callable[[], object]:
            return partial(stepper.show, mode)

        reading, stepping, running = self._in(*READING), self._in(Mode.STEP), self._in(Mode.RUN)
        typing = self._in(Mode.UNTIL)
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
        add(self._type, stepping, "u")
        add(show(Mode.TIMELINE), stepping, "t")
        add(show(Mode.OUTPUTS), stepping, "o")
        add(show(Mode.HELP), stepping, "?", "h", "f1")
        for number in range(1, 10):
            add(partial(stepper.choose, number), stepping, str(number))
        add(partial(stepper.run, "turns"), running, "t")
        add(partial(stepper.run, "random"), running, "r")
        add(show(Mode.STEP), running, "escape", "b")
        add(self._typed, typing, "enter")
        add(show(Mode.STEP), typing, "escape")
        add(partial(self._suggest, -1), typing, "up", "s-tab")
        add(partial(self._suggest, 1), typing, "down", "tab")
        for key in _LEAVING:
            bindings.add(key)(_leave)
        bindings.add("q", filter=~typing)(_leave)
        bindings.add("c-z")(lambda event: event.app.suspend_to_background())
        return bindings

    def _in(self, *modes: Mode) -> Condition:
        return Condition(lambda: self._stepper.mode in modes)

    def _type(self) -> None:
        self._stepper.show(Mode.UNTIL)
        self._suggested = -1
        self._suggest(1)

    def _suggest(self, by: int) -> None:
        points = self._stepper.suggestions()
        self._suggested = (self._suggested + by) % len(points)
        self._line.text = points[self._suggested]
        self._line.cursor_position = len(self._line.text)

    def _typed(self) -> None:
        text = self._line.text.strip()
        if text:
            self._stepper.until(text)
        else:
            self._stepper.show(Mode.STEP)


def _fragments(line: Line) -> StyleAndTextTuples:
    return [(f"class:step.{piece.style}" if piece.style else "", piece.text) for piece in line]


def _leave(event: KeyPressEvent) -> None:
    """Leave. Two keys can come in one read: the second finds the screen done."""
    if not event.app.is_done:
        event.app.exit()
