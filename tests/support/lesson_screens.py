"""The sizes of the screens of our own lessons: 22 rows of 80 columns, and 24 for a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simpsh.base.errors import SimpshError
from simpsh.base.screen_cells import width_of
from simpsh.course.claims.expectation import Result
from simpsh.course.lesson.lesson import Lesson, Question, Running
from simpsh.course.lesson.try_step import Try
from simpsh.course.run.line_orders import LineVerdict
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.student_task import effect
from simpsh.course.teach.teaching_stage import ROWS, TeachingStage
from simpsh.view.styled_text import line_width, plain, stripped

_MOST_GUESSES = 4
_PROMPT_ROOM = 12
"""Columns for the text that is typed at a prompt."""
_COUNTED_OUTPUT = 4
"""Only some rows of a long output count, because its length may depend on the machine."""


class Measuring:
    """A screen of 80 columns that records the shown lines."""

    width, height = 80, 24

    def __init__(self):
        self.lines = []

    def show(self, block):
        """Record the lines."""
        self.lines += [stripped(row) for row in block]

    def wait(self, words):
        """Do nothing."""


def screens(
    lesson: Lesson, results: Mapping[str, Result], guess: int = 0
) -> list[tuple[int, int, int, str]]:
    """Return step, rows, columns and text of each screen; each question gets the same guess."""
    screen, found, asked = Measuring(), [], []

    def perform(step: Running) -> Result:
        if step.id not in results:
            raise SimpshError("it was not performed")
        return results[step.id]

    def measure(step: int, prompt: str) -> None:
        lines, screen.lines = screen.lines, []
        widths = [*map(line_width, lines), width_of(prompt) + _PROMPT_ROOM if prompt else 0]
        text = "\n".join([*map(plain, lines), prompt])
        found.append((step, len(lines) + bool(prompt), max(widths), text))

    def ask(prompt: str) -> str:
        measure(teacher.stop.step + 1, prompt)
        question = lesson.steps[teacher.stop.step]
        if not isinstance(question, Question) or "Enter if" not in prompt:
            return ""
        # A question for a number asks again if it gets no number.
        guesses = [text for text in question.guesses() if text != "?" or not question.takes_number]
        index = guess + asked.count(question)
        asked.append(question)
        return guesses[index % len(guesses)]

    teacher = Teacher(lesson, TeachingStage(screen, ScreenForm(screen.width), ask, perform))
    teacher.teach()
    measure(len(lesson.steps), "")
    return found


def large_screens(lesson: Lesson, results: Mapping[str, Result]) -> Iterator[str]:
    """Describe each screen that is too large, whatever the student guesses."""
    for guess in range(_MOST_GUESSES):
        for step, rows, width, _ in screens(lesson, results, guess):
            if rows > ROWS or width > Measuring.width:
                yield f"step {step} has {rows} lines of {width} columns"


def task_rows(task: Try, words: str, verdict: LineVerdict) -> int:
    """Count the rows for a typed line, the picture of its effect, and the next prompt."""
    form, screen = ScreenForm(Measuring.width), Measuring()
    printed = min(len(verdict.seen.output.splitlines()), _COUNTED_OUTPUT)
    block = effect(form, screen, task, words, verdict)
    # A blank line, the typed line, the prompt, and the line below it.
    return len(form.text(words, screen.width)) + printed + len(block) + 4
