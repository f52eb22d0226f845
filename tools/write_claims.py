"""The site's page of claims: every claim of the course, and the steps that show it.

It is made from the lessons alone, without running them. `simpsh lesson check --why` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from simpsh.course.lesson.lesson import Lesson

_HEAD = """\
# The claims of the course

This page is generated from the lessons. It lists each claim of the course under its id, with the
steps that show or mention it. Sentences of lessons that belong to no claim are at the end.

`simpsh lesson check ID` runs each step, proves each sentence in bold, and refuses every wrong
variant of it. With `--why` it reports which events each sentence matched, and why each
wrong variant was refused. [terms.md](terms.md) explains the terms.
"""


def claims_page(
    lessons: Sequence[Lesson], claims: Mapping[str, str], path_of: Callable[[str], str]
) -> str:
    """Return the page, as Markdown."""
    links = {lesson.id: f"[{lesson.id}](../{path_of(lesson.id)})" for lesson in lessons}
    lines = [_HEAD]
    for claim, sentence in claims.items():
        shown = [row for lesson in lessons for row in _rows(lesson, claim, links[lesson.id])]
        lines += [f"## {claim}", "", sentence, "", *(shown or ["- no step shows it"]), ""]
    if further := [row for lesson in lessons for row in _rows(lesson, "", links[lesson.id])]:
        lines += ["## Other claims of the lessons", "", *further, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(lesson: Lesson, fact: str, link: str) -> Iterator[str]:
    """Yield a lesson's rows for the claim `fact`; if `fact` is empty, the rows without a fact."""
    for number, step in enumerate(lesson.steps, 1):
        where = f"{link}, step {number}"
        if fact in step.facts and not step.claims:
            yield f"- {where}: {' '.join(step.title.split())}"
        for claim in step.claims:
            facts = (*step.facts, *claim.facts)
            if fact in facts or not (fact or facts):
                yield f"- **{claim.sentence}** – {where}"
