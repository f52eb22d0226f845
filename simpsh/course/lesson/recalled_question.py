"""A question as it is asked again: of another program, or with its choices in another order."""

from __future__ import annotations

from simpsh.base.record import changed
from simpsh.course.claims.demonstration import NO_EDIT
from simpsh.course.lesson.lesson import Lesson, target_of
from simpsh.course.lesson.predict_step import Predict
from simpsh.course.lesson.run_step import Run


def recall_question(lesson: Lesson, index: int, turn: int) -> tuple[Lesson, bool]:
    """Return a lesson whose question at `index` differs from its first time.

    Also return whether its program is another one. `turn` counts from 1 how often it is asked
    again: the author's variants come first, then the program of the lesson.
    """
    steps = list(lesson.steps)
    question = steps[index]
    if not isinstance(question, Predict):
        return lesson, False
    steps[index] = Predict(
        question.question, *question.choices, part=question.part, hint=question.hint, turn=turn
    )
    target = target_of(lesson, question)
    programs = (*question.again, NO_EDIT)
    edit = programs[(turn - 1) % len(programs)]
    if isinstance(target, Run) and edit:
        steps[steps.index(target)] = changed(target, edit=target.edit + edit)
    return changed(lesson, steps=steps), bool(edit)
