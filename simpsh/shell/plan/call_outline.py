"""An outline: what a line would do, told call by call before anything is done.

The outline as data, how often it makes each call – exactly, or between two bounds – and the
outline as text: a column for who acts, one for the calls, one for what they are for.
"""

from __future__ import annotations

import textwrap

from simpsh.base.record import Record, changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Bounds = tuple[int, int | None]
"""How often: at least, and at most; None where it cannot be known."""

ONCE: Bounds = (1, 1)
ANY = "any"
"""As a step's call: calls that cannot be foreseen, of every kind."""


class CallStep(Record):
    """A call that a process would make, or – without a call – a sentence about it."""

    text: str
    """The call in strace's notation, or the sentence."""
    meaning: str = ""
    """What it is for, in a few words."""
    call: str = ""
    """The call's name, by which it is counted; or ANY."""
    times: Bounds = ONCE


class ProcessPart(Record):
    """What one process does, in order."""

    who: str
    steps: tuple[CallStep | Outline, ...]


class Outline(Record):
    """A command with what its processes would do; within a step's place, a command inside."""

    title: str
    parts: tuple[ProcessPart, ...]
    condition: str = ""
    """When it runs at all, or how often; empty if it runs once for certain."""
    times: Bounds | None = None
    """How often it runs; None for once, or perhaps once where there is a condition."""

    @property
    def runs(self) -> Bounds:
        """How often it runs, at least and at most."""
        return self.times or (0 if self.condition else 1, 1)


NOUNS = {
    "fork": ("fork", "forks"),
    "execve": ("exec", "execs"),
    "pipe2": ("pipe", "pipes"),
    "open": ("open", "opens"),
    "dup2": ("dup2", "dup2s"),
    "close": ("close", "closes"),
    "wait4": ("wait", "waits"),
}
"""The calls that are always told, in this order, and what one and several are called."""

RARE = {
    "memfd_create": ("memfd", "memfds"),
    "fcntl": ("saved descriptor", "saved descriptors"),
}
"""Calls that are told where they are made."""

_NONE: Bounds = (0, 0)


def count(outlines: Iterable[Outline]) -> dict[str, Bounds]:
    """Return how often each call is made in all the outlines together, nested ones included.

    >>> from simpsh.shell.plan.call_outline import ProcessPart as Part, CallStep as Step
    >>> maybe = Outline("ls", (Part("shell", (Step("fork()", call="fork"),)),), "only if …")
    >>> count([maybe])["fork"]
    (0, 1)
    """
    total = dict.fromkeys((*NOUNS, *RARE), _NONE)
    for outline in outlines:
        for part in outline.parts:
            _add(total, part, outline.runs)
    return total


def _add(total: dict[str, Bounds], part: ProcessPart, runs: Bounds) -> None:
    for step in part.steps:
        found = count([step]) if isinstance(step, Outline) else _of_step(step)
        for call, (least, most) in found.items():
            low, high = total[call]
            total[call] = low + least * runs[0], _sum(high, _product(most, runs[1]))


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _product(one: int | None, other: int | None) -> int | None:
    if 0 in (one, other):
        return 0
    return None if one is None or other is None else one * other


def repeated(outline: Outline, times: Bounds, when: str) -> Outline:
    """Return an outline that is run as often as each time `times` says.

    Args:
        outline: what is run; it may have a condition of its own.
        times: how often, at least and at most.
        when: the same in words.
    """
    low, high = outline.runs
    condition = f"{when}, {outline.condition}" if outline.condition else when
    return changed(outline, condition=condition, times=(low * times[0], _product(high, times[1])))


def _of_step(step: CallStep) -> dict[str, Bounds]:
    if step.call == ANY:
        return dict.fromkeys(NOUNS, (0, None))
    return {step.call: step.times} if step.call in NOUNS or step.call in RARE else {}


def told(counts: dict[str, Bounds]) -> list[str]:
    """Return the counts in words, one for each call: `2 forks`, `1 to 3 opens`, `1 wait or more`.

    >>> told({"fork": (1, 1), "open": (0, 2), "wait4": (1, None)})
    ['1 fork', '0 to 2 opens', '1 wait or more']
    """
    words = {**NOUNS, **RARE}
    return [
        _told(bounds, *words[call])
        for call, bounds in counts.items()
        if call in NOUNS or bounds != _NONE
    ]


def _told(bounds: Bounds, one: str, many: str) -> str:
    low, high = bounds
    if high is None:
        return f"{low} {one if low == 1 else many} or more"
    if low != high:
        return f"{low} to {high} {one if high == 1 else many}"
    return f"{low} {one if low == 1 else many}"


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


def _part(part: ProcessPart, width: int) -> Iterator[str]:
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


def _step(step: CallStep, width: int) -> Iterator[str]:
    call_width = width * 5 // 11
    room = width - call_width - len(_INDENT)
    if len(step.text) > call_width and step.call == "execve" and step.times == ONCE:
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
