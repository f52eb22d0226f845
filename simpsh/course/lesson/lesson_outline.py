"""What belongs together in a lesson: its runs, questions, claims, and the sections it is taught in.

A lesson may begin, go back or resume where a section opens. A run is never come to without its
question, nor a question without the text that leads to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from simpsh.course.lesson.code_listing import Listing, ListingFault, listing
from simpsh.course.lesson.expectation import Expectation
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Ask,
    Code,
    Compare,
    DemonstrationSource,
    Explore,
    Lesson,
    Predict,
    Question,
    Run,
    Running,
    Say,
    Show,
)

QUESTIONS = (Predict, Ask)
RUNNING = (Run, Compare, Explore)


def runs_of(lesson: Lesson) -> dict[str, Running]:
    """Return the steps that run something, by id."""
    return {step.id: step for step in lesson.steps if isinstance(step, RUNNING)}


def answer_to(lesson: Lesson, question: Question) -> Running | None:
    """Return the step whose run answers a question: the next, or the run that a Show shows.

    None if no run follows, which is an author's mistake.
    """
    steps = list(lesson.steps)
    for step in steps[steps.index(question) + 1 :]:
        if isinstance(step, RUNNING):
            return step
        if isinstance(step, Show):
            return runs_of(lesson).get(step.of)
        if not isinstance(step, QUESTIONS):
            return None
    return None


def questions_about(lesson: Lesson, running: Running) -> list[Question]:
    """Return the questions that a step's run answers."""
    return [
        step
        for step in lesson.steps
        if isinstance(step, QUESTIONS) and answer_to(lesson, step) is running
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
    return frozenset(lesson.facts).union(*map(_facts_of_step, lesson.steps))


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
    if isinstance(step, RUNNING):
        found: Running | None = step
    elif isinstance(step, Show):
        found = runs_of(lesson).get(step.of)
    elif isinstance(step, QUESTIONS):
        found = answer_to(lesson, step)
    else:
        steps = list(lesson.steps)
        place = steps.index(step)
        earlier, later = _first_run(reversed(steps[:place])), _first_run(iter(steps[place:]))
        # A Record is never false: a run is there, or None.
        found = (later or earlier) if getattr(step, "code", None) else (earlier or later)
    return base_of(found) if found is not None else None


def filled(lesson: Lesson, step: AnyStep, text: str) -> str:
    """Return a text of a step with the numbers of its listing's lines put in."""
    spoken_of = code_spoken_of(lesson, step)
    if spoken_of is None or "{line:" not in text:
        return text
    try:
        return sentence(listing(spoken_of).fill(text))
    except ListingFault:
        # `check` tells the author; a student reads on.
        return text


def sentence(text: str) -> str:
    """Return a text with a capital where a sentence begins with a line's number.

    >>> sentence("line 18 reads. line 19 writes"), sentence("x is copied in line 3")
    ('Line 18 reads. Line 19 writes', 'x is copied in line 3')
    """
    return re.sub(r"(^|[.?] )line (?=\d)", r"\1Line ", text)


def _first_run(steps: Iterator[AnyStep]) -> Running | None:
    return next((step for step in steps if isinstance(step, RUNNING)), None)


def base_of(step: Running) -> Run | Explore:
    """Return the run whose code a step is about."""
    return step.run if isinstance(step, Compare) else step


def openings(lesson: Lesson) -> list[int]:
    """Return the steps, from 0, at which one may begin."""
    steps = lesson.steps
    return [place for place in range(len(steps)) if place == 0 or not _flows(steps, place - 1)]


def _flows(steps: Sequence[AnyStep], place: int) -> bool:
    """Return whether a step goes over into the next without a stop, or leaves something open."""
    return isinstance(steps[place], QUESTIONS) or not say_stops(steps, place)


def say_stops(steps: Sequence[AnyStep], place: int) -> bool:
    """Return whether there is a stop after a step; a text goes over into a question or a run."""
    step = steps[place]
    if not isinstance(step, Say) or step.code is not None or place + 1 == len(steps):
        return True
    return isinstance(steps[place + 1], Say | Show)


def opening_of(lesson: Lesson, place: int) -> int:
    """Return the step at which the section of a step begins."""
    return max((one for one in openings(lesson) if one <= place), default=0)


def opening_after(lesson: Lesson, place: int) -> int:
    """Return the step at which the next section begins; the number of steps after the last."""
    return min((one for one in openings(lesson) if one > place), default=len(lesson.steps))


def opening_before(lesson: Lesson, place: int) -> int:
    """Return the step at which the section before begins."""
    return opening_of(lesson, max(0, opening_of(lesson, place) - 1))


def questions_before(lesson: Lesson, place: int) -> list[int]:
    """Return the questions, by step, that the step at `place` answers."""
    found = []
    for number in range(place - 1, -1, -1):
        if not isinstance(lesson.steps[number], QUESTIONS):
            break
        found.append(number)
    return found[::-1]


def target_of(lesson: Lesson, question: Question) -> Running:
    """Return the run that answers a question.

    Raises:
        ListingFault: none follows; `check` tells the author.
    """
    found = answer_to(lesson, question)
    if found is None:
        raise ListingFault(f"no run follows the question “{question.question}”")
    return found


def listing_of(step: Running) -> Listing:
    """Return the listing of a step."""
    return listing(base_of(step))


def rows_of(whole: Listing, only: Code | None) -> Sequence[int]:
    """Return the lines of one function of a listing; none for all of it."""
    if only is None or isinstance(only, DemonstrationSource):
        return ()
    try:
        return whole.lines_of(only)
    except ListingFault:
        return ()


def listing_before(lesson: Lesson, place: int) -> Listing | None:
    """Return the listing that was shown last before a step, for marking what is new."""
    step = _first_run(reversed(lesson.steps[:place]))
    return listing_of(step) if step is not None else None


def title_of_step(step: AnyStep) -> str:
    """Return the text by which a step is found again; see progress."""
    for name in ("question", "text", "task", "id", "why"):
        text = getattr(step, name, "")
        if text:
            return str(text)
    return ""


def resumed(lesson: Lesson, step: int, text: str) -> int:
    """Return the step at which to continue, though the lesson may have changed since."""
    if text:
        for place, one in enumerate(lesson.steps):
            if title_of_step(one) == text:
                return place
    return opening_of(lesson, min(step, len(lesson.steps) - 1))
