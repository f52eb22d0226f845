"""A lesson, or an exercise, as a notebook file: nbformat 4.5, for the kernel simpsh."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.errors import UsageProblem
from simpsh.course.lesson.lesson import Lesson, filled
from simpsh.grade.exercises.exercise import Exercise
from simpsh.grade.exercises.exercise_catalogue import ExerciseFolder
from simpsh.grade.exercises.exercise_judge import trials_of
from simpsh.grade.reports.grade_marks import number
from simpsh.shell.builtins.builtin_support import quoted
from simpsh.view.styled_text import marked, plain

_KERNEL: Mapping[str, object] = {
    "kernelspec": {"name": "simpsh", "display_name": "simpsh", "language": "simpsh"},
    "language_info": {"name": "simpsh", "file_extension": ".sh", "mimetype": "text/x-sh"},
}
_INSTRUCTIONS = (
    "Run each cell with Shift-Enter, from top to bottom. Guess before you run what is asked; the "
    "processes below are real. (Kernel: `pip install 'simpsh[jupyter]'`, `simpsh jupyter install`.)"
)
_WIDTH = 76
_END = "END_OF_PROGRAM"

Cell = dict[str, object]


def lesson_notebook(
    lessons: Sequence[Lesson], title: str = "", folders: Sequence[str] = ()
) -> dict[str, object]:
    """Return lessons as one notebook that can be run from top to bottom."""
    cells = [_text(f"# {title or lessons[0].title}\n\n{_INSTRUCTIONS}")]
    end = "".join(f" --path {quoted(folder)}" for folder in folders)
    for lesson in lessons:
        cells += _cells_of(lesson, end, has_title=len(lessons) > 1)
    return _notebook(cells)


def _cells_of(lesson: Lesson, end: str, *, has_title: bool) -> Iterator[Cell]:
    if has_title:
        yield _text(f"## {lesson.title}")
    for index, step in enumerate(lesson.steps, 1):
        cell = step.cell()
        text = filled(lesson, step, cell.text)
        if cell.is_text:
            yield _text(text)
            continue
        words = "\n".join(f"# {line}" for line in textwrap.wrap(plain(marked(text)), _WIDTH))
        yield _code(f"%lesson {lesson.id} step {index}{end}\n{words}{cell.below}")
    paragraphs = [f"**What it is good for.** {lesson.good_for}"] if lesson.good_for else []
    paragraphs.append(f"**Remember.** {lesson.remember}")
    if lesson.read_on:
        paragraphs.append(f"**Read on.** {' · '.join(lesson.read_on)}")
    if lesson.exercise:
        command = f"simpsh lesson notebook --exercise {lesson.exercise}"
        paragraphs.append(f"**The exercise** that belongs to it, as a notebook: `{command}`")
    yield _text("\n\n".join(paragraphs))


def exercise_notebook(exercise: Exercise, folder: ExerciseFolder) -> dict[str, object]:
    """Return an exercise as a notebook with nbgrader's metadata; UsageProblem for a shell's."""
    points = sum(asked.points for trial in trials_of(exercise) for asked in trial.asks)
    if not points:
        raise UsageProblem(f"{exercise.id}: what it asks of a shell is judged at a terminal only")
    end = "py" if folder.file("start.py") else "c"
    file = f"{exercise.id}.{end}"
    start = folder.text(f"start.{end}").rstrip("\n")
    task = _text(folder.text("task.md").rstrip("\n"))
    solution = _code(f"cat >{file} <<'{_END}'\n{start}\n{_END}")
    test = _code(f"%exercise {exercise.id} {file}")
    _mark(task, f"{exercise.id}-task", locked=True)
    _mark(solution, f"{exercise.id}-solution", solution=True)
    _mark(test, f"{exercise.id}-test", locked=True, grade=True, points=number(points))
    return _notebook([task, solution, test])


def _mark(cell: Cell, name: str, **properties: object) -> None:
    """Set a cell's metadata for nbgrader; other properties are false."""
    plain_cell = {"grade": False, "solution": False, "locked": False, "task": False}
    cell["metadata"] = {
        "nbgrader": {**plain_cell, **properties, "grade_id": name, "schema_version": 3}
    }


def _notebook(cells: list[Cell]) -> dict[str, object]:
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
    return {"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 5}


def _text(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(source: str) -> Cell:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
