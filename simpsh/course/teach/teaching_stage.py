"""What is around a lesson while it is taught: the screen, the keyboard, the prompt, the engine.

Everything comes in from outside, so that a lesson is measured (`course_check`) and tested exactly
as it is taught. A line at a stop is read with the shell's editor, which the command line brings, or
here with the kernel's own line editing: termios(3), canonical mode. `^C` and end of input leave the
lesson; `^Z` suspends simpsh as it does any program, and the prompt is shown again when it continues
in the foreground.
"""

from __future__ import annotations

import os
import termios
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Literal, Protocol

from simpsh.base.record import Mutable
from simpsh.base.signal_names import SIGCONT, SIGINT
from simpsh.console import say
from simpsh.course.claims.expectation import Result
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import Running
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.screen.terminal_screen import TerminalScreen
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.kernel.signals import Handled, default_int_handler
from simpsh.process.machine_permits import why_not
from simpsh.view.styled_text import WIDTH, Block, styled, wrapped

_INPUT, _OUTPUT = 0, 1
_LONGEST_LINE = 4096

Mode = Literal["study", "live", "auto"]
"""One student; a class and its instructor; no student at all."""

ROWS = 22
"""The most lines between two stops, in the smallest window that the course is made for."""

_MANY = 500
_MORE = "[more] Enter continues, q leaves "


class LessonLeft(Exception):
    """The student has left: `:quit`, `^C`, or the end of the input."""


class GoToStep(Exception):
    """Continue at another step of the lesson, from 0."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


class TeachingStage(Mutable):
    """Everything that a teacher needs."""

    screen: TeachingScreen
    form: ScreenForm
    ask: Callable[[str], str]
    """Shows a prompt and returns what was typed; raises LessonLeft."""
    perform: Callable[[Running], Result]
    lacking: Callable[[Sequence[str]], str] = why_not
    """Says why one of these needs is missing on this machine; empty if none is."""
    prompt: StudentPrompt | None = None
    records: StudentProgress | None = None
    """Where guesses and votes are kept, and the places of a student; None where nothing is."""
    library: Library | None = None
    """Where other lessons are found: for their questions, and the one that follows."""
    command: str = "simpsh lesson"
    """What begins a command about lessons here, for the last lines: `run ID` follows."""
    command_end: str = ""
    """What ends such a command: ` --path DIR` where lessons of one's own are taken."""
    mode: Mode = "study"
    turns_pages: bool = False
    """Whether what is taller than the window waits for Enter, where the form does not bound it."""
    _shown: int = 0
    """How many lines have been shown since the last stop."""

    def command_for(self, words: str) -> str:
        """Return a command about lessons that can be copied and works here: `run ID` in full."""
        return f"{self.command} {words}{self.command_end}"

    @property
    def progress(self) -> StudentProgress | None:
        """The progress of the one student who learns; None for a class, or for nobody."""
        return self.records if self.mode == "study" else None

    @property
    def rows(self) -> int:
        """The most lines between two stops in this window; many where no student turns pages."""
        if self.mode == "auto" or self.form.is_plain:
            return _MANY
        return max(ROWS, self.screen.height - 2)

    @property
    def width(self) -> int:
        """Columns of the screen."""
        return self.screen.width

    @property
    def text_width(self) -> int:
        """Columns of a text that is not too wide to be read."""
        return min(WIDTH, self.screen.width)

    def say(self, words: str, style: str = "dim") -> None:
        """Show a sentence."""
        self.show(wrapped(styled(words, style), self.screen.width))

    def answer(self, prompt: str) -> str:
        """Stop: show a prompt and return what was typed; raises LessonLeft."""
        typed = self.ask(prompt)
        self.begin_page()
        return typed

    def begin_page(self) -> None:
        """Count lines anew: the student has typed something, and has seen what is above it."""
        self._shown = 0

    def show(self, *blocks: Block) -> None:
        """Show blocks, one below the other; raises LessonLeft where pages are turned."""
        for block in blocks:
            # The prompt needs a line.
            page = max(1, self.screen.height - 1)
            rest = block
            while self.turns_pages and self.form.is_plain and self._shown + len(rest) > page:
                # What fits into a page of its own is not divided.
                room = 0 if self._shown and len(rest) <= page else max(0, page - self._shown)
                self.screen.show(rest[:room])
                rest = rest[room:]
                if self.answer(_MORE).strip() in ("q", ":quit"):
                    raise LessonLeft
            self.screen.show(rest)
            self._shown += len(rest)


class TeachingScreen(Protocol):
    """Where lines are shown; they stay, and scroll."""

    @property
    def width(self) -> int:
        """Columns now."""

    @property
    def height(self) -> int:
        """Lines now."""

    def show(self, block: Block) -> None:
        """Show lines."""

    def wait(self, words: str) -> None:
        """Say what is being waited for, for as long as it lasts."""


class StudentPrompt(Protocol):
    """The real prompt of simpsh, on the terminal on which the lesson is taught."""

    def attempt(self, command: Callable[[str], bool]) -> tuple[str, Observation] | None:
        """Let the student type one line into a simpsh that is watched from outside, and run it.

        The same simpsh continues at the next attempt, with its jobs and variables, until finish().
        A line that begins with a colon is given to `command`, which returns whether to ask again.

        Returns:
            The line and what was seen of it, the shell's own forks included; None where a
            command ended the asking.

        Raises LessonLeft: `^D`, or `exit`. NotTraceable, OSError: the kernel does not permit it, or
        no process can be made.
        """

    def program(self) -> str:
        """Return the program that is there already, in a notebook's cell; empty for none."""

    def edit(self, path: str) -> None:
        """Open a file in the student's editor, and come back when the editor ends."""

    def finish(self) -> None:
        """End the simpsh of the attempts, and its jobs; nothing happens if there is none."""

    def free(self) -> None:
        """Give the student a shell; come back when it ends."""


# Reading a line with the kernel's own line editing.


def ask(prompt: str) -> str:
    """Show a prompt and return the line that is typed, without blanks around it.

    It raises LessonLeft at `^C` or at the end of the input.
    """

    def show_again(_number: int, _frame: FrameType | None) -> None:
        if os.isatty(_OUTPUT) and os.tcgetpgrp(_OUTPUT) == os.getpgrp():
            say(prompt)

    # Who sees the prompt may press ^Z at once: the handlers are there before it.
    with Handled({SIGINT: default_int_handler, SIGCONT: show_again}):
        try:
            # What was typed before the question is no answer to it. A pipe is no terminal.
            with suppress(termios.error):
                termios.tcflush(_INPUT, termios.TCIFLUSH)
            say(prompt)
            # A shell opened at the next stop may want the rest of a pipe: nothing is read ahead.
            size = _LONGEST_LINE if os.isatty(_INPUT) else 1
            data = b""
            while not data.endswith(b"\n") and (part := os.read(_INPUT, size)):
                data += part
            line = os.fsdecode(data)
        except KeyboardInterrupt:
            say("\n")
            raise LessonLeft from None
    if not line:
        say("\n")
        raise LessonLeft
    if not os.isatty(_INPUT):
        # The kernel echoes what is typed; nothing echoes what comes from a pipe.
        say(line if line.endswith("\n") else f"{line}\n")
    return line.strip()


def interruptible() -> Handled:
    """Let SIGINT raise KeyboardInterrupt, also where this process began with another disposition.

    A lesson that is left while it runs something is left as at a stop: saved, in one line.
    """
    return Handled({SIGINT: default_int_handler})


# The stage of the command line.


def stage_for(
    library: Library,
    *,
    mode: Mode = "study",
    is_plain: bool = False,
    records: StudentProgress | None = None,
    prompt: StudentPrompt | None = None,
    perform: Callable[[Running], Result] | None = None,
) -> TeachingStage:
    """Return a stage on this terminal.

    Without `records` nothing is kept. A prompt is simpsh's own, for tasks: there is none without a
    terminal, or without a student. By default a step itself is what performs it.
    """
    screen = TerminalScreen()
    return TeachingStage(
        screen,
        ScreenForm(screen.width, is_plain=is_plain),
        ask,
        perform or (lambda step: step.perform()),
        prompt=prompt,
        records=records,
        library=library,
        mode=mode,
        turns_pages=mode != "auto" and os.isatty(0) and os.isatty(1),
    )
