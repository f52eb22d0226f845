"""docs/claims.md: every claim of the course, what shows it, how that is checked, what is refused.

Written from the lessons alone; nothing is run. `simpsh lesson check` runs all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simpsh.course.lesson.lesson_outline import RUNNING
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Claim,
    Compare,
    Explore,
    Lesson,
    NotShown,
    Predict,
    Say,
    Try,
)

_HEAD = """\
# The claims of the course

Written by `simpsh lesson claims` from the lessons; `simpsh lesson check` runs every check and every
wrong variant below. A claim of the course stands under its id, with the steps that show it; the
sentences of a lesson that belong to none of them stand at the end. [terms.md](terms.md) explains
the terms.
"""


def claims_page(lessons: Sequence[Lesson], claims: Mapping[str, str]) -> str:
    """Return the page, as Markdown."""
    lines = [_HEAD]
    for claim, sentence in claims.items():
        lines += [f"## {claim}", "", sentence, ""]
        found = [one for lesson in lessons for one in _showing(lesson, claim)]
        lines += [*(found or ["- no step shows it"]), ""]
    further = [one for lesson in lessons for one in _further(lesson)]
    if further:
        lines += ["## Further claims of the lessons", "", *further, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _showing(lesson: Lesson, claim: str) -> Iterator[str]:
    """Yield the lines about the steps of a lesson that show a claim, or speak of it."""
    if claim in lesson.facts:
        yield f"- {_lesson(lesson)} as a whole"
    for number, step in enumerate(lesson.steps, 1):
        where = f"{_lesson(lesson)}, step {number}"
        yield from _of_step(step, claim, where)
        of_step = claim in getattr(step, "facts", ())
        for one in getattr(step, "claims", ()):
            if of_step or claim in one.facts:
                yield from _of_claim(step, one, where)


def _of_step(step: AnyStep, claim: str, where: str) -> Iterator[str]:
    if isinstance(step, NotShown) and step.fact == claim:
        yield f"- not shown, said in {where}: {_one_line(step.why)}"
    elif claim not in getattr(step, "facts", ()):
        return
    elif isinstance(step, Say):
        yield f"- said in {where}"
    elif isinstance(step, Predict):
        yield f"- asked in {where}: {_one_line(step.question)}"
        for choice in step.choices:
            yield f"  - “{_one_line(choice.text)}” is right if {choice.expectation.text}"
    elif isinstance(step, Try):
        yield f"- tried in {where}: {_one_line(step.task)}"
        yield f"  - check: {step.expect.text}"
        yield from (f"  - refused: `{line}`" for line in step.wrong)


def _of_claim(step: AnyStep, claim: Claim, where: str) -> Iterator[str]:
    yield f"- **{_one_line(claim.sentence)}** – {where}, {_demonstration(step)}"
    yield f"  - check: {_one_line(claim.expectation.text)}"
    yield from (f"  - refused: {_one_line(str(wrong))}" for wrong in claim.wrongs)
    if isinstance(step, Compare) and not claim.wrongs:
        rows = ", ".join(f"“{_one_line(row)}”" for row in step.variants)
        yield f"  - refused: the other rows of {rows}"


def _further(lesson: Lesson) -> Iterator[str]:
    for number, step in enumerate(lesson.steps, 1):
        if isinstance(step, RUNNING) and not step.facts:
            for claim in step.claims:
                if not claim.facts:
                    yield from _of_claim(step, claim, f"{_lesson(lesson)}, step {number}")


def _lesson(lesson: Lesson) -> str:
    return f"[{lesson.id}](../lessons/{lesson.id.replace('-', '_')}.py)"


def _demonstration(step: AnyStep) -> str:
    base = step.run if isinstance(step, Compare) else step
    code = getattr(base, "code", None)
    name = getattr(code, "__name__", "") or type(code).__name__
    kind = {Explore: "all orders of ", Compare: "a comparison of "}.get(type(step), "")
    return f"{kind}`{name}`"


def _one_line(text: str) -> str:
    return " ".join(text.split())
