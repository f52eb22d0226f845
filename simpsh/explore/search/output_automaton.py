"""The set of outputs as a deterministic automaton: counted, looked up and drawn from, not listed.

Each output is one path of the automaton, so dynamic programming counts them: twelve letters of
three processes have 12! / 4!³ = 34,650 outputs, but 1,000 states suffice for all of them.

Two steps make it. First, states of the outcome automaton that can print the same next texts, with
the same states after these, are merged. Then the usual subset construction (Rabin and Scott 1959)
makes each output one path. Its alphabet are texts: the longest common beginning of all texts that
begin with the same byte is one step.
"""

from __future__ import annotations

import math

from simpsh.explore.search.outcome_automaton import OutcomeAutomaton
from simpsh.explore.workplace.run_limits import spent_seconds

_Printing = frozenset[tuple[bytes, int]]
"""Texts that are printed next, each with the class of states after it."""
_Subset = tuple[bool, _Printing]
"""Whether the output may end here, and the texts that are printed next."""

_MOST_STATES = 500_000
_OFTEN = 256


class TooManyStates(Exception):
    """The automaton is too large, or takes too long to make."""


class OutputAutomaton:
    """All outputs of an outcome automaton; files, statuses and deadlocks are left out."""

    def __init__(self, automaton: OutcomeAutomaton, deadline: float = math.inf) -> None:
        """Prepare the automaton; raise TooManyStates."""
        self._deadline = deadline
        self._work = 0
        self._classes: list[_Subset] = []
        self._class_of: list[int] = []
        """The class of each state of the outcome automaton."""
        self._arcs: dict[_Subset, dict[bytes, _Subset]] = {}
        """The states that have been needed, with their steps; no two begin with the same byte."""
        self._counts: dict[_Subset, int] = {}
        numbers = dict[_Subset, int]()
        for arcs, finish in zip(automaton.arcs, automaton.finishes, strict=True):
            self._check()
            may_end, texts = finish is not None, set[tuple[bytes, int]]()
            for printed, _, target in arcs:
                if printed:
                    texts.add((printed, self._class_of[target]))
                else:
                    ends, silent = self._classes[self._class_of[target]]
                    may_end |= ends
                    texts |= silent
            subset = may_end, frozenset(texts)
            number = numbers.setdefault(subset, len(self._classes))
            if number == len(self._classes):
                self._classes.append(subset)
            self._class_of.append(number)
        self._start = self._classes[self._class_of[automaton.start]]

    def count(self, state: int | None = None) -> int:
        """Return the number of outputs, at all or from a state of the outcome automaton.

        Raises TooManyStates.
        """
        first = self._start if state is None else self._classes[self._class_of[state]]
        todo = [first]
        while todo:
            subset = todo[-1]
            left = [each for each in self._after(subset).values() if each not in self._counts]
            if left:
                todo += left
                continue
            below = sum(self._counts[each] for each in self._after(subset).values())
            self._counts[subset] = subset[0] + below
            todo.pop()
        return self._counts[first]

    def has(self, output: bytes, state: int | None = None) -> bool:
        """Return whether an output is possible, from a state of the outcome automaton or at all."""
        length, may_end = self._follow(output, state)
        return may_end and length == len(output)

    def beginning(self, output: bytes) -> bytes:
        """Return the longest beginning of a text that is also the beginning of an output."""
        return output[: self._follow(output, None)[0]]

    def samples(self, most: int) -> list[bytes]:
        """Return at most this many outputs, evenly spaced in the order of all outputs."""
        count = self.count()
        step = -(-count // most) if most > 0 else count
        return [self._at(rank) for rank in range(0, count, max(1, step))][: max(0, most)]

    # -------------------------------------------------------------------------- making

    def _check(self) -> None:
        self._work += 1
        is_late = self._work % _OFTEN == 0 and spent_seconds() > self._deadline
        if is_late or self._work > _MOST_STATES:
            raise TooManyStates

    def _after(self, subset: _Subset) -> dict[bytes, _Subset]:
        """Return the steps from a state."""
        known = self._arcs.get(subset)
        if known is not None:
            return known
        self._check()
        groups = dict[bytes, list[tuple[bytes, int]]]()
        for text, number in subset[1]:
            groups.setdefault(text[:1], []).append((text, number))
        arcs = {}
        for group in groups.values():
            label = _common([text for text, _ in group])
            may_end, texts = False, set[tuple[bytes, int]]()
            for text, number in group:
                if rest := text[len(label) :]:
                    texts.add((rest, number))
                else:
                    ends, after = self._classes[number]
                    may_end |= ends
                    texts |= after
            arcs[label] = may_end, frozenset(texts)
        self._arcs[subset] = arcs
        return arcs

    def _follow(self, output: bytes, state: int | None) -> tuple[int, bool]:
        """Return how many bytes of a text can be printed, and whether the output may end there."""
        subset = self._start if state is None else self._classes[self._class_of[state]]
        at = 0
        while at < len(output):
            after = self._after(subset)
            first = output[at : at + 1]
            label = next((label for label in after if label[:1] == first), None)
            if label is None:
                return at, subset[0]
            shared = _shared(label, output[at : at + len(label)])
            at += shared
            if shared < len(label):
                return at, False
            subset = after[label]
        return at, subset[0]

    def _at(self, rank: int) -> bytes:
        """Return an output by its number in the order of all outputs."""
        subset, output = self._start, b""
        while not (subset[0] and rank == 0):
            rank -= subset[0]
            for label, after in sorted(self._after(subset).items(), key=lambda pair: pair[0]):
                if rank < self._counts[after]:
                    output, subset = output + label, after
                    break
                rank -= self._counts[after]
        return output


def _common(texts: list[bytes]) -> bytes:
    """Return the beginning that all texts share."""
    least, greatest = min(texts), max(texts)
    return least[: _shared(least, greatest)]


def _shared(label: bytes, text: bytes) -> int:
    """Return the number of bytes that two texts share at their beginnings."""
    if label == text:
        return len(label)
    differing = (at for at in range(len(label)) if label[at : at + 1] != text[at : at + 1])
    return next(differing, len(label))
