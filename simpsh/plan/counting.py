"""How often an outline makes each call: exactly, or between two bounds."""

from __future__ import annotations

from simpsh.plan.outline import ANY, Outline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from simpsh.plan.outline import Bounds, Part, Step

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

    >>> from simpsh.plan.outline import Part, Step
    >>> maybe = Outline("ls", (Part("shell", (Step("fork()", call="fork"),)),), "only if …")
    >>> count([maybe])["fork"]
    (0, 1)
    """
    total = dict.fromkeys((*NOUNS, *RARE), _NONE)
    for outline in outlines:
        for part in outline.parts:
            _add(total, part, is_certain=not outline.condition)
    return total


def _add(total: dict[str, Bounds], part: Part, *, is_certain: bool) -> None:
    for step in part.steps:
        found = count([step]) if isinstance(step, Outline) else _of_step(step)
        for call, (least, most) in found.items():
            low, high = total[call]
            total[call] = (
                low + least * is_certain,
                None if high is None or most is None else high + most,
            )


def _of_step(step: Step) -> dict[str, Bounds]:
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
