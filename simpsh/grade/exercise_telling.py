"""The answer to a program, in three parts: what was asked, what it did, what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.events import Exit
from simpsh.grade.exercise import PROGRAM
from simpsh.grade.reports import number
from simpsh.view.timeline import draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.course.observation import Observation
    from simpsh.grade.judging import Judgement
    from simpsh.grade.marks import Check

_MOST_ROWS = 40


def answer(judgement: Judgement, *, width: int = 80, in_colour: bool = False) -> Iterator[str]:
    """Return what a student reads after a check, line by line.

    Args:
        judgement: what the program got.
        width: of the lines of the picture.
        in_colour: repeat states in colour.
    """
    if judgement.omitted:
        yield f"{judgement.title}: not tried here: {judgement.omitted}"
        return
    yield "What was asked"
    for check in judgement.checks:
        yield f"  {'✓' if check.is_passed else '–'} {check.sentence}"
    failed = [check for check in judgement.checks if not check.is_passed]
    if not failed:
        yield ""
        yield f"All of it: {number(judgement.of)} of {number(judgement.of)} points."
        return
    yield ""
    yield "What your program did"
    for words in dict.fromkeys(check.instead for check in failed):
        # A process's name stays as it is written everywhere else.
        first = words[:1] if words.startswith(PROGRAM) else words[:1].upper()
        yield f"  {first}{words[1:].rstrip('.')}."
    yield ""
    yield from _picture(judgement, failed, width, in_colour=in_colour)
    if judgement.look_at:
        yield ""
        yield "What to look at"
        yield f"  {judgement.look_at}"
    yield ""
    yield f"{number(judgement.points)} of {number(judgement.of)} points."


def _picture(
    judgement: Judgement, failed: list[Check], width: int, *, in_colour: bool
) -> Iterator[str]:
    if not judgement.runs:
        yield from judgement.picture.splitlines()
        return
    first = failed[0]
    seen = judgement.runs[first.run]
    marked = first.event if first.event >= 0 else end_of(seen)
    lines = list(
        draw(seen.chronicle, width=width, in_colour=in_colour, marked=(marked,) * (marked >= 0))
    )
    yield from lines[:_MOST_ROWS]
    if len(lines) > _MOST_ROWS:
        yield f"… and {len(lines) - _MOST_ROWS} lines more"


def end_of(seen: Observation) -> int:
    """Return the event with which the program ended: what had not come by then, never came."""
    found = [
        index
        for index, event in enumerate(seen.events)
        if isinstance(event.what, Exit) and seen.name_of(event.proc) == PROGRAM
    ]
    return found[-1] if found else len(seen.events) - 1
