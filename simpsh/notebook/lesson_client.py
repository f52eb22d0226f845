"""The lesson of a kernel, as the kernel has it: what it shows, and what it asks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGINT
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, open_file
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.worker import start_simpsh

# -- what the two processes tell each other --------------------------------------------------------


class TakeStep(Record):
    """The kernel asks for one step, or for the whole lesson."""

    number: int
    """Counted from 1; 0 begins the whole lesson, or goes on where it was left."""
    with_person: bool = True
    """Whether a person can be asked."""
    line: str | None = None
    """For a task: what the student types."""


LessonShown = dict[str, str]
"""The lesson shows something, by MIME type."""


class LessonQuestion(Record):
    """The lesson waits for an answer: a text, or None to leave it without one."""

    prompt: str


class LessonDone(Record):
    """What was asked for is done."""

    failed: tuple[str, ...]
    """The claims that did not hold."""


# -- the kernel's side -----------------------------------------------------------------------------


class LessonClient:
    """A process that has one lesson.

    Raises SimpshError: there is no such lesson. OSError: no process or descriptor is left.
    """

    def __init__(
        self, name: str, environment: Mapping[str, str], folders: Sequence[str] = ()
    ) -> None:
        options = [word for folder in folders for word in ("--path", folder)]
        words = ["jupyter", "lesson", "3", name, *options]
        nothing = open_file(os.devnull, os.O_RDWR)
        self._pid, self._channel = start_simpsh(words, environment, {0: nothing})
        close(nothing)
        self.waits_for_answer = False
        hello = self._channel.receive()
        if not isinstance(hello, str):
            self.end()
            raise hello if isinstance(hello, SimpshError) else SimpshError("it cannot be loaded")
        self.id = hello

    def tell(
        self, told: TakeStep | str | None, shown: list[LessonShown]
    ) -> LessonQuestion | LessonDone:
        """Have a step taken, or answer the question that the lesson waits with: None leaves it.

        What the lesson shows is put into `shown`.
        """
        self._channel.send(told)
        self.waits_for_answer = False
        while True:
            message = self._channel.receive()
            if isinstance(message, dict):
                shown.append(message)
            elif isinstance(message, LessonQuestion | LessonDone):
                self.waits_for_answer = isinstance(message, LessonQuestion)
                return message
            else:
                raise SimpshError("the lesson has ended without a word; the next cell begins anew")

    def leave_question(self) -> None:
        """Let the question go unanswered with which it waits, if it does."""
        while self.waits_for_answer:
            self.tell(None, [])

    def interrupt(self) -> None:
        """Have it leave what it does, as by ^C."""
        signals.kill(self._pid, SIGINT)

    def end(self) -> None:
        """End the process; a run that it watches ends with it."""
        self._channel.close()
        waitpid(self._pid)
