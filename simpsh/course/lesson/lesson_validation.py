"""What is wrong with a lesson before anything runs: each fault one line, with what to do.

Whether edits, moments, rows and references fit the code that they speak of is part of it. Whether
its claims hold is another question: `simpsh lesson check` runs them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from simpsh.course.lesson.code_listing import ListingFault, listing
from simpsh.course.lesson.expectation import Expectation
from simpsh.course.lesson.lesson_outline import (
    RUNNING,
    answer_to,
    base_of,
    code_spoken_of,
    facts_of,
    parts_of,
    runs_of,
)
from simpsh.course.lesson.lesson_steps import (
    FORMAT,
    AnyStep,
    Ask,
    Claim,
    Compare,
    Edit,
    EditMisfit,
    Explore,
    Lesson,
    NotShown,
    Predict,
    Run,
    Running,
    Say,
    Show,
    Try,
)
from simpsh.course.lesson.value_kinds import faults_of_kind

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHOWABLE = ("memory", "descriptors", "open files", "code", "who ran", "family", "picture")
_RUN_SHOWS = ("picture", "output", "nothing")
_DETAILS = {"SIGCHLD", "close", "dup2", "execve", "open", "setpgid", "tcsetpgrp"}
"""What `watch` may name beside variables."""


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
    if wrong := [*faults_of_kind(lesson)]:
        # What follows takes each value for what it should be.
        return wrong
    found = list(_about_lesson(lesson, known_lessons, known_facts))
    for number, step in enumerate(lesson.steps, 1):
        place = f"step {number} ({type(step).__name__})"
        found += [f"{place}: {fault}" for fault in _about_step(lesson, step)]
        found += [f"{place}: {fault}" for fault in _about_references(lesson, step)]
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
    ids = [step.id for step in lesson.steps if isinstance(step, RUNNING)]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"two runs are called “{name}”: give one of them another id"


def _about_step(lesson: Lesson, step: AnyStep) -> Iterator[str]:
    match step:
        case Predict():
            yield from _about_predict(lesson, step)
        case Ask():
            yield from _about_answer(lesson, step)
        case Run() | Explore():
            yield from _about_run(step)
        case Compare():
            yield from _about_compare(step)
        case Show():
            yield from _about_show(lesson, step)
        case _:
            yield from _about_words(step)


def _about_words(step: Try | Say | NotShown) -> Iterator[str]:
    match step:
        case Try():
            yield from _about_try(step)
        case Say(text):
            if not text.strip():
                yield "it says nothing"
        case NotShown(fact, why):
            if not (fact and why.strip()):
                yield "it needs the id of the claim, and why it is not shown here"


def _about_predict(lesson: Lesson, step: Predict) -> Iterator[str]:
    choices = step.choices
    if len(choices) < 2:
        yield f"a question needs at least two Choices; it has {len(choices)}"
    texts = [choice.text for choice in choices]
    if len(set(texts)) != len(texts):
        yield "two of its choices have the same text"
    for choice in choices:
        yield from _about_expectation(answer_to(lesson, step), choice.expectation)
        if not choice.because.strip():
            yield f"the choice “{choice.text}” needs a reason: why it is so, or where it would be"
    yield from _about_answer(lesson, step)


FEWEST_CHOICES = 3
"""Of two choices every second guess is right by chance."""


def bare_questions(lesson: Lesson) -> Iterator[str]:
    """Yield which questions can be guessed too easily, or leave a student without a hint."""
    for number, step in enumerate(lesson.steps, 1):
        place = f"step {number} ({type(step).__name__})"
        if isinstance(step, Predict) and len(step.choices) < FEWEST_CHOICES:
            yield f"{place}: it has {len(step.choices)} choices; a third one makes it a question"
        if isinstance(step, Predict | Ask) and not step.hint.strip():
            yield f"{place}: it needs a hint: where to look, or which rule to think of"


def _about_answer(lesson: Lesson, step: Predict | Ask) -> Iterator[str]:
    if answer_to(lesson, step) is None:
        yield "no run answers it: put a Run, Compare, Explore or Show(of=…) right after it"


def _about_run(step: Run | Explore) -> Iterator[str]:
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


def _about_claim(step: Run | Explore, claim: Claim) -> Iterator[str]:
    where = f"claim “{claim.sentence}”"
    for fault in _about_expectation(step, claim.expectation):
        yield f"{where}: {fault}"
    if not claim.wrongs:
        yield f"{where}: it needs a wrong variant, an edit that makes it false"
    for edit in claim.wrongs:
        for fault in _about_edit(step, edit):
            yield f"{where}: {fault}"


def _about_compare(step: Compare) -> Iterator[str]:
    if len(step.variants) < 2 or not step.columns:
        yield "a comparison needs at least two variants and one column"
    for label, edit in step.variants.items():
        for fault in _about_edit(step.run, edit):
            yield f"row “{label}”: {fault}"
    for claim in step.claims:
        where = f"claim “{claim.sentence}”"
        for fault in _about_expectation(step, claim.expectation):
            yield f"{where}: {fault}"
        if claim.wrongs:
            yield f"{where}: in a Compare the other rows are the wrong variants; leave out wrong"


def _about_show(lesson: Lesson, step: Show) -> Iterator[str]:
    if step.what not in _SHOWABLE:
        yield f"{step.what!r} cannot be shown: it is one of {', '.join(_SHOWABLE)}"
    steps = list(lesson.steps)
    earlier = steps[: steps.index(step)]
    if runs_of(lesson).get(step.of) not in earlier:
        yield f"of={step.of!r} is no run before it"
        return
    yield from _about_moment(runs_of(lesson)[step.of], step.at)


def _about_try(step: Try) -> Iterator[str]:
    for name in ("task", "hint", "solution", "praise", "wrong"):
        if not getattr(step, name):
            yield f"a Try needs its {name}"


def _about_edit(step: Run | Explore, edit: Edit) -> Iterator[str]:
    """Yield why an edit does not fit a demonstration."""
    try:
        changed = listing(step, edit)
        if changed.language == "python":
            changed.compiled("<variant>")
    except (EditMisfit, ListingFault) as fault:
        yield str(fault)


def _about_expectation(step: Running | None, expectation: Expectation) -> Iterator[str]:
    """Yield why an expectation cannot be said of what a step runs."""
    for part in parts_of(expectation):
        if part.variant and not (isinstance(step, Compare) and part.variant in step.variants):
            yield f"of(“{part.variant}”, …): the run it speaks of has no such row"
    for moment in sorted(expectation.moments):
        if step is not None:
            yield from _about_moment(step, moment)


def _about_moment(step: Running, moment: str) -> Iterator[str]:
    """Yield why a step has no such moment."""
    mark, _, number = moment.partition(" ")
    if mark in ("rest", "end") and (not number or (mark == "rest" and number.isdigit())):
        return
    base = base_of(step)
    edits = [*step.variants.values()] if isinstance(step, Compare) else [Edit()]
    try:
        marks = {one for edit in edits for one in listing(base, edit).callouts.values()}
    except (EditMisfit, ListingFault):
        return  # said of the run itself
    if mark not in marks or (number and not number.isdigit()):
        yield f"the moment “{moment}” is not in the code: write a comment # {mark} at its line"


def _about_references(lesson: Lesson, step: AnyStep) -> Iterator[str]:
    """Yield which {line:…} of a step's texts do not fit its code."""
    texts = [text for text in _texts(step) if "{line:" in text]
    if not texts:
        return
    base = code_spoken_of(lesson, step)
    if base is None:
        yield "{line:…} stands in a text that speaks of no run"
        return
    try:
        code = listing(base)
    except (EditMisfit, ListingFault):
        return  # said of the run itself
    for text in texts:
        try:
            code.fill(text)
        except ListingFault as fault:
            yield f"{{line:…}}: {fault}"


def _texts(step: AnyStep) -> Iterator[str]:
    if isinstance(step, Predict):
        yield step.question
        yield step.hint
        yield from (choice.because for choice in step.choices)
    elif isinstance(step, Ask):
        yield from (step.question, step.hint, step.because, *step.near.values())
    elif isinstance(step, Run | Explore | Compare):
        yield from (claim.sentence for claim in step.claims)
    elif isinstance(step, Say | Show):
        yield step.text
