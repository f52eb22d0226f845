"""The set of outputs or outcomes as a deterministic automaton: counted, listed or drawn from.

Each output is one path of the automaton, so dynamic programming counts them: twelve letters of
three processes have 12! / 4!³ = 34,650 outputs, but 1,000 states suffice for all of them.

Two steps make it. First, states of the outcome automaton that can print the same next texts, with
the same states after these, are merged. Then the usual subset construction (Rabin and Scott 1959)
makes each output one path. Its alphabet are texts: the longest common beginning of all texts that
begin with the same byte is one step.
"""

from __future__ import annotations

import math

from simpsh.base.record import changed
from simpsh.explore.search.outcome_automaton import Ending, OutcomeAutomaton
from simpsh.explore.workplace.run_limits import spent_seconds

_Printing = frozenset[tuple[bytes, int]]
"""Texts that are printed next, each with the class of states after it."""
_Subset = tuple[frozenset[int], _Printing]
"""The ends that are possible here, and the texts that are printed next."""

_MOST_STATES = 500_000
_OFTEN = 256


class TooManyStates(Exception):
    """The automaton is too large, or takes too long to make."""


class OutputAutomaton:
    """All outputs of an outcome automaton, or all its outcomes."""

    def __init__(
        self, automaton: OutcomeAutomaton, deadline: float = math.inf, *, has_ends: bool = False
    ) -> None:
        """Prepare the automaton; raise TooManyStates.

        If it `has_ends`, outcomes with one output, but other files, statuses or deadlocks, differ.
        """
        if automaton.is_endless:
            raise TooManyStates
        self.automaton = automaton
        self._deadline = deadline
        self._work = 0
        self._classes: list[_Subset] = []
        self._class_of: list[int] = []
        """The class of each state of the outcome automaton."""
        self._arcs: dict[_Subset, dict[bytes, _Subset]] = {}
        """The states that have been needed, with their steps; no two begin with the same byte."""
        self._counts: dict[_Subset, int] = {}
        numbers, ends = dict[_Subset, int](), dict[Ending, int]()
        for arcs, finish in zip(automaton.arcs, automaton.finishes, strict=True):
            self._check()
            nexts = [(printed, self._class_of[target]) for printed, target in arcs]
            own = frozenset[int]()
            if finish is not None:
                own = frozenset((ends.setdefault(finish, len(ends)) if has_ends else 0,))
            subset = self._joined(nexts, own)
            number = numbers.setdefault(subset, len(self._classes))
            if number == len(self._classes):
                self._classes.append(subset)
            self._class_of.append(number)
        self._ends = [*ends]
        self._start = self._at(automaton.start)

    def _at(self, state: int) -> _Subset:
        return self._classes[self._class_of[state]]

    def count(self, state: int | None = None) -> int:
        """Return the number of outputs or outcomes from a state of the outcome automaton.

        Raises TooManyStates.
        """
        first = self._start if state is None else self._at(state)
        todo = [first]
        while todo:
            subset = todo[-1]
            left = [each for each in self._after(subset).values() if each not in self._counts]
            if left:
                todo += left
                continue
            below = sum(self._counts[each] for each in self._after(subset).values())
            self._counts[subset] = len(subset[0]) + below
            todo.pop()
        return self._counts[first]

    def endings(self, state: int | None = None) -> list[Ending]:
        """Return all outcomes from a state of an automaton that has ends."""
        found, todo = list[Ending](), [(b"", self._start if state is None else self._at(state))]
        while todo:
            output, subset = todo.pop()
            found += [changed(self._ends[number], output=output) for number in subset[0]]
            todo += [(output + label, after) for label, after in self._after(subset).items()]
        return found

    def samples(self, most: int) -> list[bytes]:
        """Return at most this many outputs, evenly spaced in the order of all outputs."""
        count = self.count()
        step = max(1, -(-count // max(1, most)))
        return [self._output(rank) for rank in range(0, count, step)][: max(0, most)]

    # -------------------------------------------------------------------------- making

    def _check(self) -> None:
        self._work += 1
        is_late = self._work % _OFTEN == 0 and spent_seconds() > self._deadline
        if is_late or self._work > _MOST_STATES:
            raise TooManyStates

    def _joined(
        self, nexts: list[tuple[bytes, int]], ends: frozenset[int] = frozenset()
    ) -> _Subset:
        """Return the state before some texts; after an empty text its class begins at once."""
        texts = set[tuple[bytes, int]]()
        for text, number in nexts:
            if text:
                texts.add((text, number))
            else:
                own, after = self._classes[number]
                ends |= own
                texts |= after
        return ends, frozenset(texts)

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
            arcs[label] = self._joined([(text[len(label) :], number) for text, number in group])
        self._arcs[subset] = arcs
        return arcs

    def _output(self, rank: int) -> bytes:
        """Return an output by its number in the order of all outputs."""
        subset, output = self._start, b""
        while not (subset[0] and rank == 0):
            rank -= len(subset[0])
            for label, after in sorted(self._after(subset).items(), key=lambda pair: pair[0]):
                if rank < self._counts[after]:
                    output, subset = output + label, after
                    break
                rank -= self._counts[after]
        return output


def _common(texts: list[bytes]) -> bytes:
    """Return the beginning that all texts share."""
    least, greatest = min(texts), max(texts)
    while not greatest.startswith(least):
        least = least[:-1]
    return least
