"""How tall and wide a lesson's screens are: it is taught to no student, with the longest guesses.

The teacher is the one that teaches students; only the screen counts instead of showing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simpsh.base.errors import SimpshError
from simpsh.course.guard.machine_needs import why_not
from simpsh.course.lesson.expectation import NotThere, Result, Unknown
from simpsh.course.lesson.lesson_outline import QUESTIONS, filled, target_of
from simpsh.course.lesson.lesson_steps import Lesson, Running, Try
from simpsh.course.lesson.observation import Observation
from simpsh.course.screen.screen_forms import DrawnForm
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.student_task import task_rows
from simpsh.course.teach.teaching_stage import ROWS, TeachingStage
from simpsh.view.styled_text import Block, line_width, plain, stripped, width_of

WIDTH, HEIGHT = 80, 24
_PROMPT_ROOM = 12
"""Columns that what is typed at a prompt may need."""


@dataclass(frozen=True, slots=True)
class ScreenSize:
    """The lines between two stops."""

    step: int
    """The number of the step at whose stop they end, from 1."""
    rows: int
    """How many, with the prompt's own."""
    width: int
    """Columns of the longest."""
    text: str
    """What they say."""

    @property
    def is_too_large(self) -> bool:
        """Whether it does not fit 22 lines of 80 columns."""
        return self.rows > ROWS or self.width > WIDTH

    def __str__(self) -> str:
        return f"step {self.step}: {self.rows} lines of {self.width} columns"


@dataclass(slots=True)
class _Measuring:
    """A screen of 80 columns that only keeps what is shown on it."""

    width: int = WIDTH
    height: int = HEIGHT
    lines: Block = field(default_factory=list)

    def show(self, block: Block) -> None:
        self.lines.extend(stripped(one) for one in block)

    def wait(self, words: str) -> None:
        """Nothing is waited for."""


def heights(lesson: Lesson, performances: Mapping[str, Result]) -> list[ScreenSize]:
    """Return the screens of a lesson that are too tall or too wide, as a student may see them.

    Args:
        lesson: what is taught.
        performances: what performing its steps gave, by their ids; a step without is not shown.
    """
    return [size for size in sizes(lesson, performances) if size.is_too_large]


def sizes(lesson: Lesson, performances: Mapping[str, Result]) -> list[ScreenSize]:
    """Return the size of everything between two stops, the longest guess made each time."""
    return _MeasuredTeaching(lesson, performances).sizes()


def task_height(lesson: Lesson, step: Try, seen: Observation) -> int:
    """Return how many lines a task takes with what a student's line did, and the next prompt."""
    task = filled(lesson, step, step.task)
    return task_rows(DrawnForm(WIDTH), _Measuring(), step, task, seen)


class _MeasuredTeaching:
    def __init__(self, lesson: Lesson, performances: Mapping[str, Result]) -> None:
        self._lesson = lesson
        self._performances = performances
        self._screen = _Measuring()
        self._found: list[ScreenSize] = []
        stage = TeachingStage(self._screen, DrawnForm(WIDTH), self._ask, self._perform, why_not)
        self._teacher = Teacher(lesson, stage)

    def sizes(self) -> list[ScreenSize]:
        self._teacher.teach()
        self._measure(len(self._lesson.steps), "")
        return self._found

    def _perform(self, step: Running) -> Result:
        if step.id not in self._performances:
            raise SimpshError("it was not performed")
        return self._performances[step.id]

    def _ask(self, prompt: str) -> str:
        """Answer a prompt with Enter, a question with the guess that is answered at most length."""
        place = self._teacher.stop.step
        self._measure(place + 1, prompt)
        question = self._lesson.steps[place]
        if not isinstance(question, QUESTIONS) or "Enter if" not in prompt:
            return ""
        try:
            result = self._perform(target_of(self._lesson, question))
            return self._teacher.questions.longest_guess(place, result).said
        except (SimpshError, Unknown, NotThere):
            return ""

    def _measure(self, step: int, prompt: str) -> None:
        lines, self._screen.lines = self._screen.lines, []
        widest = max(map(line_width, lines), default=0)
        asked = width_of(prompt) + _PROMPT_ROOM if prompt else 0
        rows = len(lines) + (1 if prompt else 0)
        text = "\n".join([*(plain(one) for one in lines), prompt])
        self._found.append(ScreenSize(step, rows, max(widest, asked), text))
