"""Setting the stage for the command line: the form of the screen, the keyboard, who performs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.course import reading
from simpsh.course.stage import Stage
from simpsh.course.teacher import Teacher, resumed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simpsh.course.lesson import Lesson
    from simpsh.course.loading import Library
    from simpsh.course.progress import Progress
    from simpsh.course.prompting import Prompt
    from simpsh.course.scene import Result
    from simpsh.course.screen.form import Form
    from simpsh.course.stage import Mode, Screen
    from simpsh.course.steps import Running


def wants_plain(variables: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the plain form is the better one without being asked for: TERM=dumb."""
    return variables.get("TERM", "dumb") in ("", "dumb")


def form_for(width: int, *, is_plain: bool) -> Form:
    """Return the form of the screen."""
    if is_plain:
        from simpsh.course.screen.plain import Plain

        return Plain()
    from simpsh.course.screen.drawn import Drawn

    return Drawn(width)


def terminal_screen() -> Screen:
    """Return the terminal; rich is loaded only now."""
    from simpsh.course.screen.rendering import TerminalScreen

    return TerminalScreen()


def stage_for(
    library: Library,
    *,
    mode: Mode = "study",
    is_plain: bool = False,
    progress: Progress | None = None,
    prompt: Prompt | None = None,
    perform: Callable[[Running], Result] | None = None,
) -> Stage:
    """Return a stage on this terminal.

    Args:
        library: where other lessons are found.
        mode: study, live or auto.
        is_plain: sentences in place of pictures.
        progress: where the student's progress is kept; None for nowhere.
        prompt: simpsh's own, for tasks; None where there is no terminal.
        perform: runs a step; by default simpsh.course.performing.
    """
    from simpsh.course.needs import why_not

    screen = terminal_screen()
    return Stage(
        screen,
        form_for(screen.width, is_plain=is_plain),
        reading.ask,
        perform or _perform,
        why_not,
        prompt=prompt,
        progress=progress,
        find=library.find,
        follows=lambda lesson: _after(library, lesson),
        mode=mode,
    )


def _perform(step: Running) -> Result:
    from simpsh.course import performing

    return performing.perform(step)


def _after(library: Library, lesson: str) -> str:
    ids = library.ids
    place = ids.index(lesson) + 1 if lesson in ids else len(ids)
    return ids[place] if place < len(ids) else ""


def teach(lesson: Lesson, stage: Stage, start: int | None = None) -> bool:
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
    with reading.interruptible():
        return Teacher(lesson, stage).teach(start)
