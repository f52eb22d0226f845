"""An outline as text: a column for who acts, one for the calls, one for what they are for."""

from __future__ import annotations

import textwrap

from simpsh.plan.counting import count, told
from simpsh.plan.outline import ONCE, Outline, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.plan.outline import Part

_INDENT = "  "
_LONGEST_NAME = 10
_NARROWEST = 24
_BAR = "│ "


def described(outlines: Sequence[Outline], width: int = 80) -> list[str]:
    """Return outlines, and how often each call is made, as lines of text.

    Args:
        outlines: what a line would do.
        width: the characters that a line may have.
    """
    lines: list[str] = []
    for outline in outlines:
        lines += [*_outline(outline, width), ""]
    indent = f"{'in all':<{_LONGEST_NAME}}{_INDENT}"
    totals = " · ".join(words.replace(" ", "\xa0") for words in told(count(outlines)))
    for line in textwrap.wrap(totals, width - len(_INDENT + indent)):
        lines.append(f"{_INDENT}{indent}{line.strip(' ·')}".replace("\xa0", " "))
        indent = " " * len(indent)
    return lines


def _outline(outline: Outline, width: int) -> Iterator[str]:
    yield from _title(outline, width)
    for part in outline.parts:
        yield from _part(part, width)


def _title(outline: Outline, width: int) -> Iterator[str]:
    title, newline, _ = outline.title.partition("\n")
    title += " …" if newline else ""
    if not outline.condition:
        yield _cut(title, width)
        return
    if len(title) + 3 + len(outline.condition) <= width:
        yield f"{title}   {outline.condition}"
    else:
        yield _cut(title, width)
        yield _cut(_INDENT + outline.condition, width)


def _part(part: Part, width: int) -> Iterator[str]:
    who = _cut(part.who, _LONGEST_NAME)
    for step in part.steps:
        if isinstance(step, Outline):
            if who:
                yield _INDENT + who
            inner = _inner(step, max(_NARROWEST, width - len(_INDENT + _BAR)))
            yield from (_INDENT + (_BAR + line).rstrip() for line in inner)
            who = ""
            continue
        for line in _step(step, width - len(_INDENT) * 2 - _LONGEST_NAME):
            yield f"{_INDENT}{who:<{_LONGEST_NAME}}{_INDENT}{line}".rstrip()
            who = ""


def _inner(outline: Outline, width: int) -> Iterator[str]:
    if not outline.condition and len(outline.parts) == 1 and len(outline.parts[0].steps) == 1:
        step = outline.parts[0].steps[0]
        if not isinstance(step, Outline) and step.text == outline.title:
            # Nothing but itself: a title would say it twice.
            yield from _part(outline.parts[0], width)
            return
    yield from _outline(outline, width)


def _step(step: Step, width: int) -> Iterator[str]:
    call_width = width * 5 // 11
    room = width - call_width - len(_INDENT)
    if len(step.text) > call_width and step.call == "execve" and step.times == ONCE:
        # The call says enough, and fills the line.
        step = Step(step.text)
    meaning = textwrap.wrap(step.meaning, max(room, _NARROWEST), break_on_hyphens=False)
    call = textwrap.wrap(
        step.text, width, subsequent_indent=_INDENT, break_on_hyphens=False, max_lines=4
    ) or [""]
    first = meaning.pop(0) if meaning and len(call) == 1 and len(call[0]) <= call_width else ""
    yield from call[:-1]
    yield f"{call[-1]:<{call_width}}{_INDENT}{first}" if first else call[-1]
    for line in meaning:
        yield f"{'':<{call_width}}{_INDENT}{line}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
