"""Faults of a lesson that are found without running it, each as one line with the remedy.

They include edits, moments, rows and references that do not match the code, and terms without an
entry. Claims are judged by `simpsh lesson check`, which runs them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from simpsh.course.claims.claim import Proof, moments_in, parsed, rows_in
from simpsh.course.claims.demonstration import NO_EDIT, Demonstration, Edit, ListingFault, listing
from simpsh.course.claims.observation import END, REST, moment_parts
from simpsh.course.lesson.lesson import Lesson, Question, Running, Step, code_referred_to, texts_of
from simpsh.course.lesson.term_glossary import Glossary, terms_in
from simpsh.view.styled_text import marked

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def faults(lesson: Lesson, known_lessons: Collection[str] | None = None) -> list[str]:
    """Return the faults of a lesson: `step 3 (Predict): …`, one line each.

    `known_lessons` are valid ids for `requires`; None allows any.
    """
    all_faults = list(_lesson_faults(lesson, known_lessons))
    for number, step in enumerate(lesson.steps, 1):
        of_step = [*step.faults(lesson), *_reference_faults(lesson, step)]
        all_faults += [f"{_step_label(number, step)}: {fault}" for fault in of_step]
    return all_faults


def _step_label(number: int, step: object) -> str:
    return f"step {number} ({type(step).__name__})"


def _lesson_faults(lesson: Lesson, known_lessons: Collection[str] | None) -> Iterator[str]:
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
        if known_lessons is not None and name not in known_lessons:
            yield f"it requires “{name}”, and there is no such lesson: see `simpsh lesson`"


def bare_questions(lesson: Lesson) -> Iterator[str]:
    """Yield the questions that are too easy to guess or lack a hint."""
    for number, step in enumerate(lesson.steps, 1):
        if isinstance(step, Question):
            yield from (f"{_step_label(number, step)}: {fault}" for fault in step.bare_faults())


def claim_faults(step: Running) -> Iterator[str]:
    """Yield the faults in the claims of a single demonstration."""
    for claim in step.claims:
        where = f"claim “{claim.sentence}”"
        for fault in proof_faults(step, claim.proof):
            yield f"{where}: {fault}"
        if not claim.wrongs:
            yield f"{where}: it needs a wrong variant, an edit that makes it false"
        for edit in claim.wrongs:
            yield from (f"{where}: {fault}" for fault in edit_faults(step.demonstration, edit))


def edit_faults(demonstration: Demonstration, edit: Edit) -> Iterator[str]:
    """Yield the reasons why an edit does not match a demonstration."""
    try:
        changed = listing(demonstration, edit)
        if changed.language == "python":
            changed.compiled("<variant>")
    except ListingFault as fault:
        yield str(fault)


def name_faults(demonstration: Demonstration, text: str, edit: Edit) -> Iterator[str]:
    """Yield the names that a text marks as code, and that the program loses by an edit."""
    try:
        before, after = listing(demonstration).source, listing(demonstration, edit).source
    except ListingFault:
        return
    for name in dict.fromkeys(piece.text for piece in marked(text) if piece.style == "code"):
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        if word.search(before) and not word.search(after):
            yield f"the question names `{name}`, which a program of again no longer has"


def proof_faults(step: Running | None, proof: Proof) -> Iterator[str]:
    """Yield the reasons why a proof cannot apply to the run of a step."""
    if isinstance(proof, str):
        try:
            parsed(proof)
        except SyntaxError:
            yield f"“{proof}” is no Python expression"
    for row in rows_in(proof):
        if step is None or row not in step.rows:
            yield f"row({row!r}): the run has no such row"
    if step is not None:
        for moment in sorted({*moments_in(proof)}):
            yield from moment_faults(step, moment)


def moment_faults(step: Running, moment: str) -> Iterator[str]:
    """Yield the reason why a step has no such moment."""
    mark, number = moment_parts(moment)
    if mark in (REST, END) and (not number or (mark == REST and number.isdigit())):
        return
    try:
        listings = [listing(step.demonstration, edit) for edit in step.rows.values() or [NO_EDIT]]
    except ListingFault:
        return  # reported by the faults of the run itself
    marks = {name for code in listings for name in code.callouts.values()}
    if mark not in marks or (number and not number.isdigit()):
        yield f"the moment “{moment}” is not in the code: write a comment # {mark} at its line"


def _reference_faults(lesson: Lesson, step: Step) -> Iterator[str]:
    """Yield the {line:…} references in a step's texts that do not match its code."""
    texts = [text for _, text in step.texts() if "{line:" in text]
    if not texts:
        return
    demonstration = code_referred_to(lesson, step)
    if demonstration is None:
        yield "{line:…} is in a text that refers to no run"
        return
    try:
        code = listing(demonstration)
    except ListingFault:
        return  # reported by the faults of the run itself
    for text in texts:
        try:
            code.fill(text)
        except ListingFault as fault:
            yield f"{{line:…}}: {fault}"


def term_faults(lesson: Lesson, glossary: Glossary) -> Iterator[str]:
    """Yield the terms that a text marks and no glossary explains: `step 3, because: …`."""
    for text in texts_of(lesson):
        where = f"step {text.step}, {text.part}" if text.step else text.part
        for term in terms_in(text.text):
            if term not in glossary:
                yield f"{where}: “{term}” is marked as a term and has no entry in glossary.py"
