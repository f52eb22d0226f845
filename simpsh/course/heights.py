"""How tall and how wide a lesson's screens are: it is taught to nobody, with the longest guesses.

The teacher is the one that teaches students; only the screen counts instead of showing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simpsh.course.asking import Guess, answers
from simpsh.course.expectation import NotThere, Unknown
from simpsh.course.needs import why_not
from simpsh.course.screen.answers import LETTERS
from simpsh.course.screen.drawn import Drawn
from simpsh.course.screen.styled import line_width, plain, stripped, width_of
from simpsh.course.sections import QUESTIONS, target_of
from simpsh.course.stage import ROWS, Stage
from simpsh.course.steps import Ask
from simpsh.course.teacher import Teacher
from simpsh.errors import SimpshError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.course.lesson import Lesson
    from simpsh.course.scene import Result
    from simpsh.course.screen.styled import Block
    from simpsh.course.steps import Question, Running

WIDTH, HEIGHT = 80, 24
_PROMPT_ROOM = 12
"""Columns that what is typed at a prompt may need."""


@dataclass(frozen=True, slots=True)
class Size:
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


def heights(lesson: Lesson, performances: Mapping[str, Result]) -> list[Size]:
    """Return the screens of a lesson that are too tall or too wide, as a student may see them.

    Args:
        lesson: what is taught.
        performances: what performing its steps gave, by their ids; a step without is not shown.
    """
    return [size for size in sizes(lesson, performances) if size.is_too_large]


def sizes(lesson: Lesson, performances: Mapping[str, Result]) -> list[Size]:
    """Return the size of everything between two stops, the longest guess made each time."""
    return _Walk(lesson, performances).sizes()


class _Walk:
    def __init__(self, lesson: Lesson, performances: Mapping[str, Result]) -> None:
        self._lesson = lesson
        self._performances = performances
        self._screen = _Measuring()
        self._found: list[Size] = []
        stage = Stage(self._screen, Drawn(WIDTH), self._ask, self._perform, why_not)
        self._teacher = Teacher(lesson, stage)

    def sizes(self) -> list[Size]:
        self._teacher.teach()
        self._measure(len(self._lesson.steps), "")
        return self._found

    def _perform(self, step: Running) -> Result:
        if step.id not in self._performances:
            raise SimpshError("it was not performed")
        return self._performances[step.id]

    def _ask(self, prompt: str) -> str:
        self._measure(self._teacher.at + 1, prompt)
        step = self._lesson.steps[self._teacher.at]
        is_question = isinstance(step, QUESTIONS) and "Enter if" in prompt
        return self._longest(step) if isinstance(step, QUESTIONS) and is_question else ""

    def _measure(self, step: int, prompt: str) -> None:
        lines, self._screen.lines = self._screen.lines, []
        widest = max(map(line_width, lines), default=0)
        asked = width_of(prompt) + _PROMPT_ROOM if prompt else 0
        rows = len(lines) + (1 if prompt else 0)
        text = "\n".join([*(plain(one) for one in lines), prompt])
        self._found.append(Size(step, rows, max(widest, asked), text))

    def _longest(self, question: Question) -> str:
        """Return the guess that is answered at the greatest length."""
        return max(_guesses(question), key=lambda typed: self._length(question, typed))

    def _length(self, question: Question, typed: str) -> int:
        try:
            result = self._perform(target_of(self._lesson, question))
            choice = LETTERS.index(typed) if not isinstance(question, Ask) else None
            said = answers(
                question, Guess(typed, choice), result, lambda t: self._teacher.fill(question, t)
            )
        except (SimpshError, Unknown, NotThere):
            return 0
        return len(self._teacher.stage.form.answer(said, WIDTH))


def _guesses(question: Question) -> Sequence[str]:
    if isinstance(question, Ask):
        return [*(str(near) for near in question.near), "something else"]
    return LETTERS[: len(question.choices)]
