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
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import BaseStyle, Style

from simpsh.explore.step.stepping_session import SteppingSession
from simpsh.explore.workplace.run_limits import DEFAULT_BUDGET_SECONDS
from simpsh.repl import prompt_style
from simpsh.repl.prompt_event_loop import cut_short, new_loop
from simpsh.repl.stepper.stepper_controller import READING, TYPING, Mode, StepperController
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
_PROMPTS = {Mode.UNTIL: " run until ", Mode.SAVE: " save as "}


class StepperScreen:
    """The session full screen, for keyboard alone; the session has been entered."""

    def __init__(self, session: SteppingSession) -> None:
        self._session = session
        self._stepper = StepperController(session)
        self._line = Buffer(multiline=False)
        self._left = DEFAULT_BUDGET_SECONDS
        """Seconds of looking ahead that are left."""
        self._waiting: list[Callable[[], None]] = []
        """What takes a while, and is done once the screen shows that it is being done."""
        self._mode = Mode.INTRO
        """The mode that was drawn last."""
        self._screen = TerminalOutput(open_screen())
        self._keyboard = TerminalInput(sys.stdin)
        self._loop = new_loop(lambda: None)
        self._loop.set_exception_handler(self._note_problem)
        self._problem: BaseException | None = None
        self._app: Application[None] = Application(
            layout=self._layout(),
            key_bindings=StepperKeys(
                self._stepper, self._line, self._settle, self._waiting.append
            ).bindings(),
            style=_style(),
            color_depth=prompt_style.colour_depth(os.environ),
            full_screen=True,
            input=self._keyboard,
            output=self._screen,
            after_render=self._think,
        )
        self._app.ttimeoutlen = 0.05
        self._app.timeoutlen = 0.2
        self._app.terminal_size_polling_interval = None

    def run(self) -> None:
        """Let the student step until the session is left; the terminal is as before afterwards."""
        task = self._loop.create_task(
            self._app.run_async(handle_sigint=False, set_exception_handler=False)
        )
        try:
            self._loop.run_until_complete(asyncio.wait([task]))
        finally:
            # The terminal gets its modes back, whatever ended the screen.
            cut_short(self._loop, task)
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
        typing = Condition(lambda: self._stepper.mode in TYPING)
        line = Window(BufferControl(self._line), height=1)
        label = Window(
            FormattedTextControl(
                lambda: [("class:step.label", _PROMPTS.get(self._stepper.mode, ""))]
            ),
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
        taken = 2 if self._stepper.mode in TYPING else 1
        return max(20, size.columns), max(5, size.rows - taken)

    def _body(self) -> StyleAndTextTuples:
        columns, rows = self._size()
        fragments: StyleAndTextTuples = []
        for line in page(self._stepper, columns, rows):
            fragments += [*_fragments(line), ("", "\n")]
        return fragments[:-1]

    def _foot(self) -> StyleAndTextTuples:
        return _fragments(keys(self._stepper, self._size()[0]))

    # ------------------------------------------------------------------------ looking ahead

    def _settle(self) -> None:
        """Give the keyboard to what the mode needs."""
        self._app.layout.focus(self._focus[self._stepper.mode in TYPING])

    def _think(self, _app: Application[None]) -> None:
        """After each drawing, do what had to wait for it, and look ahead for a slice of time."""
        while self._waiting:
            self._loop.call_soon(self._do, self._waiting.pop(0))
        mode, self._mode = self._mode, self._stepper.mode
        if self._mode == Mode.OUTPUTS != mode:
            # A student who opens this page wants to know more.
            self._left = DEFAULT_BUDGET_SECONDS
        if self._left > 0 and self._mode in READING:
            self._loop.call_soon(self._look)

    def _do(self, action: Callable[[], None]) -> None:
        action()
        self._app.invalidate()

    def _look(self) -> None:
        if self._app.is_done or self._stepper.mode not in READING:
            return
        self._left -= _SLICE_SECONDS
        if not self._session.look(_SLICE_SECONDS):
            self._left = 0
        self._app.invalidate()


def _fragments(line: Line) -> StyleAndTextTuples:
    return [(f"class:step.{piece.style}" if piece.style else "", piece.text) for piece in line]


def _style() -> BaseStyle:
    is_coloured = prompt_style.colour_depth(os.environ) is not ColorDepth.DEPTH_1_BIT
    return Style(list((_STYLE if is_coloured else _WITHOUT_COLOURS).items()))


_PAGE = 15
_FILE = "schedule.txt"


class StepperKeys:
    """The keys of the stepper's screen."""

    def __init__(
        self,
        stepper: StepperController,
        line: Buffer,
        settle: Callable[[], None],
        later: Callable[[Callable[[], None]], None],
    ) -> None:
        """Take what the keys act on.

        Args:
            stepper: the session, and the cursor.
            line: what is typed behind `until` and `save`.
            settle: called after each key: puts the keyboard where it belongs now.
            later: calls a function once the screen has been drawn.
        """
        self._stepper = stepper
        self._line = line
        self._settle = settle
        self._later = later
        self._bindings = KeyBindings()
        self._suggested = -1

    def bindings(self) -> KeyBindings:
        """Return them in the line editor's form."""
        is_reading = self._in(*READING)
        self._add(lambda: self._stepper.show(Mode.STEP), is_reading, "enter", " ", "escape")
        self._moving(is_reading, _PAGE)
        self._moving(self._in(Mode.STEP), 3)
        when = self._in(Mode.STEP)
        stepper = self._stepper
        self._add(stepper.go, when, "enter", " ")
        self._add(stepper.back, when, "b", "left", "backspace")
        self._add(stepper.forward, when, "f", "right")
        self._add(stepper.restart, when, "0", "home")
        self._add(lambda: stepper.show(Mode.RUN), when, "r")
        self._add(lambda: self._type(Mode.UNTIL, ""), when, "u")
        self._add(lambda: self._type(Mode.SAVE, _FILE), when, "s")
        self._add(lambda: stepper.show(Mode.TIMELINE), when, "t")
        self._add(lambda: stepper.show(Mode.OUTPUTS), when, "o")
        self._add(lambda: stepper.show(Mode.HELP), when, "?", "h", "f1")
        for number in range(1, 10):
            self._add(partial(stepper.choose, number), when, str(number))
        self._running(self._in(Mode.RUN))
        self._typing(self._in(*TYPING))
        for key in ("c-c", "c-d", "c-\\", "<sigint>"):
            self._bindings.add(key)(_leave)
        self._bindings.add("q", filter=~self._in(*TYPING))(_leave)
        self._bindings.add("c-z")(_suspend)
        return self._bindings

    def _in(self, *modes: Mode) -> Condition:
        return Condition(lambda: self._stepper.mode in modes)

    def _add(self, action: Callable[[], object], when: Condition, *keys: str) -> None:
        def act(_event: KeyPressEvent) -> None:
            action()
            self._settle()

        for key in keys:
            self._bindings.add(key, filter=when)(act)

    def _moving(self, when: Condition, page: int) -> None:
        self._add(lambda: self._stepper.move(-1), when, "up", "k")
        self._add(lambda: self._stepper.move(1), when, "down", "j")
        self._add(lambda: self._stepper.move(-page), when, "pageup")
        self._add(lambda: self._stepper.move(page), when, "pagedown")

    def _running(self, when: Condition) -> None:
        stepper = self._stepper
        self._add(lambda: stepper.run("turns"), when, "t")
        self._add(lambda: stepper.run("random"), when, "r")
        self._add(self._let_go, when, "f")
        self._add(lambda: stepper.show(Mode.STEP), when, "escape", "b")

    def _let_go(self) -> None:
        self._stepper.show(Mode.STEP)
        self._stepper.say("All processes were let go; three seconds at the most …")
        self._later(lambda: self._stepper.run("free"))

    def _typing(self, when: Condition) -> None:
        until = self._in(Mode.UNTIL)
        self._add(self._typed, when, "enter")
        self._add(lambda: self._stepper.show(Mode.STEP), when, "escape")
        self._add(lambda: self._suggest(-1), until, "up", "s-tab")
        self._add(lambda: self._suggest(1), until, "down", "tab")

    def _type(self, mode: Mode, text: str) -> None:
        self._stepper.show(mode)
        self._suggested = -1
        self._line.text = text
        self._line.cursor_position = len(text)
        if mode == Mode.UNTIL:
            self._suggest(1)

    def _suggest(self, by: int) -> None:
        points = self._stepper.suggestions()
        self._suggested = (self._suggested + by) % len(points)
        self._line.text = points[self._suggested]
        self._line.cursor_position = len(self._line.text)

    def _typed(self) -> None:
        text = self._line.text.strip()
        if not text:
            self._stepper.show(Mode.STEP)
        elif self._stepper.mode == Mode.UNTIL:
            self._stepper.until(text)
        else:
            self._stepper.save(text)


def _leave(event: KeyPressEvent) -> None:
    """Leave. Two keys can come in one read: the second finds the screen done."""
    if not event.app.is_done:
        event.app.exit()


def _suspend(event: KeyPressEvent) -> None:
    event.app.suspend_to_background()
