"""Cells that are no lines of the shell: they begin with `%`, and a word that the kernel knows.

%lesson ID              a lesson, from where you stopped
%lesson ID step N       one step of it; in a task the line stands below
%exercise ID FILE       judge a program
%untraced LINE          a line for a shell that is not traced
"""

from __future__ import annotations

import re
import shlex

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record

NAMES = ("lesson", "exercise", "untraced")
_FIRST = re.compile(r"%(%?)([a-z]+)\b[ \t]*([^\n]*)(?:\n|\Z)")
_POINTS = re.compile(r"([\d.]+) of ([\d.]+) points?\.")
_WORD = re.compile(r"[\w./-]+")


class Magic(Record):
    """A cell that begins with `%`."""

    name: str
    words: tuple[str, ...]
    rest: str
    """The first line behind the name."""
    below: str
    """What stands below the first line."""


def magic_of(code: str) -> Magic | None:
    """Return a cell's magic; None if the cell is for the shell.

    >>> magic_of("%lesson orphan step 3").words
    ('orphan', 'step', '3')
    >>> magic_of("%1") is None
    True
    """
    match = _FIRST.match(code.lstrip())
    if match is None or match[2] not in NAMES:
        return None
    return Magic(match[2], tuple(match[3].split()), match[3], code.lstrip()[match.end() :])


class LessonRequest(Record):
    """What a cell wants of a lesson."""

    name: str
    step: int
    """Counted from 1; 0 for the whole lesson."""
    line: str | None
    """For a task: what stands below; None if nothing does."""
    is_typed: bool
    """Whether answers are to be typed, and no buttons shown."""
    folders: tuple[str, ...]
    """Where further lessons lie."""


def lesson_request(magic: Magic) -> LessonRequest:
    """Take a `%lesson` apart; raise UsageProblem if it makes no sense."""
    try:
        given = shlex.split(magic.rest)
    except ValueError as error:
        raise UsageProblem(f"%lesson: {error}") from error
    folders = tuple(given[at + 1] for at, word in enumerate(given[:-1]) if word == "--path")
    words = [
        word
        for at, word in enumerate(given)
        if word not in ("--typed", "--path") and (not at or given[at - 1] != "--path")
    ]
    is_typed = "--typed" in given
    match words:
        case [name]:
            return LessonRequest(name, 0, None, is_typed, folders)
        case [name, "step", number] if number.isdecimal() and 0 < len(number) < 5:
            below = [line for line in magic.below.splitlines() if not line.lstrip().startswith("#")]
            line = "\n".join(below).strip()
            return LessonRequest(name, int(number), line or None, is_typed, folders)
    raise UsageProblem("%lesson is followed by a lesson's id, and perhaps by: step N")


def exercise_line(magic: Magic) -> str:
    """Return the line that judges a program for `%exercise`; raise UsageProblem."""
    if len(magic.words) != 2 or not all(map(_WORD.fullmatch, magic.words)):
        raise UsageProblem("%exercise is followed by an exercise's id and the program's file")
    return f"lesson exercise check {magic.words[0]} {magic.words[1]}"


def points_of(report: str) -> str:
    """Return the points that an exercise's report gives at its end; empty if it gives none.

    >>> points_of("What was asked … 2.5 of 7 points.")
    '2.5'
    """
    points = _POINTS.findall(report)
    return points[-1][0] if points else ""
