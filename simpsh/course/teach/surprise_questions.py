"""A question that surprised comes back once at the start of another lesson, until it is right."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import counted
from simpsh.course.guard.machine_needs import needs_of
from simpsh.course.lesson.expectation import NotThere, Unknown
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.lesson_outline import QUESTIONS, target_of
from simpsh.course.lesson.lesson_steps import Lesson, Question
from simpsh.course.teach.code_presenter import CodePresenter
from simpsh.course.teach.lesson_questions import LessonQuestions
from simpsh.course.teach.lesson_stop import LessonStop
from simpsh.course.teach.student_progress import Surprise
from simpsh.course.teach.teaching_stage import GoToStep, TeachingStage
from simpsh.view.styled_text import styled


def remember_surprises(
    stage: TeachingStage, lesson: Lesson, surprising: Sequence[Question]
) -> None:
    """Let these questions of a lesson come back; a class has no progress of its own."""
    if stage.progress is not None and stage.mode == "study":
        for question in surprising:
            stage.progress.remember_surprise(Surprise(lesson.id, question.question))


def surprises_sentence(stage: TeachingStage, lesson: Lesson, *, has_guesses: bool) -> str:
    """Return how many questions of a lesson come back; nothing if none was answered."""
    if stage.progress is None or stage.mode != "study":
        return ""
    mine = [one for one in stage.progress.record.surprises if one.lesson == lesson.id]
    if len(mine) == 1:
        return "The question that surprised you comes back at the start of another lesson."
    if mine:
        count = counted(len(mine), "question")
        return f"{count} that surprised you come back, each at the start of another lesson."
    return "Nothing surprised you here." if has_guesses else ""


def ask_surprise(stage: TeachingStage, before: Lesson) -> None:
    """Ask the oldest question that waits, with its code; then say why, without the picture.

    Args:
        stage: where.
        before: the lesson that is about to begin; its own questions wait for another one.

    Raises:
        LessonLeft: the student went away.
    """
    progress = stage.progress
    if stage.mode != "study" or progress is None or stage.library is None:
        return
    for surprise in list(progress.record.surprises):
        if surprise.lesson == before.id:
            continue
        found = _found(stage.library, surprise)
        if found is None:
            # The lesson has gone or asks something else now.
            progress.settle(surprise)
            continue
        is_right = _is_answered_right(stage, *found)
        if is_right is not None:
            (progress.settle if is_right else progress.postpone)(surprise)
            stage.show([styled("Now the lesson.", "italic"), ()])
        return


def _found(library: Library, surprise: Surprise) -> tuple[Lesson, int] | None:
    """Return the lesson and the step of a question, if it is still asked."""
    try:
        lesson = library.find(surprise.lesson)
    except SimpshError:
        return None
    for place, step in enumerate(lesson.steps):
        if isinstance(step, QUESTIONS) and step.question == surprise.question:
            return lesson, place
    return None


def _is_answered_right(stage: TeachingStage, lesson: Lesson, place: int) -> bool | None:
    """Ask a question of another lesson; return None where what answers it cannot run here."""
    question: Question = lesson.steps[place]  # type: ignore[assignment]  # found as a question
    stage.show([styled(f"First, a question from “{lesson.title}”:", "italic"), ()])
    try:
        target = target_of(lesson, question)
        if stage.lacking(needs_of(target)):
            return None
        stop = LessonStop(lesson, stage, place)
        questions = LessonQuestions(lesson, stage, stop, CodePresenter(stage))
        questions.ask(place)
        result = stage.perform(target)
        questions.answer(place, result)
    except (GoToStep, SimpshError, Unknown, NotThere):
        return False
    return questions.is_right(place, result) is True
