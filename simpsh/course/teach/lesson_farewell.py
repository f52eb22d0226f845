"""The last lines of a lesson: how the guesses went, what to practise, which lesson is next."""

from __future__ import annotations

from itertools import pairwise

from simpsh.course.lesson.lesson_steps import Lesson
from simpsh.course.teach.surprise_questions import surprises_sentence
from simpsh.course.teach.teaching_stage import TeachingStage
from simpsh.view.styled_text import Block, labelled, styled, wrapped


def farewell(stage: TeachingStage, lesson: Lesson, width: int) -> Block:
    """Return the last lines of a lesson, with commands that can be copied."""
    said = _guesses_sentence(stage, lesson), surprises_sentence(stage, lesson)
    told = " ".join(one for one in said if one)
    block = [*wrapped(styled(told, ""), width), ()] if told else []
    commands = []
    if lesson.exercise:
        commands.append(("Exercise", f"exercise start {lesson.exercise}"))
    ids = stage.library.ids if stage.library is not None else ()
    following = dict(pairwise(ids)).get(lesson.id)
    if following:
        commands.append(("Next", f"run {following}"))
    for label, words in commands:
        # Not wrapped: a command is copied as one line.
        command = styled(stage.command_for(words), "bold")
        block.extend(labelled(label.ljust(_LABEL), command, _LABEL, 1000))
    return block


_LABEL = len("Exercise")


def _guesses_sentence(stage: TeachingStage, lesson: Lesson) -> str:
    """Return how many guesses were right, where some were; a guess costs nothing."""
    if stage.progress is None or stage.mode != "study":
        return ""
    guessed = stage.progress.place(lesson.id).guessed.values()
    return f"{sum(guessed)} of {len(guessed)} guessed right." if any(guessed) else ""
