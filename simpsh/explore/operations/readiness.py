"""Descriptors that do not block, and waiting for several at once, as operations.

poll and select look at one descriptor after the other: what is ready may change between two looks.
So each look at a pipe is an operation. If there is nothing and the call may wait, it sleeps until
something is ready, or its time is over, and looks again.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.phrases import listed
from simpsh.base.record import Record
from simpsh.explore.operations.visible_operations import (
    OnObject,
    Operation,
    Read,
    Write,
    shown,
)

IN, OUT_READY, ERROR, HANG_UP = 0x1, 0x4, 0x8, 0x10
IN_NORMAL, OUT_NORMAL, INVALID = 0x40, 0x100, 0x20
READABLE, WRITABLE = IN | IN_NORMAL, OUT_READY | OUT_NORMAL
ALWAYS_READY = READABLE | WRITABLE
"""What poll(2) says of a file."""
NEVER, SOME_TIME, FOR_EVER = "no", "some", "any"
"""How long a call waits if nothing is ready."""
WOKEN, LATE = "woken", "late"
"""The results of PollSleeps: something is ready; or the time is over."""


class TryRead(Read):
    """Reads from a pipe that may have been set not to block."""


class TryWrite(Write):
    """Writes to a pipe that may have been set not to block."""


class SetsBlocking(OnObject):
    """Lets reading or writing a pipe block or not, for all who share the open file description."""

    ends: str
    """`r`, `w`, or both."""
    blocks: bool

    def _words(self, letters: Mapping[str, str]) -> str:
        what = "block" if self.blocks else "fail rather than block"
        return f"lets its end of {shown(self.object, letters)} {what}"


class AsksBlocking(OnObject):
    """Asks for the flags of a pipe that may have been set not to block (F_GETFL)."""

    end: str

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"asks whether its end of {shown(self.object, letters)} blocks"


class Watched(Record):
    """A descriptor that a call waits for."""

    number: int
    object: str
    """The pipe; empty for what is always the same."""
    end: str
    wanted: int
    """The events, as poll(2) has them, with those that are always told of."""
    always: int = 0
    """What holds of it in any case."""


class Polls(Operation):
    """Looks at the next of its descriptors."""

    entries: tuple[Watched, ...]
    patience: str
    """NEVER, SOME_TIME or FOR_EVER."""
    found: tuple[int, ...]
    """What it has found at those before; one for each entry, up to the next."""

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return tuple(dict.fromkeys(one.object for one in self.entries if one.object))

    @property
    def next(self) -> Watched:
        """The descriptor that is looked at."""
        return self.entries[len(self.found)]

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"looks whether {shown(self.next.object, letters)} is ready (poll)"


class PollSleeps(Operation):
    """Sleeps until one of its descriptors is ready, or its time is over."""

    entries: tuple[Watched, ...]
    patience: str

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return tuple(dict.fromkeys(one.object for one in self.entries if one.object))

    def _words(self, letters: Mapping[str, str]) -> str:
        names = listed([shown(name, letters) for name in self.objects], "or")
        what = f"{names} is ready" if names else "a signal comes"
        or_late = " or its time is over" if self.patience == SOME_TIME else ""
        return f"waits until {what}{or_late} (poll)"
