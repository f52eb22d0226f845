"""Setting up the teaching for the command line: the form, the keyboard, who performs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from simpsh.course.guard.machine_needs import why_not
from simpsh.course.lesson.expectation import Result
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.lesson_outline import resumed
from simpsh.course.lesson.lesson_steps import Lesson, Running
from simpsh.course.run import step_performance
from simpsh.course.screen.screen_forms import DrawnForm, PlainForm
from simpsh.course.screen.terminal_screen import TerminalScreen
from simpsh.course.teach import teaching_stage
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.course.teach.teaching_stage import Mode, StudentPrompt, TeachingStage


def wants_plain(variables: Mapping[str, str] = os.environ) -> bool:
    """Return whether the plain form is the better one without being asked for: TERM=dumb."""
    return variables.get("TERM", "dumb") in ("", "dumb")


def stage_for(
    library: Library,
    *,
    mode: Mode = "study",
    is_plain: bool = False,
    progress: StudentProgress | None = None,
    prompt: StudentPrompt | None = None,
    perform: Callable[[Running], Result] | None = None,
) -> TeachingStage:
    """Return a stage on this terminal.

    Args:
        library: where other lessons are found.
        mode: study, live or auto.
        is_plain: sentences in place of pictures.
        progress: where the student's progress is kept; None for nowhere.
        prompt: simpsh's own, for tasks; None where there is no terminal, or no student.
        perform: runs a step; by default simpsh.course.run.step_performance.
    """
    screen = TerminalScreen()
    return TeachingStage(
        screen,
        PlainForm() if is_plain else DrawnForm(screen.width),
        teaching_stage.ask,
        perform or step_performance.perform,
        why_not,
        prompt=prompt,
        progress=progress,
        records=progress,
        library=library,
        mode=mode,
        turns_pages=mode != "auto" and os.isatty(0) and os.isatty(1),
    )


def teach(lesson: Lesson, stage: TeachingStage, start: int | None = None) -> bool:
    """Teach a lesson, by default from where the student stopped the last time.

    Args:
        lesson: what is taught.
        stage: where.
        start: the step to begin at, from 0; None for where one stopped.

    Returns:
        Whether the end was reached.
    """
    if start is None:
        place = stage.progress.place(lesson.id) if stage.progress is not None else None
        start = resumed(lesson, place.step, place.question) if place is not None else 0
    with teaching_stage.interruptible():
        return Teacher(lesson, stage, start).teach()
