"""The records of lessons, made in code: a program is a function of the test file, or a source.

The words of lesson files, which read programs from files, are in simpsh/course/lesson_words.py.
"""

import inspect
import textwrap

from simpsh.course.claims.demonstration import (
    C as C,
    Claim as Claim,
    Code,
    Edit as Edit,
    Kill as Kill,
    Python,
    Shell as Shell,
    Type as Type,
    delete as delete,
    insert as insert,
    move as move,
    replace as replace,
)
from simpsh.course.lesson import run_steps
from simpsh.course.lesson.lesson import Choice as Choice, Lesson as Lesson, Question as Predict  # noqa: F401
from simpsh.course.lesson.run_steps import Compare as Compare
from simpsh.course.lesson.text_steps import Say as Say, Show as Show, Try as Try

IMPORTS = "import atexit, contextlib, ctypes, fcntl, os, select, signal, socket, sys, time\n\n"
"""The first line of each program that is made of a function."""


def program(code, also=()):
    """Return a program: the body of a function without parameters, below its helpers."""
    if isinstance(code, Code):
        return code
    helpers = [f"{textwrap.dedent(inspect.getsource(helper)).strip()}\n\n\n" for helper in also]
    lines = inspect.getsource(code).split("\n")
    ends = next(number for number, line in enumerate(lines) if line.endswith(":"))
    body = textwrap.dedent("\n".join(lines[ends + 1 :])).strip("\n")
    return Python(f"{IMPORTS}{''.join(helpers)}{body}\n")


def Run(code, *values, also=(), **named):
    main = {"main": "shell"} if isinstance(code, Shell) else {}
    return run_steps.Run(program(code, also), *values, **main | named)


def Explore(code, *values, also=(), **named):
    main = {"main": "shell"} if isinstance(code, Shell) else {}
    return run_steps.Explore(program(code, also), *values, **main | named)


def lesson(name, title, minutes, steps, remember="It.", **named):
    """Return a lesson as the library gives it."""
    return Lesson(steps, remember, id=name, title=title, minutes=minutes, **named)
