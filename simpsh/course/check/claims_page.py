"""docs/claims.md: every claim of the course, what shows it, how that is checked, what is refused.

Written from the lessons alone; nothing is run. `simpsh lesson check` runs all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from simpsh.course.claims.demonstration import Claim
from simpsh.course.lesson.lesson import Lesson, Running, one_line

_HEAD = """\
# The claims of the course

Written by `simpsh lesson claims` from the lessons. A claim of the course stands under its id, with
the steps that show it. The sentences of a lesson that belong to none of them stand at the end.

Below a sentence stands what `simpsh lesson check` checks in the run: all lines with “check” must be
true. “refused” names a change of the code. With this change the check must fail.
[terms.md](terms.md) explains the terms.
"""


def claims_page(
    lessons: Sequence[Lesson], claims: Mapping[str, str], path_of: Callable[[str], str]
) -> str:
    """Return the page, as Markdown."""
    links = {lesson.id: f"[{lesson.id}](../{path_of(lesson.id)})" for lesson in lessons}
    lines = [_HEAD]
    for claim, sentence in claims.items():
        lines += [f"## {claim}", "", sentence, ""]
        shown = [row for lesson in lessons for row in _showing(lesson, claim, links[lesson.id])]
        lines += [*(shown or ["- no step shows it"]), ""]
    further = [row for lesson in lessons for row in _further(lesson, links[lesson.id])]
    if further:
        lines += ["## Further claims of the lessons", "", *further, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _showing(lesson: Lesson, claim: str, link: str) -> Iterator[str]:
    """Yield the lines about the steps of a lesson that show a claim, or speak of it."""
    if claim in lesson.facts:
        yield f"- {link} as a whole"
    for number, step in enumerate(lesson.steps, 1):
        where = f"{link}, step {number}"
        yield from step.claim_lines(claim, where)
        if isinstance(step, Running):
            for sentence in step.claims:
                if claim in step.facts or claim in sentence.facts:
                    yield from _claim_lines(step, sentence, where)


def _further(lesson: Lesson, link: str) -> Iterator[str]:
    """Yield what a lesson claims beside the claims of the course."""
    for number, step in enumerate(lesson.steps, 1):
        if isinstance(step, Running) and not step.facts:
            for claim in step.claims:
                if not claim.facts:
                    yield from _claim_lines(step, claim, f"{link}, step {number}")


def _claim_lines(step: Running, claim: Claim, where: str) -> Iterator[str]:
    yield f"- **{one_line(claim.sentence)}** – {where}, {step.subject}"
    parts = [part.text for part in claim.expectation.parts]
    is_list = " and ".join(parts) == claim.expectation.text
    for text in parts if is_list else [claim.expectation.text]:
        yield f"  - check: {one_line(text)}"
    yield from (f"  - refused: {one_line(str(wrong))}" for wrong in claim.wrongs)
    if note := step.claims_page_note(claim):
        yield f"  - refused: {note}"
