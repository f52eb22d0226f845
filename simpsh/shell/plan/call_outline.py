"""An outline: what a line would do, call by call, as data and as text.

As text it has a column for the process that acts, one for its calls, one for what they are for.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from simpsh.base.record import Record

UNKNOWN = "unknown"
"""As a step's call: which calls are made, or how often, is known only when the line runs."""

NEVER = "never"
"""As an outline's condition: the command is not run."""


class CallStep(Record):
    """A call that a process would make, or – without a call – a sentence about it."""

    text: str
    """The call in strace's notation, or the sentence."""
    meaning: str = ""
    """What it is for, in a few words."""
    call: str = ""
    """The call's name, by which it is counted; or UNKNOWN."""
    count: int = 1
    """How often the call is made."""


class ProcessPart(Record):
    """What one process does, in order."""

    process: str
    steps: tuple[CallStep | Outline, ...]


class Outline(Record):
    """A command with what its processes would do; among the steps of a part, a command inside."""

    title: str
    parts: tuple[ProcessPart, ...]
    condition: str = ""
    """When it runs at all, or how often; empty if it surely runs once."""


_NOUNS = {
    "fork": ("fork", "forks"),
    "execve": ("exec", "execs"),
    "pipe2": ("pipe", "pipes"),
    "open": ("open", "opens"),
    "dup2": ("dup2", "dup2s"),
    "close": ("close", "closes"),
    "wait4": ("wait", "waits"),
    "memfd_create": ("memfd", "memfds"),
    "fcntl": ("saved descriptor", "saved descriptors"),
}
"""The calls that are counted, in this order, and what one and several are called."""
_RARE = ("memfd_create", "fcntl")
"""These are named only where they are made."""


def total(outlines: Iterable[Outline]) -> dict[str, int] | None:
    """Return how often each call is made; None where that depends on what happens meanwhile.

    >>> from simpsh.shell.plan.call_outline import ProcessPart as Part, CallStep as Step
    >>> line = Outline("ls", (Part("shell", (Step("fork() → ls", call="fork"),)),))
    >>> total([line])["fork"]
    1
    """
    counts = dict.fromkeys(_NOUNS, 0)
    waiting: list[Outline | CallStep] = [*outlines]
    while waiting:
        step = waiting.pop()
        if isinstance(step, Outline):
            if step.condition and step.condition != NEVER:
                return None
            for part in step.parts:
                waiting += part.steps
        elif step.call == UNKNOWN:
            return None
        elif step.call:
            counts[step.call] += step.count
    return counts


_INDENT = "  "
_LONGEST_NAME = 10
_NARROWEST = 24
_BAR = "│ "


def described(outlines: Sequence[Outline], width: int = 80) -> list[str]:
    """Return outlines as lines of text of at most `width` characters.

    The last lines say how often each call is made, where that is known.
    """
    lines: list[str] = []
    for outline in outlines:
        lines += [*_outline(outline, width), ""]
    counts = total(outlines)
    if counts is None:
        return lines[:-1]
    words = []
    for call, number in counts.items():
        if number or call not in _RARE:
            singular, plural = _NOUNS[call]
            # A line is not broken between a number and its noun.
            words.append(f"{number} {singular if number == 1 else plural}".replace(" ", "\xa0"))
    indent = f"{'in all':<{_LONGEST_NAME}}{_INDENT}"
    for line in textwrap.wrap(" · ".join(words), width - len(_INDENT + indent)):
        lines.append(f"{_INDENT}{indent}{line.strip(' ·')}".replace("\xa0", " "))
        indent = " " * len(indent)
    return lines


def _outline(outline: Outline, width: int) -> Iterator[str]:
    title, newline, _ = outline.title.partition("\n")
    title += " …" if newline else ""
    condition = outline.condition
    if condition and len(title) + 3 + len(condition) <= width:
        yield f"{title}   {condition}"
    else:
        yield _cut(title, width)
        if condition:
            yield _cut(_INDENT + condition, width)
    for part in outline.parts:
        yield from _part(part, width)


def _part(part: ProcessPart, width: int) -> Iterator[str]:
    name = _cut(part.process, _LONGEST_NAME)
    for step in part.steps:
        if isinstance(step, CallStep):
            for line in _step(step, width - len(_INDENT) * 2 - _LONGEST_NAME):
                yield f"{_INDENT}{name:<{_LONGEST_NAME}}{_INDENT}{line}".rstrip()
                name = ""
            continue
        if name:
            yield _INDENT + name
            name = ""
        inner_width = max(_NARROWEST, width - len(_INDENT + _BAR))
        only = step.parts[0].steps if len(step.parts) == 1 else ()
        sole = only[0] if len(only) == 1 and not step.condition else None
        if isinstance(sole, CallStep) and sole.text == step.title:
            # The command is a single step of the same text: a title would say it twice.
            inner = _part(step.parts[0], inner_width)
        else:
            inner = _outline(step, inner_width)
        yield from (_INDENT + (_BAR + line).rstrip() for line in inner)


def _step(step: CallStep, width: int) -> Iterator[str]:
    call_width = width * 5 // 11
    room = width - call_width - len(_INDENT)
    if len(step.text) > call_width and step.call == "execve":
        # The call says enough, and fills the line.
        step = CallStep(step.text)
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
