"""Whether what a lesson says fits the code that it says it of: edits, moments, rows, references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.edits import Edit, EditMisfit
from simpsh.course.expectation import Expectation
from simpsh.course.listing import ListingFault, listing
from simpsh.course.steps import Ask, Compare, Explore, Predict, Run, Say, Show
from simpsh.course.walking import code_spoken_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.course.lesson import Lesson
    from simpsh.course.steps import AnyStep, Running


def is_a(value: object, kind: type[object]) -> bool:
    """Tell whether an author really gave what the contract asks for."""
    return isinstance(value, kind)


def about_edit(step: Run | Explore, edit: Edit) -> Iterator[str]:
    """Yield why an edit does not fit a demonstration."""
    if not is_a(edit, Edit):
        yield f"{edit!r} is no edit: use replace, delete, insert or move"
        return
    try:
        changed = listing(step, edit)
        if changed.language == "python":
            changed.compiled("<variant>")
    except (EditMisfit, ListingFault) as fault:
        yield str(fault)


def about_expectation(step: Running | None, expectation: Expectation) -> Iterator[str]:
    """Yield why an expectation cannot be said of what a step runs."""
    if not is_a(expectation, Expectation):
        yield f"{expectation!r} is no expectation: say happens(…) of an event, compare a fact"
        return
    for part in parts_of(expectation):
        if part.variant and not (isinstance(step, Compare) and part.variant in step.variants):
            yield f"of(“{part.variant}”, …): the run it speaks of has no such row"
    for moment in sorted(expectation.moments):
        if step is not None:
            yield from about_moment(step, moment)


def about_moment(step: Running, moment: str) -> Iterator[str]:
    """Yield why a step has no such moment."""
    mark, _, number = moment.partition(" ")
    if mark in ("rest", "end") and (not number or (mark == "rest" and number.isdigit())):
        return
    base = step.run if isinstance(step, Compare) else step
    edits = [*step.variants.values()] if isinstance(step, Compare) else [Edit()]
    try:
        marks = {one for edit in edits for one in listing(base, edit).callouts.values()}
    except (EditMisfit, ListingFault):
        return  # said of the run itself
    if mark not in marks or (number and not number.isdigit()):
        yield f"the moment “{moment}” is not in the code: write a comment # {mark} at its line"


def about_references(lesson: Lesson, step: AnyStep) -> Iterator[str]:
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
        yield from (choice.because for choice in step.choices)
    elif isinstance(step, Ask):
        yield from (step.question, step.because, *step.near.values())
    elif isinstance(step, Run | Explore | Compare):
        yield from (claim.sentence for claim in step.claims)
    elif isinstance(step, Say | Show):
        yield step.text
