"""The surroundings of a lesson: the screen, the keyboard, the prompt, the engine.

All of them are parameters, so that checks and tests teach a lesson as a student sees it. Input is
read with the shell's editor, which the command line passes in, or with the kernel's line editing:
termios(3), canonical mode. `^C` and end of input leave the lesson. `^Z` suspends simpsh; the prompt
is shown again when it continues in the foreground.
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
from simpsh.base.wait_status import WaitStatus
from simpsh.console import say
from simpsh.course.claims.claim import Result
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import Running
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.run.search_progress import reporting_to
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.screen.terminal_screen import TerminalScreen
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.kernel.signals import Handled, default_int_handler
from simpsh.process.machine_permits import why_not
from simpsh.view.styled_text import WIDTH, Block, styled, wrapped

_INPUT, _OUTPUT = 0, 1
_LONGEST_LINE = 4096

Mode = Literal["study", "class", "auto"]
"""One student; a class with its instructor; no student."""

ROWS = 22
"""The maximum number of lines between two stops, for the smallest supported window."""

_MANY = 500


class LessonLeft(Exception):
    """The student leaves: `:quit`, `^C`, or the end of the input."""


class GoToStep(Exception):
    """Continue at another step of the lesson, given by its index."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


class TeachingStage(Mutable):
    """The dependencies of a teacher."""

    screen: TerminalScreen
    form: ScreenForm
    ask: Callable[[str], str]
    """Shows a prompt and returns the input; raises LessonLeft."""
    perform: Callable[[Running], Result]
    lacking: Callable[[Sequence[str]], str] = why_not
    """Returns the reason why a need is missing on this machine, or the empty text."""
    prompt: StudentPrompt | None = None
    records: StudentProgress | None = None
    """The store for guesses, votes and positions; None to store nothing."""
    library: Library | None = None
    """The library for questions of other lessons and for the next lesson; may be None."""
    command: str = "simpsh lesson"
    """The beginning of commands in the last lines of a lesson: `run ID` follows."""
    command_end: str = ""
    """The end of such a command: ` --path DIR` for lessons in a user's folder."""
    mode: Mode = "study"

    def command_for(self, words: str) -> str:
        """Return a complete command about lessons that can be copied: `run ID` with its context."""
        return f"{self.command} {words}{self.command_end}"

    @property
    def progress(self) -> StudentProgress | None:
        """The progress of a single student; None for a class or without a student."""
        return self.records if self.mode == "study" else None

    @property
    def rows(self) -> int:
        """The maximum number of lines between two stops here."""
        if self.mode == "auto" or self.form.is_plain:
            return _MANY
        return max(ROWS, self.screen.height - 2)

    @property
    def width(self) -> int:
        """Columns of the screen."""
        return self.screen.width

    @property
    def text_width(self) -> int:
        """The width of texts, limited for readability."""
        return min(WIDTH, self.screen.width)

    def await_result(self, step: Running) -> Result:
        """Run a step; meanwhile show what it does and how far it is."""
        words = step.waiting_words
        self.screen.wait(words)
        with reporting_to(lambda far: self.screen.wait(f"{words} {far}")):
            return self.perform(step)

    def say(self, words: str, style: str = "dim") -> None:
        """Show a sentence."""
        self.show(wrapped(styled(words, style), self.screen.width))

    def show(self, *blocks: Block) -> None:
        """Show blocks below each other."""
        for block in blocks:
            self.screen.show(block)


class StudentPrompt(Protocol):
    """The runs of a student on the terminal of the lesson."""

    def run(self, line: str, calls: frozenset[str]) -> Observation:
        """Run a line in a fresh simpsh, observed with these further calls. Raises SimpshError."""

    def edit(self, command: str, path: str) -> WaitStatus:
        """Open a file in an editor, a command for sh(1); return how the editor ended."""


# Reading a line with the kernel's line editing.


def ask(prompt: str) -> str:
    """Show a prompt and return the typed line without surrounding blanks.

    Raises LessonLeft at `^C` or the end of input.
    """

    def show_again(_number: int, _frame: FrameType | None) -> None:
        if os.isatty(_OUTPUT) and os.tcgetpgrp(_OUTPUT) == os.getpgrp():
            say(prompt)

    # Install the handlers before the prompt, after which ^Z may be pressed at any time.
    with Handled({SIGINT: default_int_handler, SIGCONT: show_again}):
        try:
            # Discard input typed before the question. A pipe is not a terminal.
            with suppress(termios.error):
                termios.tcflush(_INPUT, termios.TCIFLUSH)
            say(prompt)
            # Do not read ahead in a pipe.
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
        # The kernel echoes typed input, but not input from a pipe.
        say(line if line.endswith("\n") else f"{line}\n")
    return line.strip()


def interruptible() -> Handled:
    """Make SIGINT raise KeyboardInterrupt, even if this process inherited another disposition.

    A lesson interrupted during a run is then saved and left as at a stop.
    """
    return Handled({SIGINT: default_int_handler})
