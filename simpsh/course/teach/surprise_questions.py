"""Questions that surprised come back at the start of another lesson, until they are right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from simpsh.base.errors import SimpshError
from simpsh.course.guard.machine_needs import needs_of
from simpsh.course.lesson.expectation import NotThere, Unknown
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.lesson_outline import QUESTIONS, target_of
from simpsh.course.lesson.lesson_steps import Lesson, Question
from simpsh.course.teach.code_presenter import CodePresenter
from simpsh.course.teach.lesson_questions import LessonQuestions
from simpsh.course.teach.lesson_stop import CONTINUE, LessonStop
from simpsh.course.teach.student_progress import StudentProgress, Surprise
from simpsh.course.teach.teaching_stage import GoToStep, TeachingStage
from simpsh.view.styled_text import styled

AT_ONCE = 2
"""How many questions come back before a lesson, at most."""
_ONE = "1 question from an earlier lesson comes"


def remember_surprises(
    stage: TeachingStage, lesson: Lesson, surprising: Sequence[Question]
) -> None:
    """Let these questions of a lesson come back; a class has no progress of its own."""
    if stage.progress is not None and stage.mode == "study":
        for question in surprising:
            stage.progress.remember_surprise(Surprise(lesson.id, question.question))


def surprises_sentence(stage: TeachingStage, lesson: Lesson) -> str:
    """Return how many questions of a lesson come back; nothing if none does."""
    if stage.progress is None or stage.mode != "study":
        return ""
    mine = sum(one.lesson == lesson.id for one in stage.progress.record.surprises)
    if not mine:
        return ""
    if mine == 1:
        return "The question that surprised you comes back before another lesson."
    return f"{mine} questions that surprised you come back before other lessons."


def ask_surprises(stage: TeachingStage, before: Lesson) -> None:
    """Ask the oldest questions that wait, with their code; then say why, without the picture.

    They are announced, and counted apart from the steps of the lesson.

    Args:
        stage: where.
        before: the lesson that is about to begin; its own questions wait for another one.

    Raises:
        LessonLeft: the student went away.
    """
    progress = stage.progress
    if stage.mode != "study" or progress is None or stage.library is None:
        return
    found = list(islice(_waiting(stage, progress, stage.library, before), AT_ONCE))
    if not found:
        return
    many = len(found)
    which = f"{many} questions from earlier lessons come" if many > 1 else _ONE
    stage.show([styled(f"{which} back first.", "bold"), ()])
    for number, (surprise, lesson, place) in enumerate(found, 1):
        stop = LessonStop(lesson, stage, place, f"again {number}/{many}")
        is_right = _is_answered_right(stage, lesson, place, stop)
        (progress.settle if is_right else progress.postpone)(surprise)
        if is_right is not None:
            with suppress(GoToStep):
                stop.wait(CONTINUE)
    stage.show([styled("Now the lesson.", "bold"), ()])


def _waiting(
    stage: TeachingStage, progress: StudentProgress, library: Library, before: Lesson
) -> Iterator[tuple[Surprise, Lesson, int]]:
    """Yield the questions that can be asked here: each with its lesson, and its step from 0."""
    for surprise in list(progress.record.surprises):
        if surprise.lesson == before.id:
            continue
        found = _found(library, surprise)
        if found is None:
            # The lesson has gone or asks something else now.
            progress.settle(surprise)
        elif _can_run(stage, *found):
            yield surprise, *found


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


def _can_run(stage: TeachingStage, lesson: Lesson, place: int) -> bool:
    """Return whether what answers a question can run on this machine."""
    try:
        return not stage.lacking(needs_of(target_of(lesson, _question(lesson, place))))
    except SimpshError:
        return False


def _question(lesson: Lesson, place: int) -> Question:
    question: Question = lesson.steps[place]  # type: ignore[assignment]  # found as a question
    return question


def _is_answered_right(
    stage: TeachingStage, lesson: Lesson, place: int, stop: LessonStop
) -> bool | None:
    """Ask a question of another lesson, and answer it by a run; None: it was passed over."""
    stage.show([styled(f"From “{lesson.title}”:", "italic"), ()])
    try:
        questions = LessonQuestions(lesson, stage, stop, CodePresenter(stage))
        questions.ask(place)
        result = stage.perform(target_of(lesson, _question(lesson, place)))
        questions.answer(place, result)
        questions.note(place, result)
    except GoToStep:
        stage.show([()])
        return None
    except (SimpshError, Unknown, NotThere):
        return None
    return questions.is_right(place, result) is True
