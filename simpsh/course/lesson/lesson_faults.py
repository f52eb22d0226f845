"""Faults of a lesson that its runs do not show, each as one line with the remedy.

`simpsh lesson check` runs the lesson, too, which shows edits and claims that do not fit the code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from simpsh.course.claims.demonstration import listing
from simpsh.course.lesson.lesson import Lesson, Question, Running, Step, runs_of, texts_of
from simpsh.course.lesson.run_steps import DETAILS, SHOWS, Compare, Explore, Repair, Run
from simpsh.course.lesson.term_glossary import Glossary, terms_in
from simpsh.course.lesson.text_steps import PARTS, Show, Try

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FEWEST_CHOICES = 3
"""With two choices, half of all random guesses would be right."""


def faults(lesson: Lesson, known_lessons: Collection[str]) -> list[str]:
    """Return the faults of a lesson: `step 3 (Run): …`, one line each.

    `known_lessons` are valid ids for `requires`.
    """
    all_faults = list(_lesson_faults(lesson, known_lessons))
    for number, step in enumerate(lesson.steps, 1):
        all_faults += [
            f"step {number} ({type(step).__name__}): {fault}"
            for fault in _step_faults(lesson, step)
        ]
    return all_faults


def _lesson_faults(lesson: Lesson, known_lessons: Collection[str]) -> Iterator[str]:
    if not _ID.fullmatch(lesson.id):
        yield f"the id “{lesson.id}” must be lower-case words joined by dashes, as rule-4-copied"
    for name in ("title", "remember", "chapter"):
        if not getattr(lesson, name):
            yield f"a lesson needs a {name}"
    if lesson.minutes < 1 or not lesson.steps:
        yield "a lesson takes at least a minute and has at least one step"
    ids = [step.id for step in lesson.steps if isinstance(step, Running)]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"two runs are called “{name}”: give one of them another id"
    for name in lesson.requires:
        if name not in known_lessons:
            yield f"it requires “{name}”, and there is no such lesson: see `simpsh lesson`"


def _step_faults(lesson: Lesson, step: Step) -> Iterator[str]:
    match step:
        case Question():
            yield from _question_faults(step)
        case Run() | Explore() | Repair() | Compare():
            yield from _run_faults(step)
        case Show():
            if step.what not in PARTS:
                yield f"{step.what!r} cannot be shown: it is one of {', '.join(PARTS)}"
            earlier = lesson.steps[: list(lesson.steps).index(step)]
            if runs_of(lesson).get(step.of) not in earlier:
                yield f"of={step.of!r} is not an earlier run"
        case Try():
            for name in ("about", "asks", "hint", "solution", "wrong"):
                if not getattr(step, name):
                    yield f"a Try needs its {name}"
            for line, remark in step.wrong.items():
                if not remark.strip():
                    yield f"the wrong line “{line}” needs a sentence for the student who types it"
        case _:
            pass


def _question_faults(question: Question) -> Iterator[str]:
    texts = {choice.text for choice in question.choices}
    if len(texts) < _FEWEST_CHOICES:
        yield f"it has {len(texts)} different choices; a third one makes it a question"
    if not question.hint.strip():
        yield "it needs a hint: where to look, or which rule to think of"
    for choice in question.choices:
        if not choice.because.strip():
            yield f"the choice “{choice.text}” needs a reason: why, or where it would be so"


def _run_faults(step: Run | Explore | Repair | Compare) -> Iterator[str]:
    for claim in step.claims:
        where = f"claim “{claim.sentence}”"
        if isinstance(step, Compare) and claim.wrongs:
            yield f"{where}: the other rows are the wrong variants; leave out wrong"
        if isinstance(step, Run | Explore) and not claim.wrongs:
            yield f"{where}: it needs a wrong variant, an edit that makes it false"
        if isinstance(step, Repair) and not claim.hint:
            yield f"{where}: it needs a hint for a program that fails it"
    if isinstance(step, Compare) and (len(step.variants) < 2 or not step.columns):
        yield "a comparison needs at least two variants and one column"
    if isinstance(step, Run):
        if step.shows not in SHOWS:
            yield f"shows={step.shows!r} is none of {', '.join(SHOWS)}"
        for name in sorted(set(step.watch) - DETAILS):
            if name not in listing(step.demonstration).source:
                yield f"watch: there is no “{name}” in the code"


def term_faults(lesson: Lesson, glossary: Glossary) -> Iterator[str]:
    """Yield the terms that a text marks and no glossary explains: `step 3, because: …`."""
    for text in texts_of(lesson):
        where = f"step {text.step}, {text.part}" if text.step else text.part
        for term in terms_in(text.text):
            if term not in glossary:
                yield f"{where}: “{term}” is marked as a term and has no entry in glossary.py"
