"""Magics: cells that begin with `%` and the name of a command of the kernel."""

from __future__ import annotations

import re
import shlex
from itertools import dropwhile

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record

HELP = """\
%lesson                 Show your position in the course, and the next lesson.
%lesson run             Continue with the next lesson.
%lesson ID              Run a lesson. A part of its id is enough.
%lesson ID step N       Run one step. Write the line for a task below.
%exercise ID FILE       Judge a program.
%untraced LINE          Run a line untraced: for explore, step, trace, gdb.
%lsmagic                Show this list.
%help                   Show this list in a pane, if there is one.
All other cells are lines of the shell; type 'help' to learn about them.
"""
NAMES = ("lesson", "exercise", "untraced", "lsmagic", "help")
_LIKE = {"lesson": "lesson run", "exercise": "lesson exercise check", "untraced": ""}
"""The commands whose completion each magic uses."""
_RUN = re.compile(r"lesson (?:run |(?=run\s*\Z))([\w-]+)\s*\Z")
_FIRST = re.compile(r"%(%?)([a-z]+)\b[ \t]*([^\n]*)(?:\n|\Z)")
_POINTS = re.compile(r"([\d.]+) of ([\d.]+) points?\.")
_WORD = re.compile(r"[\w./-]+")


class Magic(Record):
    """A cell that begins with `%`."""

    name: str
    rest: str
    """The rest of the first line."""
    below: str
    """The lines after the first."""


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
    """Return the completions of a magic's name; None if the cursor is not after one.

    >>> fitting_names("%l"), fitting_names("ls %l")
    (['%lesson', '%lsmagic'], None)
    """
    match = re.fullmatch(r"\s*%([a-z]*)", before)
    return [f"%{name}" for name in NAMES if name.startswith(match[1])] if match else None


def as_typed_at_prompt(before: str) -> str:
    """Return the line whose completions at a prompt a magic uses; else the text itself.

    >>> as_typed_at_prompt("%lesson orph")
    'lesson run orph'
    """
    match = re.match(r"\s*%([a-z]+) ", before)
    like = _LIKE.get(match[1]) if match else None
    return before if match is None or like is None else f"{like} {before[match.end() :]}"


class LessonRequest(Record):
    """A cell's request for a lesson."""

    name: str
    """Empty for the next lesson of the course."""
    step: int
    """Counted from 1; 0 for the whole lesson."""
    line: str | None
    """For a task: the line of the student; None if there is none."""
    folders: tuple[str, ...]
    """Directories with further lessons."""


def lesson_request(magic: Magic) -> LessonRequest:
    """Parse a `%lesson` cell; raise UsageProblem."""
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
            # Skip the cell's own comments; later ones may belong to a program.
            below = dropwhile(lambda row: re.match(r"\s*(# |$)", row), magic.below.splitlines())
            line = "\n".join(below).strip()
            return LessonRequest(name, int(number), line or None, folders)
    raise UsageProblem("%lesson is followed by a lesson's id or by run, and perhaps by: step N")


def exercise_line(magic: Magic) -> str:
    """Return the line that checks a program for `%exercise`; raise UsageProblem."""
    words = magic.rest.split()
    if len(words) != 2 or not all(map(_WORD.fullmatch, words)):
        raise UsageProblem("%exercise is followed by an exercise's id and the program's file")
    return f"lesson exercise check {words[0]} {words[1]}"


def points_of(report: str) -> str:
    """Return the points at the end of an exercise's report; empty if there are none.

    >>> points_of("What was asked … 2.5 of 7 points.")
    '2.5'
    """
    points = _POINTS.findall(report)
    return points[-1][0] if points else ""
