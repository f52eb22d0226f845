"""The handlers that run in a held process, and the watch over the memory that they use.

See simpsh.explore.control.handler_memory, which closes and opens the pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from simpsh.base.record import Mutable, Record
from simpsh.explore.objects.handler_use import HandlerUse, Used

READ_ONLY = 1
"""The protection of closed pages of the C library, which may read them in any handler."""


class Part(Record):
    """Adjacent pages that are closed while a handler runs."""

    first: int
    end: int
    protection: int
    """The protection of the closed pages."""

    @property
    def is_of_library(self) -> bool:
        """Whether the pages belong to the C library, which may read them in any handler."""
        return self.protection == READ_ONLY


class Guard(Mutable):
    """The watch over one handler that runs."""

    who: HandlerUse
    """The handler, as part of a use."""
    parts: tuple[Part, ...] = ()
    before: tuple[tuple[int, bytes, Used], ...] = ()
    """Addresses and contents of the compared memory, with what a change means."""
    hides_context: bool = False
    stack: int = 0
    """The stack pointer when the handler begins."""
    is_closed: bool = False
    stays_open: bool = False
    """Whether the pages stay open until the next call, because the handler may use them."""
    blocks_fault: bool = False
    """Whether the handler itself blocks SIGSEGV."""

    def close(self, *, blocks_fault: bool) -> None:
        self.is_closed, self.blocks_fault = True, blocks_fault

    def open(self) -> None:
        self.is_closed = False

    def part_at(self, address: int) -> Part | None:
        """Return the closed pages at an address."""
        parts = self.parts if self.is_closed else ()
        return next((part for part in parts if part.first <= address < part.end), None)

    def leave_out(self, parts: Iterable[Part]) -> None:
        """Leave open pages open."""
        left_out = set(parts)
        self.parts = tuple(part for part in self.parts if part not in left_out)

    def stay_open(self, *, until_call: bool) -> None:
        """Set whether the pages stay open until the next call."""
        self.stays_open = until_call

    def begin(
        self,
        who: HandlerUse,
        stack: int,
        parts: tuple[Part, ...],
        before: tuple[tuple[int, bytes, Used], ...],
        *,
        hides_context: bool,
    ) -> None:
        """Set what is known when the handler begins."""
        self.who, self.stack, self.parts, self.before = who, stack, parts, before
        self.hides_context = hides_context


class Frame(NamedTuple):
    """A running handler."""

    stack: int
    """The stack pointer before the handler."""
    signal: int
    guard: Guard
    notes: dict[int, bytes]
    """The contents of a shell's data by address, if its handler of SIGCHLD is trusted."""


class HandlerState(Mutable):
    """The handlers that run in a process."""

    frames: tuple[Frame, ...] = ()
    begins: bool = False
    """Whether the process is about to enter a handler whose use of memory is watched."""
    in_call: bool = False
    """Whether the process was continued to the return of a call of such a handler."""

    def enter(self, frame: Frame, *, is_watched: bool) -> None:
        self.frames, self.begins = (*self.frames, frame), is_watched

    def note_entry(self) -> None:
        self.begins = False

    def end(self) -> Frame:
        *others, last = self.frames
        self.frames = tuple(others)
        return last

    def leave(self) -> None:
        self.frames, self.begins = (), False

    def go_to_return(self, *, is_inside: bool) -> None:
        self.in_call = is_inside
