"""Learned facts about what all processes use: pipes, bytes of shared memory.

The left movers depend on these facts; see Operation.goes_first(). When a fact shows that a step was
wrongly taken for a left mover, the search begins again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from simpsh.explore.objects.symbolic_names import Channel, Name, Pipe, Region, Side


class PipeUsers:
    """The learned facts about how all processes use pipes.

    If a pipe has one writer, and no read from it is ever short, it is a channel: the order of its
    processes makes no difference (Kahn 1974). When more is learned, the search begins again.
    """

    def __init__(self) -> None:
        self._uses: set[tuple[Name, str, Side, int]] = set()
        """Pipe, process, `r` if the process reads or `w` if it writes, and the number of bytes."""
        self._others: set[Name] = set()
        """The pipes that are not only read, written and closed."""
        self.leavers: set[tuple[str, Name]] = set()
        """Pairs of a process and a pipe whose read end it closes before reading the end of file."""

    @property
    def extent(self) -> int:
        """The number of facts learned; it only grows."""
        return len(self._uses) + len(self._others) + len(self.leavers)

    def note_use(self, name: str, pipe: Name, side: Side, size: int) -> None:
        """Record that a process reads from a pipe or file (`r`), or writes to it (`w`)."""
        if isinstance(pipe, Pipe):
            self._uses.add((pipe, name, side, size))
        else:
            self.note_others((pipe,))

    def note_others(self, objects: Iterable[Name]) -> None:
        """Record pipes that are not only read, written and closed, or that may become full."""
        self._others.update(each for each in objects if isinstance(each, Channel))

    def stays(self, name: str, pipe: Name) -> bool:
        """Return whether a process that has a read end keeps it open until the end of file."""
        return (name, pipe) not in self.leavers

    def is_only_reader(self, name: str, pipe: Name) -> bool:
        """Return whether no other process reads from a pipe, or uses it in another way."""
        return self.is_plain(pipe) and self._users(pipe, "r") <= {name}

    def is_channel(self, pipe: Name) -> bool:
        """Return whether only one process writes to a pipe, and no read from it can be short."""
        if not self.is_plain(pipe) or len(self._users(pipe, "w")) > 1:
            return False
        units, sizes = self._sizes(pipe, "r"), self._sizes(pipe, "w")
        return len(units) <= 1 and not any(size % max(unit, 1) for unit in units for size in sizes)

    def has_two_users(self, pipe: Name) -> bool:
        """Return whether one process writes to a plain pipe, and at most one reads."""
        users = len(self._users(pipe, "w")), len(self._users(pipe, "r"))
        return self.is_plain(pipe) and max(users) == 1

    def _sizes(self, pipe: Name, side: Side) -> set[int]:
        return {size for used, _, end, size in self._uses if (used, end) == (pipe, side)}

    def _users(self, pipe: Name, side: Side) -> set[str]:
        return {name for used, name, end, _ in self._uses if (used, end) == (pipe, side)}

    def is_plain(self, pipe: Name) -> bool:
        """Return whether a pipe is only read, written and closed."""
        return pipe not in self._others


Byte = tuple[Region, int]
"""A region of shared memory, and an offset in it."""


class MemoryUsers:
    """The users of each byte of shared memory; bytes with a single user count as private."""

    def __init__(self) -> None:
        self._loaded: defaultdict[Byte, set[str]] = defaultdict(set)
        self._stored: defaultdict[Byte, set[str]] = defaultdict(set)
        self.extent = 0
        """The number of facts learned; it only grows."""

    def note(self, name: str, used: Iterable[Byte], *, loads: bool, stores: bool) -> None:
        """Record that a process uses these bytes."""
        for byte in used:
            for is_used, users in ((loads, self._loaded[byte]), (stores, self._stored[byte])):
                if is_used and name not in users:
                    users.add(name)
                    self.extent += 1

    def is_loaded_by_others(self, name: str, used: Iterable[Byte]) -> bool:
        """Return whether another process loads any of these bytes."""
        return any(self._loaded[byte] - {name} for byte in used)

    def is_stored_by_others(self, name: str, used: Iterable[Byte]) -> bool:
        """Return whether another process stores to any of these bytes."""
        return any(self._stored[byte] - {name} for byte in used)
