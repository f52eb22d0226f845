"""Which read made the room that a write to a full pipe slept for, told by amounts.

A pipe holds 64 KiB unless it was made larger. Whoever has written more than that in all can have
come back from write(2) only after so much was read that the rest fitted. The report of that read
may come before the write's own or right after it; then it is the writer's next event that could
not have come before. A writer that goes on before anybody has read has found a larger pipe.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

CAPACITY = 65536


@dataclass(slots=True)
class _Amounts:
    """What went through one pipe so far."""

    written: int = 0
    read: list[int] = field(default_factory=list)
    """The sum after each read."""
    readers: list[int] = field(default_factory=list)
    """The events of these reads."""
    owed: dict[int, int] = field(default_factory=dict)
    """By chain of a writer, how much must have been read before it goes on."""


class Room:
    """Follows the pipes of a run whose making was seen: all who use them are watched."""

    def __init__(self) -> None:
        self._pipes: dict[str, _Amounts] = {}
        self._behind: dict[int, int] = {}

    def written(self, pipe: str, count: int, chain: int) -> int | None:
        """Take a write; return the read that it comes after, if one that was told already."""
        amounts = self._pipes.setdefault(pipe, _Amounts())
        amounts.written += count
        needed = amounts.written - CAPACITY
        if needed <= 0:
            return None
        place = bisect_left(amounts.read, needed)
        if place < len(amounts.readers):
            return amounts.readers[place]
        amounts.owed[chain] = needed
        return None

    def read(self, pipe: str, count: int, index: int) -> None:
        """Take a read."""
        amounts = self._pipes.setdefault(pipe, _Amounts())
        total = count + (amounts.read[-1] if amounts.read else 0)
        amounts.read.append(total)
        amounts.readers.append(index)
        for chain, needed in list(amounts.owed.items()):
            if needed <= total:
                self._behind[chain] = index
                del amounts.owed[chain]

    def behind(self, chain: int) -> int | None:
        """Return the read that this chain's next event, which is now, comes after."""
        for amounts in self._pipes.values():
            amounts.owed.pop(chain, None)
        return self._behind.pop(chain, None)
