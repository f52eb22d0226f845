"""`simpsh lesson check --exercises`: its command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.course import reports
from simpsh.course.command_line import understand
from simpsh.grade.exercise_check import check_exercises
from simpsh.grade.exercise_shelf import Shelf
from simpsh.kernel.descriptors import write_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.course.verdicts import LessonReport


def main(words: Sequence[str]) -> int:
    """Do what the words after `lesson check` say for exercises, and return the exit status.

    Raises:
        UsageProblem: the words make no sense.
        SimpshError, OSError: the report cannot be written.
    """
    request = understand(["check", *words])
    form = request.values.get("--format", "text")
    path = request.values.get("-o", "")
    with_why = "--why" in request.flags

    def hear(one: LessonReport) -> None:
        if form == "text" and not path:
            _say("".join(f"{line}\n" for line in reports.lesson_lines(one, with_why=with_why)))

    found = check_exercises(Shelf(request.folders), request.words, hear)
    if path:
        reports.write(found, form, os.path.abspath(path), with_why=with_why)
    elif form == "text":
        _say("".join(f"{line}\n" for line in reports.course_lines(found)))
    else:
        _say(reports.as_form(found, form, with_why=with_why))
    return 0 if found.is_good else 1


def _say(text: str) -> None:
    write_all(1, text.encode("utf-8", "backslashreplace"))
