"""How many outputs there are, where they are too many to be written down; and some of them.

The automaton is made deterministic, byte by byte (Rabin and Scott 1959): then its paths are its
words, and paths of a graph without circles can be counted.
"""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simpsh.explore.automaton import Automaton

    Position = tuple[int, bytes]
    """A state of the automaton, and what is still printed on the way there."""
    Subset = frozenset[Position]


class Counting:
    """Counts the outputs of an automaton."""

    def __init__(self, automaton: Automaton, seconds: float) -> None:
        """Count, for at most so long."""
        self._automaton = automaton
        self._steps: dict[Subset, dict[int, Subset]] = {}
        self._counts: dict[Subset, int] = {}
        self._ids: dict[Subset, Subset] = {}
        self._start = self._closed({(automaton.start, b"")})
        self.count: int | None = self._count(time.monotonic() + seconds)
        """How many outputs; None if that took too long."""

    def samples(self, wanted: int) -> list[bytes]:
        """Return some of the outputs, each as likely as every other, sorted."""
        count = self.count
        if count is None:
            return []
        random = Random(1)
        places = random.sample(range(count), min(wanted, count))
        return sorted(self._word(place) for place in places)

    def _word(self, place: int) -> bytes:
        """Return the output at a place in dictionary order."""
        word = bytearray()
        subset = self._start
        while True:
            if self._can_end(subset):
                if place == 0:
                    return bytes(word)
                place -= 1
            for byte, after in sorted(self._steps[subset].items()):
                if place < self._counts[after]:
                    word.append(byte)
                    subset = after
                    break
                place -= self._counts[after]
            else:
                raise ValueError("there are fewer outputs")

    def _count(self, deadline: float) -> int | None:
        todo = [self._start]
        while todo:
            subset = todo[-1]
            if subset in self._counts:
                todo.pop()
                continue
            steps = self._steps.get(subset)
            if steps is None:
                steps = self._steps[subset] = self._bytewise(subset)
                if time.monotonic() > deadline:
                    return None
            missing = [after for after in steps.values() if after not in self._counts]
            if missing:
                todo += missing
                continue
            below = sum(self._counts[after] for after in steps.values())
            self._counts[subset] = below + self._can_end(subset)
            todo.pop()
        return self._counts[self._start]

    def _can_end(self, subset: Subset) -> bool:
        finishes = self._automaton.finishes
        return any(not rest and finishes[place] is not None for place, rest in subset)

    def _bytewise(self, subset: Subset) -> dict[int, Subset]:
        """Return where each next byte leads."""
        after: dict[int, set[Position]] = {}
        for place, rest in subset:
            if rest:
                after.setdefault(rest[0], set()).add((place, rest[1:]))
        return {byte: self._closed(positions) for byte, positions in after.items()}

    def _closed(self, positions: set[Position]) -> Subset:
        """Add what can be reached without printing; keep what can print or end."""
        seen = set(positions)
        todo = [place for place, rest in positions if not rest]
        while todo:
            for printed, _, target in self._automaton.arcs[todo.pop()]:
                position = target, printed
                if position not in seen:
                    seen.add(position)
                    if not printed:
                        todo.append(target)
        finishes = self._automaton.finishes
        kept = frozenset(one for one in seen if one[1] or finishes[one[0]] is not None)
        return self._ids.setdefault(kept, kept)
