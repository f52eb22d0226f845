"""The site's page of claims: every claim of the course, and the step that shows it.

It is made from the lessons alone, without running them. `simpsh lesson check --why` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simpsh.course.lesson.lesson import Lesson

_HEAD = """\
# The claims of the course

This page is generated from the lessons. It lists each claim of the course, with the step that
shows it.

`simpsh lesson check ID` runs each step, proves each sentence in bold, and refuses every wrong
variant of it. With `--why` it reports the values in each claim, and in each wrong variant.
[terms.md](terms.md) explains the terms.
"""


def claims_page(lessons: Sequence[Lesson], path_of: Callable[[str], str]) -> str:
    """Return the page, as Markdown."""
    lines = [_HEAD]
    for lesson in lessons:
        link = f"[{lesson.id}](../{path_of(lesson.id)})"
        lines += [f"## {lesson.title}", ""]
        lines += [
            f"- **{claim.sentence}** – {link}, step {number}"
            for number, step in enumerate(lesson.steps, 1)
            for claim in step.claims
        ]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"
