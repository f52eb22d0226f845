"""The sections of a lesson: what belongs together, so that one may begin, go back or resume there.

A run is never come to without its question, nor a question without the text that leads to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.listing import Listing, ListingFault, listing
from simpsh.course.steps import Ask, Compare, Explore, Predict, Run, Say, Show
from simpsh.course.walking import answer_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.course.lesson import Lesson
    from simpsh.course.steps import AnyStep, Question, Running

QUESTIONS = (Predict, Ask)
RUNNING = (Run, Compare, Explore)


def openings(lesson: Lesson) -> list[int]:
    """Return the steps, from 0, at which one may begin."""
    steps = lesson.steps
    return [place for place in range(len(steps)) if place == 0 or not _flows(steps, place - 1)]


def _flows(steps: Sequence[AnyStep], place: int) -> bool:
    """Tell whether a step goes over into the next without a stop, or leaves something open."""
    return isinstance(steps[place], QUESTIONS) or not say_stops(steps, place)


def say_stops(steps: Sequence[AnyStep], place: int) -> bool:
    """Tell whether there is a stop after a step; a text goes over into a question or a run."""
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


def base_of(step: Running) -> Run | Explore:
    """Return the run whose code a step is about."""
    return step.run if isinstance(step, Compare) else step


def listing_of(step: Running) -> Listing:
    """Return the listing of a step."""
    return listing(base_of(step))


def listing_before(lesson: Lesson, place: int) -> Listing | None:
    """Return the listing that was shown last before a step, for marking what is new."""
    for step in reversed(lesson.steps[:place]):
        if isinstance(step, RUNNING):
            return listing_of(step)
    return None
