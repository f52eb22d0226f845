"""A question that surprised comes back once at the start of another lesson, until it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import asking
from simpsh.course.commands import Go
from simpsh.course.expectation import NotThere, Unknown
from simpsh.course.progress import Surprise
from simpsh.course.screen.styled import styled
from simpsh.course.sections import QUESTIONS, target_of
from simpsh.errors import SimpshError

if TYPE_CHECKING:
    from simpsh.course.lesson import Lesson
    from simpsh.course.progress import Progress
    from simpsh.course.stage import Stage
    from simpsh.course.steps import Question
    from simpsh.course.teacher import Teacher


def ask_again(teacher: Teacher) -> None:
    """Ask the oldest question that waits, with its code; then say why, without the picture.

    Raises:
        Left: the student went away.
    """
    stage, progress = teacher.stage, teacher.stage.progress
    if stage.mode != "study" or progress is None or stage.find is None:
        return
    for surprise in list(progress.record.surprises):
        if surprise.lesson == teacher.lesson.id:
            continue
        found = _found(stage, surprise)
        if found is None:
            # The lesson has gone or asks something else now.
            progress.settle(surprise)
            continue
        _ask(teacher, found[0], found[1], progress, surprise)
        return


def _found(stage: Stage, surprise: Surprise) -> tuple[Lesson, int] | None:
    try:
        lesson = stage.find(surprise.lesson) if stage.find is not None else None
    except SimpshError:
        return None
    if lesson is None:
        return None
    for place, step in enumerate(lesson.steps):
        if isinstance(step, QUESTIONS) and step.question == surprise.question:
            return lesson, place
    return None


def _ask(
    teacher: Teacher, lesson: Lesson, place: int, progress: Progress, surprise: Surprise
) -> None:
    stage = teacher.stage
    other = type(teacher)(lesson, stage)
    other.is_keeping = False
    other.at = place
    stage.show([styled(f"First, a question from “{lesson.title}”:", "italic"), ()])
    question: Question = lesson.steps[place]  # type: ignore[assignment]  # found as a question
    try:
        target = target_of(lesson, question)
        if stage.lacking(needs_of_target(target)):
            return
        other.question(place, question)
        result = other.result_of(target)
        guess = other.guesses[place]
        other.answer(place, question, result)
        if guess.said and not asking.surprised(question, guess, result):
            progress.settle(surprise)
        else:
            progress.postpone(surprise)
    except Go:
        progress.postpone(surprise)
    except (SimpshError, Unknown, NotThere):
        progress.postpone(surprise)
    stage.show([styled("Now the lesson.", "italic"), ()])


def needs_of_target(target: object) -> tuple[str, ...]:
    """Return what a run needs of the machine."""
    from simpsh.course.needs import needs_of

    return needs_of(target)  # type: ignore[arg-type]  # a step of the lesson
