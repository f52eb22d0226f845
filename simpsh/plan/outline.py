"""An outline: what a line would do, told call by call before anything is done."""

from __future__ import annotations

from simpsh.record import Record

Bounds = tuple[int, int | None]
"""How often: at least, and at most; None where nobody can say."""

ONCE: Bounds = (1, 1)
ANY = "any"
"""As a step's call: calls that nobody can foretell, of every kind."""


class Step(Record):
    """A call that a process would make, or – without a call – a sentence about it."""

    text: str
    """The call in strace's notation, or the sentence."""
    meaning: str = ""
    """What it is for, in a few words."""
    call: str = ""
    """The call's name, by which it is counted; or ANY."""
    times: Bounds = ONCE


class Part(Record):
    """What one process does, in order."""

    who: str
    steps: tuple[Step | Outline, ...]


class Outline(Record):
    """A command with what its processes would do; within a step's place, a command inside."""

    title: str
    parts: tuple[Part, ...]
    condition: str = ""
    """When it runs at all; empty if it does for certain."""
