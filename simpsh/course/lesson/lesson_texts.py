"""Every text of a lesson that a person reads, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.base.record import Record
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Ask,
    Compare,
    Explore,
    Lesson,
    NotShown,
    Predict,
    Question,
    Run,
    Say,
    Show,
    Try,
)
from simpsh.course.lesson.term_glossary import terms_in


class LessonText(Record):
    """One text, and where it is."""

    step: int
    """The number of its step, from 1; 0 for a text of the lesson as a whole."""
    part: str
    """What it is: question, hint, because …"""
    text: str


def texts_of(lesson: Lesson) -> list[LessonText]:
    """Return every text of a lesson, with its markup."""
    found = [LessonText(0, "title", lesson.title)]
    for number, step in enumerate(lesson.steps, 1):
        found += [LessonText(number, part, text) for part, text in _of_step(step) if text]
    ends = (("good_for", lesson.good_for), ("remember", lesson.remember))
    return [*found, *(LessonText(0, part, text) for part, text in ends if text)]


def terms_until(lesson: Lesson, step: int) -> list[str]:
    """Return the terms that the texts up to a step mark, each once; steps count from 0."""
    texts = [one for one in texts_of(lesson) if one.step <= step + 1]
    return list(dict.fromkeys(term for one in texts for term in terms_in(one.text)))


def _of_step(step: AnyStep) -> Iterator[tuple[str, str]]:
    match step:
        case Say() | Show():
            yield "text", step.text
        case Predict() | Ask():
            yield from _of_question(step)
        case Run() | Explore() | Compare():
            if isinstance(step, Compare):
                yield "title", step.title
                yield from (("row", row) for row in step.variants)
                yield from (("column", column) for column in step.columns)
            yield from (("claim", claim.sentence) for claim in step.claims)
        case Try():
            yield "task", step.task
            yield "hint", step.hint
            yield "praise", step.praise
        case NotShown():
            yield "why", step.why


def _of_question(step: Question) -> Iterator[tuple[str, str]]:
    yield "question", step.question
    if isinstance(step, Ask):
        yield "because", step.because
        yield from (("near", text) for text in step.near.values())
    else:
        for choice in step.choices:
            yield "choice", choice.text
            yield "because", choice.because
    yield "hint", step.hint
