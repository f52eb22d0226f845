"""Loads and stores of memory that processes share, and futex(2) on it, as operations.

A place is a region, an offset in it and a width in bytes. An instruction that adds to memory
without locking it is two operations: it loads, and then it stores; another processor may come
between.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.explore.operations.visible_operations import Operation

Order = str
"""How a processor keeps an access in order with others of its process, to other places.

Empty: as x86-64 does; only a load may overtake a store, and an update is a fence. `weak`: not at
all. `acquire`: what follows stays behind it. `release`: what stands before it stays before it.
`both`: a fence.
"""
FUTEX_SLEEPS = "sleeps"
"""The result of FutexWait where the value is the expected one: FutexSleep follows."""


class SharesMemory(Operation):
    """Is about to make its first child that shares a region of its memory."""

    region: str
    contents: bytes

    _said = "shares memory with the child that it is about to make"


class Place(Operation):
    """What several processes may load and store."""

    region: str
    offset: int
    width: int

    loads = True
    stores = True
    is_whole = False
    """Whether it is about the whole region."""

    def meets(self, other: Place) -> bool:
        """Return whether two places have bytes in common."""
        return self.region == other.region and (
            self.is_whole
            or other.is_whole
            or (
                self.offset < other.offset + other.width and other.offset < self.offset + self.width
            )
        )


class MemoryOperation(Place):
    """Reads or writes a place in shared memory."""

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.region,)

    def _place(self) -> str:
        count = f"{self.width} byte{'s' if self.width > 1 else ''}"
        number = self.region.rpartition("~")[2]
        region = "" if number == "1" else f" in region {number}"
        return f"{count} of shared memory at {self.offset}{region}"


class ProgramAccess(MemoryOperation):
    """An instruction of the program that reads or writes a place."""

    order: Order = ""


class Load(ProgramAccess):
    """Reads; the result is the bytes."""

    stores = False

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"loads {self._place()}"


class Store(ProgramAccess):
    """Writes; the result is the bytes."""

    loads = False

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"stores {self._place()}"


class StoreBack(Store):
    """Writes what it has made of the value that it loaded before, by the same instruction."""


class Update(ProgramAccess):
    """Reads and writes in one, as a locked instruction does; the result is both, in this order."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"updates {self._place()} in one"


class FutexWait(MemoryOperation):
    """Begins to wait, if the place holds an expected value; else fails with EAGAIN."""

    value: bytes
    is_timed: bool

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"waits at {self._place()} if that is {_number(self.value)} (futex)"


class FutexSleep(MemoryOperation):
    """Waits until it is woken, or the time is over: at any moment, if it has set a time."""

    is_timed: bool

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"sleeps at {self._place()} (futex)"


class FutexWake(MemoryOperation):
    """Wakes those who wait longest; the result is how many."""

    count: int

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"wakes who sleeps at {self._place()} (futex)"


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")
