"""Walking through a lesson: its claims, what answers a question, which calls must be watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.steps import Ask, Compare, Explore, Predict, Run, Show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.course.expectation import Expectation
    from simpsh.course.lesson import Lesson
    from simpsh.course.steps import AnyStep, Question, Running


def runs_of(lesson: Lesson) -> dict[str, Running]:
    """Return the steps that run something, by id."""
    return {step.id: step for step in lesson.steps if isinstance(step, Run | Compare | Explore)}


def answer_to(lesson: Lesson, question: Question) -> Running | None:
    """Return the step whose run answers a question: the next, or the run that a Show shows.

    None if no run follows, which is an author's mistake.
    """
    steps = list(lesson.steps)
    for step in steps[steps.index(question) + 1 :]:
        if isinstance(step, Run | Compare | Explore):
            return step
        if isinstance(step, Show):
            return runs_of(lesson).get(step.of)
        if not isinstance(step, Predict | Ask):
            return None
    return None


def questions_about(lesson: Lesson, running: Running) -> list[Question]:
    """Return the questions that a step's run answers."""
    return [
        step
        for step in lesson.steps
        if isinstance(step, Predict | Ask) and answer_to(lesson, step) is running
    ]


def calls_named(step: Running, lesson: Lesson | None = None) -> frozenset[str]:
    """Return the system calls that a step's claims name, and the questions about it."""
    calls = frozenset[str]()
    for claim in step.claims:
        calls |= claim.expectation.calls
    for question in questions_about(lesson, step) if lesson is not None else ():
        for asked in (
            [question.answer]
            if isinstance(question, Ask)
            else [choice.expectation for choice in question.choices]
        ):
            calls |= asked.calls
    return calls


def parts_of(expectation: Expectation) -> Iterator[Expectation]:
    """Yield an expectation and all that it is made of."""
    yield expectation
    for part in expectation.parts:
        yield from parts_of(part)


def facts_of(lesson: Lesson) -> frozenset[str]:
    """Return the claims of lessons/claims.py that a lesson covers, by id."""
    found = set(lesson.facts)
    for step in lesson.steps:
        found |= set(_facts_of_step(step))
    return frozenset(found)


def _facts_of_step(step: AnyStep) -> Iterator[str]:
    yield from getattr(step, "facts", ())
    for claim in getattr(step, "claims", ()):
        yield from claim.facts
    fact = getattr(step, "fact", "")
    if fact:
        yield fact


def code_spoken_of(lesson: Lesson, step: AnyStep) -> Run | Explore | None:
    """Return the run whose listing a step's text speaks of, as in {line:os.read}.

    A question speaks of what answers it, a run and a Show of themselves, a Say with code of the
    next run, and any other text of the last run before it, or else of the next.
    """
    if isinstance(step, Run | Explore | Compare):
        return _base(step)
    if isinstance(step, Show):
        return _base(runs_of(lesson).get(step.of))
    if isinstance(step, Predict | Ask):
        return _base(answer_to(lesson, step))
    steps = list(lesson.steps)
    place = steps.index(step)
    earlier, later = _first_run(reversed(steps[:place])), _first_run(iter(steps[place:]))
    first, then = (later, earlier) if getattr(step, "code", None) else (earlier, later)
    return _base(first if first is not None else then)


def _first_run(steps: Iterator[AnyStep]) -> Running | None:
    return next((step for step in steps if isinstance(step, Run | Explore | Compare)), None)


def _base(step: Running | None) -> Run | Explore | None:
    return step.run if isinstance(step, Compare) else step
