"""The head of a lesson, read without executing its file.

A lesson file ends with `LESSON = Lesson(…)`, whose id, title, minutes and chapter are literals.
"""

from __future__ import annotations

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    Kind = Literal["core", "deeper", "reference"]
    """core: for everyone. deeper: optional. reference: for looking things up."""

CHAPTERS = (
    "fork",
    "exec",
    "wait",
    "orphans and zombies",
    "signals",
    "pipes",
    "daemons",
    "the shell",
)
"""The chapters of the course, in order. Other chapters come after them."""


class LessonHead(Record):
    """The entry of a lesson in a list."""

    id: str
    title: str
    minutes: int
    chapter: str
    steps: int
    about: str = ""
    """The first sentence of its docstring's second paragraph."""
    kind: Kind = "core"


def head_in(text: bytes) -> list[object]:
    """Return the values of the LessonHead in a lesson's source, without `about` and kind.

    Empty if they are not literals.
    """
    # Imported late: the cached values need no parser.
    import ast

    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    first = tree.body[0] if tree.body else None
    call = first.value if isinstance(first, ast.Assign | ast.AnnAssign) else None
    if not isinstance(call, ast.Call):
        return []
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    given.setdefault("chapter", ast.Constant(CHAPTERS[0]))
    fields = ("id", "title", "minutes", "chapter")
    steps = given.get("steps")
    match [getattr(given.get(name), "value", None) for name in fields]:
        case [str(), str(), int(), str()] as values if isinstance(steps, ast.List):
            if not any(isinstance(step, ast.Starred) for step in steps.elts):
                return [*values, len(steps.elts)]
    return []


def heads_in(paths: Sequence[str]) -> dict[str, list[object]]:
    """Return the heads of the lessons in files, by path; see head_in().

    Files without a line that begins with LESSON are left out.
    """
    import re  # slow to import; cached heads do not need it

    heads: dict[str, list[object]] = {}
    for path in paths:
        with open(path, "rb") as file:
            text = file.read()
        if beginning := re.search(rb"^LESSON\b", text, re.MULTILINE):
            heads[path] = head_in(text[beginning.start() :])
            about = re.match(rb'"""[^\n]+\n\n(.+?[.?!])(?=\s|""")', text, re.DOTALL)
            if heads[path]:
                heads[path].append(" ".join(about[1].decode().split()) if about else "")
    return heads


def are_heads(value: object) -> bool:
    """Return whether a cached value has the type of heads_in()."""
    kinds: tuple[list[type], ...] = ([], [str, str, int, str, int, str])
    return isinstance(value, dict) and all(
        isinstance(head, list) and [type(field) for field in head] in kinds
        for head in value.values()
    )


def in_chapters(heads: Sequence[LessonHead]) -> dict[str, list[LessonHead]]:
    """Group lessons by chapter, in the order of CHAPTERS."""
    names = dict.fromkeys([*CHAPTERS, *(head.chapter for head in heads)])
    chapters = {name: [head for head in heads if head.chapter == name] for name in names}
    return {name: of_chapter for name, of_chapter in chapters.items() if of_chapter}


def in_hours(minutes: int) -> str:
    """Return a duration in hours and minutes.

    >>> in_hours(45), in_hours(65)
    ('45 min', '1 h 05 min')
    """
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
