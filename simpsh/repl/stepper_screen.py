"""The stepper's application: draws the desk, gives it the keys, and looks ahead while none comes.

One thread: ptrace wants every request from the thread that seized, and a step takes less than a
millisecond, so it is made between two keys.
"""

from __future__ import annotations

import asyncio
import os
import sys

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.layout import ConditionalContainer, HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from simpsh.repl import colours
from simpsh.repl import stepper_desk as desks
from simpsh.repl.screen import Keyboard, Screen, open_screen
from simpsh.repl.stepper_desk import Desk
from simpsh.repl.stepper_drawing import keys, page
from simpsh.repl.stepper_keys import Keys
from simpsh.repl.waking import new_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.styles import BaseStyle

    from simpsh.explore.stepping import Session

_SLICE, _BUDGET = 0.03, 5.0
"""Seconds: how long a key may have to wait for the look ahead, and how long that takes in all."""
_STYLE = {
    "step.title": "reverse",
    "step.keys": "reverse",
    "step.heading": "bold",
    "step.rule": colours.GREY,
    "step.faint": colours.GREY,
    "step.label": "bold",
    "step.sentence": "bold",
    "step.name": f"bold {colours.BLUE}",
    "step.key": "bold",
    "step.ready": f"bold {colours.GREEN}",
    "step.blocked": colours.ORANGE,
    "step.zombie": colours.PURPLE,
    "step.cursor": "bold",
    "step.selected": "reverse",
    "step.pipe": f"bold {colours.PURPLE}",
    "step.output": colours.ORANGE,
    "step.deadlock": f"bold {colours.RED}",
    "step.end": f"bold {colours.GREEN}",
}
_WITHOUT_COLOURS = _STYLE | {
    "step.rule": "dim",
    "step.faint": "",
    "step.name": "bold",
    "step.ready": "bold",
    "step.blocked": "",
    "step.zombie": "",
    "step.pipe": "bold",
    "step.output": "",
    "step.deadlock": "bold",
    "step.end": "bold",
}
_PROMPTS = {desks.UNTIL: " run until ", desks.SAVE: " save as "}


class StepperScreen:
    """The session on a terminal."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._desk = Desk(session)
        self._line = Buffer(multiline=False)
        self._left = _BUDGET
        """Seconds of looking ahead that are left."""
        self._waiting: list[Callable[[], None]] = []
        self._mode = desks.INTRO
        """The mode that was drawn last."""
        self._screen = Screen(open_screen())
        self._keyboard = Keyboard(sys.stdin)
        self._loop = new_loop(lambda: None)
        self._loop.set_exception_handler(self._note_problem)
        self._problem: BaseException | None = None
        self._app: Application[None] = Application(
            layout=self._layout(),
            key_bindings=self._keys().bindings(),
            style=_style(),
            color_depth=colours.colour_depth(os.environ),
            full_screen=True,
            input=self._keyboard,
            output=self._screen,
            after_render=self._think,
        )
        self._app.ttimeoutlen = 0.05
        self._app.timeoutlen = 0.2
        self._app.terminal_size_polling_interval = None

    def run(self) -> None:
        """Show it until it is left."""
        task = self._loop.create_task(
            self._app.run_async(handle_sigint=False, set_exception_handler=False)
        )
        try:
            self._loop.run_until_complete(asyncio.wait([task]))
        finally:
            self._unwind(task)
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

    def _unwind(self, task: asyncio.Task[None]) -> None:
        """Give the terminal its modes back, whatever ended the screen."""
        if not task.done():
            task.cancel()
            self._loop.run_until_complete(asyncio.wait([task]))
        self._loop.close()
        self._screen.close()

    # ------------------------------------------------------------------------ drawing

    def _layout(self) -> Layout:
        typing = Condition(lambda: self._desk.mode in desks.TYPING)
        line = Window(BufferControl(self._line), height=1)
        label = Window(
            FormattedTextControl(lambda: [("class:step.label", _PROMPTS.get(self._desk.mode, ""))]),
            dont_extend_width=True,
            height=1,
        )
        typed = ConditionalContainer(VSplit([label, line]), typing)
        body = Window(FormattedTextControl(self._body, focusable=True, show_cursor=False))
        foot = Window(FormattedTextControl(self._foot), height=1)
        self._focus = {True: line, False: body}
        return Layout(HSplit([body, typed, foot]), body)

    def _size(self) -> tuple[int, int]:
        size = self._screen.get_size()
        taken = 2 if self._desk.mode in desks.TYPING else 1
        return max(20, size.columns), max(5, size.rows - taken)

    def _body(self) -> StyleAndTextTuples:
        columns, rows = self._size()
        found: StyleAndTextTuples = []
        for line in page(self._desk, columns, rows):
            found += [*line, ("", "\n")]
        return found[:-1]

    def _foot(self) -> StyleAndTextTuples:
        return [*keys(self._desk, self._size()[0])]

    # ------------------------------------------------------------------------ looking ahead

    def _keys(self) -> Keys:
        return Keys(self._desk, self._line, self._settle, self._later)

    def _later(self, action: Callable[[], None]) -> None:
        """Do something that takes a while, once the screen shows that it is being done."""
        self._waiting.append(action)

    def _settle(self) -> None:
        """Let the keyboard be where the mode wants it."""
        self._app.layout.focus(self._focus[self._desk.mode in desks.TYPING])

    def _think(self, _app: Application[None]) -> None:
        """After each drawing, do what had to wait for it, and look ahead for a slice of time."""
        while self._waiting:
            self._loop.call_soon(self._do, self._waiting.pop(0))
        mode, self._mode = self._mode, self._desk.mode
        if self._mode == desks.OUTPUTS != mode:
            # Who comes to this page wants to know more.
            self._left = _BUDGET
        if self._left > 0 and self._mode in desks.READING:
            self._loop.call_soon(self._look)

    def _do(self, action: Callable[[], None]) -> None:
        action()
        self._app.invalidate()

    def _look(self) -> None:
        if self._app.is_done or self._desk.mode not in desks.READING:
            return
        self._left -= _SLICE
        if not self._session.look(_SLICE):
            self._left = 0
        self._app.invalidate()


def _style() -> BaseStyle:
    is_coloured = colours.colour_depth(os.environ) is not ColorDepth.DEPTH_1_BIT
    return Style(list((_STYLE if is_coloured else _WITHOUT_COLOURS).items()))
