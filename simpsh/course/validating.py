"""What is wrong with a lesson before anything runs: each fault one line, with what to do.

Whether its claims hold is another question: `simpsh lesson check` runs them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simpsh.course.edits import EditMisfit
from simpsh.course.expectation import Expectation, Fact
from simpsh.course.fitting import (
    about_edit,
    about_expectation,
    about_moment,
    about_references,
    is_a,
)
from simpsh.course.lesson import FORMAT
from simpsh.course.listing import ListingFault, listing
from simpsh.course.steps import (
    Ask,
    Choice,
    Claim,
    Compare,
    Explore,
    NotShown,
    Predict,
    Run,
    Say,
    Show,
    Try,
)
from simpsh.course.walking import answer_to, facts_of, runs_of
from simpsh.errors import SimpshError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from simpsh.course.lesson import Lesson
    from simpsh.course.steps import AnyStep

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHOWABLE = ("memory", "descriptors", "code", "who ran", "family", "picture")
_RUN_SHOWS = ("picture", "output", "nothing")


class AuthorFault(SimpshError):
    """A lesson says something that the contract does not allow."""


def faults(
    lesson: Lesson,
    known_lessons: Collection[str] | None = None,
    known_facts: Collection[str] | None = None,
) -> list[str]:
    """Return what is wrong with a lesson: `step 3 (Predict): …`, each in one line.

    Args:
        lesson: as its file defines it.
        known_lessons: the ids that it may require; any if None.
        known_facts: the claims that it may cover; any if None.
    """
    found = list(_about_lesson(lesson, known_lessons, known_facts))
    for number, step in enumerate(lesson.steps, 1):
        place = f"step {number} ({type(step).__name__})"
        finder = _FINDERS.get(type(step))
        if finder is None:
            found.append(f"{place}: this is no step; see the contract for what is one")
            continue
        found += [f"{place}: {fault}" for fault in finder(lesson, step)]
        found += [f"{place}: {fault}" for fault in about_references(lesson, step)]
    return found


def _about_lesson(
    lesson: Lesson, known_lessons: Collection[str] | None, known_facts: Collection[str] | None
) -> Iterator[str]:
    if not _ID.fullmatch(lesson.id):
        yield f"the id “{lesson.id}” must be lower-case words joined by dashes, as rule-4-copied"
    for name in ("title", "remember", "chapter"):
        if not getattr(lesson, name):
            yield f"a lesson needs a {name}"
    yield from _about_numbers_and_ids(lesson)
    for name in lesson.requires:
        if known_lessons is not None and name not in known_lessons:
            yield f"it requires “{name}”, and there is no such lesson: see `simpsh lesson`"
    for name in sorted(facts_of(lesson)):
        if known_facts is not None and name not in known_facts:
            yield f"“{name}” is no claim of claims.py: correct it, or add it there"


def _about_numbers_and_ids(lesson: Lesson) -> Iterator[str]:
    if lesson.minutes < 1 or not lesson.steps:
        yield "a lesson takes at least a minute and has at least one step"
    if lesson.format > FORMAT:
        yield f"it is in format {lesson.format}; this simpsh plays {FORMAT}: take a newer one"
    ids = [step.id for step in lesson.steps if isinstance(step, Run | Compare | Explore)]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"two runs are called “{name}”: give one of them another id"


# --- Each kind of step -------------------------------------------------------------------------


def _about_say(_: Lesson, step: AnyStep) -> Iterator[str]:
    if isinstance(step, Say) and not step.text.strip():
        yield "it says nothing"


def _about_predict(lesson: Lesson, step: AnyStep) -> Iterator[str]:
    if not isinstance(step, Predict):
        return
    choices = [choice for choice in step.choices if is_a(choice, Choice)]
    if len(choices) < 2 or len(choices) != len(step.choices):
        yield f"a question needs at least two Choices; it has {len(choices)}"
    texts = [choice.text for choice in choices]
    if len(set(texts)) != len(texts):
        yield "two of its choices have the same text"
    for choice in choices:
        yield from about_expectation(answer_to(lesson, step), choice.expectation)
        if not choice.because.strip():
            yield f"the choice “{choice.text}” needs a reason: why it is so, or where it would be"
    yield from _about_answer(lesson, step)


def _about_ask(lesson: Lesson, step: AnyStep) -> Iterator[str]:
    if isinstance(step, Ask):
        if not is_a(step.answer, Fact):
            yield "its answer must be a fact of the run, such as count(…) or child.value(“x”)"
        yield from _about_answer(lesson, step)


def _about_answer(lesson: Lesson, step: Predict | Ask) -> Iterator[str]:
    if answer_to(lesson, step) is None:
        yield "no run answers it: put a Run, Compare, Explore or Show(of=…) right after it"


def _about_run(_: Lesson, step: AnyStep) -> Iterator[str]:
    if not isinstance(step, Run | Explore):
        return
    try:
        code = listing(step)
    except (EditMisfit, ListingFault) as fault:
        yield str(fault)
        return
    if isinstance(step, Run):
        yield from _about_ways_of_showing(step, code.text)
    for claim in step.claims:
        yield from _about_claim(step, claim)


def _about_ways_of_showing(step: Run, code: str) -> Iterator[str]:
    if step.shows not in _RUN_SHOWS:
        yield f"shows={step.shows!r} is none of {', '.join(_RUN_SHOWS)}"
    if isinstance(step.guard, int) and step.guard < 1:
        yield "a guard is the most processes that may live: a number from 1"
    for name in sorted(set(step.watch) - _DETAILS):
        if name not in code:
            yield f"watch: there is no “{name}” in the code"


_DETAILS = {"SIGCHLD", "close", "dup2", "open", "setpgid", "tcsetpgrp"}


def _about_claim(step: Run | Explore, claim: Claim) -> Iterator[str]:
    where = f"claim “{claim.sentence}”"
    for fault in about_expectation(step, claim.expectation):
        yield f"{where}: {fault}"
    if not claim.wrongs:
        yield f"{where}: it needs a wrong variant, an edit that makes it false"
    if is_a(claim.wrong, str):
        # A text is a sequence, too: of letters.
        yield f"{where}: {claim.wrong!r} is no edit: use replace, delete, insert or move"
        return
    for edit in claim.wrongs:
        for fault in about_edit(step, edit):
            yield f"{where}: {fault}"


def _about_compare(_: Lesson, step: AnyStep) -> Iterator[str]:
    if not isinstance(step, Compare):
        return
    if len(step.variants) < 2 or not step.columns:
        yield "a comparison needs at least two variants and one column"
    for label, edit in step.variants.items():
        for fault in about_edit(step.run, edit):
            yield f"row “{label}”: {fault}"
    for claim in step.claims:
        where = f"claim “{claim.sentence}”"
        for fault in about_expectation(step, claim.expectation):
            yield f"{where}: {fault}"
        if claim.wrongs:
            yield f"{where}: in a Compare the other rows are the wrong variants; leave out wrong"


def _about_show(lesson: Lesson, step: AnyStep) -> Iterator[str]:
    if not isinstance(step, Show):
        return
    if step.what not in _SHOWABLE:
        yield f"{step.what!r} cannot be shown: it is one of {', '.join(_SHOWABLE)}"
    steps = list(lesson.steps)
    earlier = steps[: steps.index(step)]
    if runs_of(lesson).get(step.of) not in earlier:
        yield f"of={step.of!r} is no run before it"
        return
    yield from about_moment(runs_of(lesson)[step.of], step.at)


def _about_try(_: Lesson, step: AnyStep) -> Iterator[str]:
    if not isinstance(step, Try):
        return
    if not is_a(step.expect, Expectation):
        yield "expect must be an expectation"
    for name in ("task", "hint", "solution", "praise", "wrong"):
        if not getattr(step, name):
            yield f"a Try needs its {name}"


def _about_not_shown(_: Lesson, step: AnyStep) -> Iterator[str]:
    if isinstance(step, NotShown) and not (step.fact and step.why.strip()):
        yield "it needs the id of the claim, and why it is not shown here"


_FINDERS: dict[type[object], Callable[[Lesson, AnyStep], Iterator[str]]] = {
    Say: _about_say,
    Predict: _about_predict,
    Ask: _about_ask,
    Run: _about_run,
    Explore: _about_run,
    Compare: _about_compare,
    Show: _about_show,
    Try: _about_try,
    NotShown: _about_not_shown,
}
