"""The end of a lesson: what it is good for, the one sentence to keep, where to read on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.screen.styled import Piece, line, styled
from simpsh.course.screen.text import counted, marked, wrapped

if TYPE_CHECKING:
    from simpsh.course.screen.styled import Block
    from simpsh.course.teacher import Teacher

_WIDTH = 76


def say(teacher: Teacher) -> None:
    """Say goodbye, and remember that the lesson is done."""
    stage, lesson = teacher.stage, teacher.lesson
    width = min(_WIDTH, teacher.width)
    if lesson.good_for:
        stage.show(_part("What it is good for", lesson.good_for, width))
    stage.show(_part("Remember", lesson.remember, width))
    if lesson.read_on:
        stage.show(_part("Read on", " · ".join(lesson.read_on), width))
    if stage.progress is not None and stage.mode != "auto":
        stage.progress.finish(lesson.id)
    words = _surprises(teacher)
    following = stage.follows(lesson.id) if stage.follows is not None else ""
    if following:
        words = f"{words}{'  ' if words else ''}Next: {stage.command} {following}"
    stage.show(wrapped(styled(words, "dim"), width) if words else [])


def _part(head: str, text: str, width: int) -> Block:
    rows = wrapped(marked(text), width - 2)
    return [(Piece(head, "bold"),), *(line("  ", row) for row in rows), ()]


def _surprises(teacher: Teacher) -> str:
    """Say how many questions of this lesson come back; nothing if none was answered."""
    progress = teacher.stage.progress
    if progress is None or teacher.stage.mode != "study":
        return ""
    mine = [one for one in progress.record.surprises if one.lesson == teacher.lesson.id]
    if len(mine) == 1:
        return "The question that surprised you comes back at the start of another lesson."
    if mine:
        count = counted(len(mine), "question")
        return f"{count} that surprised you come back, each at the start of another lesson."
    said = any(guess.said for guess in teacher.guesses.values())
    return "Nothing surprised you here." if said else ""
