"""The kernel's side of a lesson: its output and its questions."""

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

# -- messages between the two processes --------------------------------------------------------


class TakeStep(Record):
    """A request for one step, or for the whole lesson."""

    number: int
    """Counted from 1; 0 begins or continues the whole lesson."""
    with_person: bool = True
    """Whether a user can answer questions."""
    line: str | None = None
    """For a task: the line of the student."""


LessonShown = dict[str, str]
"""Output of the lesson, by MIME type."""


class LessonQuestion(Record):
    """The lesson waits for an answer: a text, or None to leave the question."""

    prompt: str


class LessonDone(Record):
    """The request is done."""

    failed: tuple[str, ...]
    """The claims that did not hold."""


# -- the kernel's side -----------------------------------------------------------------------------


class LessonClient:
    """A process that runs one lesson.

    Raises SimpshError: unknown lesson. OSError: no process or descriptor is left.
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

    def send(
        self, message: TakeStep | str | None, shown: list[LessonShown]
    ) -> LessonQuestion | LessonDone:
        """Send a request, or the answer to the lesson's question; None leaves the question.

        The lesson's output is appended to `shown`.
        """
        self._channel.send(message)
        self.waits_for_answer = False
        while True:
            reply = self._channel.receive()
            if isinstance(reply, dict):
                shown.append(reply)
            elif isinstance(reply, LessonQuestion | LessonDone):
                self.waits_for_answer = isinstance(reply, LessonQuestion)
                return reply
            else:
                raise SimpshError("the lesson has ended unexpectedly; run the cell again")

    def leave_question(self) -> None:
        """Leave the lesson's question, if there is one, without an answer."""
        while self.waits_for_answer:
            self.send(None, [])

    def interrupt(self) -> None:
        """Interrupt the lesson, like ^C."""
        signals.kill(self._pid, SIGINT)

    def end(self) -> None:
        """End the process; a run that it watches ends, too."""
        self._channel.close()
        waitpid(self._pid)
