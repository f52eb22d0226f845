"""Cells that are no lines of the shell: they begin with `%`, and a word that the kernel knows."""

from __future__ import annotations

import re
import shlex
from itertools import dropwhile

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record

HELP = """\
%lesson                 Where you are in the course, and what is next.
%lesson run             The next lesson, from where you stopped.
%lesson ID              That lesson. A part of its id is enough.
%lesson ID step N       One step of it. The line for a task is below.
%exercise ID FILE       Judge a program.
%untraced LINE          A line for a shell that is not traced: for explore, step, trace, gdb.
%lsmagic                This list.
%help                   This list, in a pane of its own where there is one.
All other cells are lines of the shell; 'help' tells of these.
"""
NAMES = ("lesson", "exercise", "untraced", "lsmagic", "help")
_LIKE = {"lesson": "lesson run", "exercise": "lesson exercise check", "untraced": ""}
"""What is completed as at the prompt, after these words."""
_RUN = re.compile(r"lesson (?:run |(?=run\s*\Z))([\w-]+)\s*\Z")
_FIRST = re.compile(r"%(%?)([a-z]+)\b[ \t]*([^\n]*)(?:\n|\Z)")
_POINTS = re.compile(r"([\d.]+) of ([\d.]+) points?\.")
_WORD = re.compile(r"[\w./-]+")


class Magic(Record):
    """A cell that begins with `%`."""

    name: str
    rest: str
    """The first line behind the name."""
    below: str
    """What stands below the first line."""


def magic_of(code: str) -> Magic | None:
    """Return a cell's magic; None if the cell is for the shell.

    >>> magic_of("%lesson orphan step 3").rest, magic_of("lesson run orphan").rest
    ('orphan step 3', 'orphan')
    >>> magic_of("lesson run").rest, magic_of("lesson").rest
    ('run', '')
    >>> magic_of("%1") is None
    True
    """
    code = "%lesson" if code.strip() == "lesson" else _RUN.sub(r"%lesson \1", code.lstrip())
    match = _FIRST.match(code)
    if match is None or match[2] not in NAMES:
        return None
    return Magic(match[2], match[3], code[match.end() :])


def fitting_names(before: str) -> list[str] | None:
    """Return what the name of a magic can become, before the cursor; None where none is typed.

    >>> fitting_names("%l"), fitting_names("ls %l")
    (['%lesson', '%lsmagic'], None)
    """
    match = re.fullmatch(r"\s*%([a-z]*)", before)
    return [f"%{name}" for name in NAMES if name.startswith(match[1])] if match else None


def as_typed_at_prompt(before: str) -> str:
    """Return the line by which a prompt would complete what a magic takes; else the text itself.

    >>> as_typed_at_prompt("%lesson orph")
    'lesson run orph'
    """
    match = re.match(r"\s*%([a-z]+) ", before)
    like = _LIKE.get(match[1]) if match else None
    return before if match is None or like is None else f"{like} {before[match.end() :]}"


class LessonRequest(Record):
    """What a cell wants of a lesson."""

    name: str
    """Empty for the next lesson of the course."""
    step: int
    """Counted from 1; 0 for the whole lesson."""
    line: str | None
    """For a task: what stands below; None if nothing does."""
    folders: tuple[str, ...]
    """Where further lessons lie."""


def lesson_request(magic: Magic) -> LessonRequest:
    """Take a `%lesson` apart; raise UsageProblem if it makes no sense."""
    try:
        given = shlex.split(magic.rest)
    except ValueError as error:
        raise UsageProblem(f"%lesson: {error}") from error
    folders = tuple(given[at + 1] for at, word in enumerate(given[:-1]) if word == "--path")
    words = [w for at, w in enumerate(given) if "--path" not in given[max(0, at - 1) : at + 1]]
    match words:
        case [name]:
            return LessonRequest("" if name == "run" else name, 0, None, folders)
        case [name, "step", number] if number.isdecimal() and 0 < len(number) < 5:
            # The cell's own comments are above; further down a program may have some.
            below = dropwhile(lambda row: re.match(r"\s*(# |$)", row), magic.below.splitlines())
            line = "\n".join(below).strip()
            return LessonRequest(name, int(number), line or None, folders)
    raise UsageProblem("%lesson is followed by a lesson's id or by run, and perhaps by: step N")


def exercise_line(magic: Magic) -> str:
    """Return the line that judges a program for `%exercise`; raise UsageProblem."""
    words = magic.rest.split()
    if len(words) != 2 or not all(map(_WORD.fullmatch, words)):
        raise UsageProblem("%exercise is followed by an exercise's id and the program's file")
    return f"lesson exercise check {words[0]} {words[1]}"


def points_of(report: str) -> str:
    """Return the points that an exercise's report gives at its end; empty if it gives none.

    >>> points_of("What was asked … 2.5 of 7 points.")
    '2.5'
    """
    points = _POINTS.findall(report)
    return points[-1][0] if points else ""
