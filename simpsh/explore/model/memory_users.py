"""Which bytes of shared memory several processes use; others are as good as private."""

from __future__ import annotations

from collections import defaultdict

from simpsh.explore.operations.memory_steps import FutexWake, Place

Byte = tuple[str, int]


class MemoryUsers:
    """Who uses which bytes, and how, as far as is known."""

    def __init__(self) -> None:
        self._loaded: defaultdict[Byte, set[str]] = defaultdict(set)
        self._stored: defaultdict[Byte, set[str]] = defaultdict(set)
        self.extent = 0
        """Grows whenever a process is seen to use a byte in a new way."""

    def note(self, name: str, place: Place) -> None:
        """Note that a process uses a place."""
        for byte in _bytes_of(place):
            if place.loads:
                self._add(self._loaded[byte], name)
            if place.stores:
                self._add(self._stored[byte], name)

    def _add(self, names: set[str], name: str) -> None:
        self.extent += name not in names
        names.add(name)

    def is_alone(self, name: str, place: Place) -> bool:
        """Return whether no other process uses a place."""
        return not self.is_loaded_by_others(name, place) and not self.is_stored_by_others(
            name, place
        )

    def is_loaded_by_others(self, name: str, place: Place) -> bool:
        """Return whether another process loads some of a place."""
        return any(self._loaded[byte] - {name} for byte in _bytes_of(place))

    def is_stored_by_others(self, name: str, place: Place) -> bool:
        """Return whether another process stores to some of a place."""
        return any(self._stored[byte] - {name} for byte in _bytes_of(place))


def _bytes_of(place: Place) -> list[Byte]:
    if isinstance(place, FutexWake):
        return [(place.region, place.offset)]
    return [(place.region, one) for one in range(place.offset, place.offset + place.width)]
