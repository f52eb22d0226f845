"""Wrong solutions of the exercises: small changes of the model solutions, each with one mistake.

`wrong_programs.diff` has them as unified diffs without context. Its headings name the solution, the
program's file, and the check that it must fail:

    --- two-children/solution.c
    +++ status_word.c fails told
"""

import re
from pathlib import Path
from typing import NamedTuple

from simpsh.base.record import changed as record_with
from simpsh.grade.exercises import Exercise
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import trials_of

DIFF = Path(__file__).with_name("wrong_programs.diff")
_HEADING = re.compile(r"--- ([\w-]+)/solution\.(\w+)\n\+\+\+ (\S+) fails (\S+)\n")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\S+ @@\n")


class WrongProgram(NamedTuple):
    """A wrong solution."""

    exercise: str
    name: str
    fails: str
    """The key of the check that it must fail."""
    source: str


def changed(source: str, hunks: str) -> str:
    """Return a text to which the hunks of a diff are applied; raises ValueError if one misfits."""
    lines, moved = source.splitlines(keepends=True), 0
    parts = _HUNK.split(hunks)[1:]
    for start, count, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        rows = body.splitlines(keepends=True)
        old = [row[1:] for row in rows if row[0] == "-"]
        new = [row[1:] for row in rows if row[0] == "+"]
        # A hunk that only inserts names the line before.
        begin = int(start) - (count != "0") + moved
        if lines[begin : begin + len(old)] != old:
            raise ValueError(f"line {start}: the solution does not have {old}")
        lines[begin : begin + len(old)] = new
        moved += len(new) - len(old)
    return "".join(lines)


def wrong_programs() -> list[WrongProgram]:
    """Return all wrong solutions."""
    catalogue = ExerciseCatalogue()
    parts = _HEADING.split(DIFF.read_text())[1:]
    return [
        WrongProgram(exercise, name, key, changed(catalogue.folder(exercise).solutions[end], hunks))
        for exercise, end, name, key, hunks in zip(*(parts[n::5] for n in range(5)), strict=True)
    ]


def asking(exercise: Exercise, key: str) -> Exercise:
    """Return an exercise with the runs alone that one of its checks needs."""
    if exercise.behaviours:
        return record_with(exercise, behaviours=(key,))
    trials = trials_of(exercise)
    return record_with(
        exercise, trials=[one for one in trials if key in {asked.key for asked in one.asks}]
    )
