"""The parts of a lesson that a student has not done yet: questions, the task, the repair.

A question is done when it was answered, right or wrong; a task and a repair when they were solved.
A part that this machine cannot show is never open.
"""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.course.lesson.lesson import Lesson, Question, Step, plain_text, target_of
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.lesson.text_steps import Try
from simpsh.course.teach.teaching_stage import TeachingStage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.course.teach.student_progress import PartKind


def open_parts(lesson: Lesson, stage: TeachingStage) -> Iterator[tuple[int, PartKind]]:
    """Yield the open parts of a lesson: the index of the step, and its kind."""
    settled = stage.progress.position(lesson.id).settled if stage.progress is not None else ()
    for index, step in enumerate(lesson.steps):
        kind = _kind_of(step)
        if kind is None or title_of(step) in settled:
            continue
        run = target_of(lesson, step) if isinstance(step, Question) else step
        if not stage.lacking(run.all_needs):
            yield index, kind


def title_of(step: Step) -> str:
    """Return the text by which an answer or an attempt is stored."""
    return plain_text(step.question if isinstance(step, Question) else step.title)


def _kind_of(step: Step) -> PartKind | None:
    if isinstance(step, Question):
        return "question"
    if isinstance(step, Try):
        return "task"
    return "repair" if isinstance(step, Repair) else None
