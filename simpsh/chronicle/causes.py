"""Causes: what could not have come before what, by vector clocks.

Every event knows, for each process, the last event of it that must have come before. One event
is before another exactly if the other knows of it; if neither knows of the other, their order in
the recording is chance, and they are unordered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NOTHING: Mapping[int, int] = {}


class Causes:
    """Answers which of two events came first, from chains of program order and the edges between.

    Args:
        chains: the chain (process and thread) of each event.
        edges: pairs of indices, the cause first.
    """

    def __init__(self, chains: Sequence[int], edges: Iterable[tuple[int, int]]) -> None:
        self._chains = chains
        self._causes: dict[int, list[int]] = {}
        for source, target in edges:
            if source < target:
                self._causes.setdefault(target, []).append(source)
        self._clocks: list[Mapping[int, int]] | None = None

    def before(self, first: int, second: int) -> bool:
        """Tell whether the event `first` must have come before the event `second`.

        >>> causes = Causes([0, 0, 1, 1], [(0, 2)])
        >>> causes.before(0, 3), causes.before(1, 3)
        (True, False)
        """
        if first >= second:
            return False
        if self._chains[first] == self._chains[second]:
            return True
        return self._clock(second).get(self._chains[first], -1) >= first

    def unordered(self, first: int, second: int) -> bool:
        """Tell whether neither of two events must have come before the other."""
        return first != second and not self.before(*sorted((first, second)))

    def direct(self, index: int) -> Sequence[int]:
        """Return the events of other processes that caused this one directly."""
        return self._causes.get(index, ())

    def _clock(self, index: int) -> Mapping[int, int]:
        if self._clocks is None:
            self._clocks = self._run_clocks()
        return self._clocks[index]

    def _run_clocks(self) -> list[Mapping[int, int]]:
        """Give each event its clock: by chain, the last index known. Equal clocks are shared."""
        current: dict[int, Mapping[int, int]] = {}
        clocks: list[Mapping[int, int]] = []
        for index, chain in enumerate(self._chains):
            clock = current.get(chain, _NOTHING)
            for cause in self._causes.get(index, ()):
                clock = _joined(clock, clocks[cause], self._chains[cause], cause)
            current[chain] = clock
            clocks.append(clock)
        return clocks


def _joined(
    own: Mapping[int, int], other: Mapping[int, int], chain: int, index: int
) -> Mapping[int, int]:
    merged = dict(own)
    for name, last in other.items():
        if last > merged.get(name, -1):
            merged[name] = last
    if index > merged.get(chain, -1):
        merged[chain] = index
    return merged
