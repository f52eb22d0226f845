"""The words of a lesson file: what it imports with `from simpsh.course import …`.

A word takes its texts first, then its items, then its options. A text may flow over several
indented lines. A program is named by its file beside the lesson: "anatomy" is anatomy.py.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from simpsh.course.claims.claim import names_in, some as some
from simpsh.course.claims.demonstration import (
    Claim as ClaimRecord,
    Edit as Edit,
    Kill as Kill,
    Shell,
    Type as Type,
    delete as delete,
    insert as insert,
    move as move,
    replace as replace,
)
from simpsh.course.lesson import run_steps, text_steps
from simpsh.course.lesson.lesson import (
    Choice as ChoiceRecord,
    Lesson as LessonRecord,
    Question,
    Step,
)
from simpsh.course.lesson.program_files import program

R = TypeVar("R")


def flowed(text: str) -> str:
    r"""Return a text as one line for each paragraph; indented paragraphs stay as they are.

    >>> flowed("Type\n    this:\n\n        ls")
    'Type this:\n\n    ls'
    >>> flowed("Type this:\n\n    ls")
    'Type this:\n\n    ls'
    """
    if "\n " not in text:
        return text
    first, *others = text.split("\n\n")
    if "\n" not in first and all(re.match("    \\S", other) for other in others):
        return text  # written without flowing lines
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(p if p.startswith(" ") else " ".join(p.split()) for p in paragraphs)


def _read(value: object) -> object:
    """Return a value as the author means it: texts flow, a list is a tuple."""
    if isinstance(value, str):
        return flowed(value)
    if isinstance(value, Mapping):
        return {_read(key): _read(held) for key, held in value.items()}
    return tuple(map(_read, value)) if isinstance(value, list | tuple) else value


def _word(record: Callable[..., R]) -> Callable[..., R]:  # type: ignore[explicit-any]  # any kind
    def word(*given: object, **options: object) -> R:
        read = {name: _read(value) for name, value in options.items()}
        return record(*map(_read, given), **read)

    return word


def _run(record: Callable[..., R], name: str, *claims: object, **options: object) -> R:  # type: ignore[explicit-any]
    """Return a step that runs a program; its id is the program's name unless it has another."""
    code, number = program(name), options.pop("id", name)
    if isinstance(code, Shell):
        options.setdefault("main", "shell")
    return _word(record)(code, number, claims, **options)


def Run(name: str, *claims: object, **options: object) -> run_steps.Run:  # noqa: N802  # as all words
    """Run a program once."""
    return _run(run_steps.Run, name, *claims, **options)


def Explore(name: str, *claims: object, **options: object) -> run_steps.Explore:  # noqa: N802
    """Run a program in every order."""
    return _run(run_steps.Explore, name, *claims, **options)


def Repair(  # noqa: N802
    name: str, task: str, *claims: ClaimRecord, **options: object
) -> run_steps.Repair:
    """Ask the student to repair a program; claims that say `outputs` are about every order."""
    own = {
        word: _read(options.pop(word)) for word in ("fix_in_c", "hint", "praise") if word in options
    }
    every_order = [claim for claim in claims if "outputs" in names_in(claim.proof)]
    of_run = [claim for claim in claims if claim not in every_order]
    run = Run(name, *of_run, edit=options.pop("fix", None), **options)
    return _word(run_steps.Repair)(run, task, every_order=every_order, **own)


def Compare(  # noqa: N802
    run: run_steps.Run | run_steps.Explore, *claims: object, rows: object, **options: object
) -> run_steps.Compare:
    """Compare edits of a program, each a row of a table."""
    number = options.pop("id", run.id)
    return _word(run_steps.Compare)(run, number, rows, claims=claims, **options)


def Lesson(*steps: Step, read: str = "", **options: object) -> LessonRecord:  # noqa: N802
    """Return a lesson; index.toml has its title."""
    read_on = tuple(flowed(read).split("; ")) if read else ()
    return _word(LessonRecord)(steps=steps, read_on=read_on, **options)


Choice = _word(ChoiceRecord)
Claim = _word(ClaimRecord)
Predict = _word(Question)
Say = _word(text_steps.Say)
Show = _word(text_steps.Show)
Task = _word(text_steps.Try)
