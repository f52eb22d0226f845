"""All outcomes of a searched program, written down or counted."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from simpsh.explore.search.outcome_automaton import (
    Futures,
    OutcomeAutomaton,
    OutcomeCount,
    TooManyOutcomes,
)
from simpsh.explore.search.outcome_witness import ChoiceTree, TreeBuilder, some_ending, witness
from simpsh.explore.search.state_graph import Ending, in_order
from simpsh.explore.search.state_search import StateSearch

_OUTCOMES_FOR_EACH_OUTPUT = 10


class Outcomes:
    """What can come of a program, as far as its graph is known."""

    def __init__(
        self, search: StateSearch, most: int, samples: int, deadline: float = math.inf
    ) -> None:
        """Work them out.

        Args:
            search: the program's states.
            most: how many outputs are listed; of more, some are.
            samples: how many, then.
            deadline: when they must have been written down or counted, by the monotonic clock.
        """
        self._search = search
        self._deadline = deadline
        self._futures: Futures | None = None
        self._automaton: OutcomeAutomaton | None = None
        self.count: int | None = None
        """How many outputs there are; None if they are too many even to be counted."""
        self.is_shortened = False
        """Whether one outcome stands for all that have its output: they are too many."""
        self.outside = 0
        """How many real runs had an ending that is not in the set."""
        self.states = 0
        """How many states the program has."""
        found: list[Ending] = []
        if search.graph is not None:
            self.states = len(search.graph.states)
            self._automaton = search.automaton()
            found = self._listed(self._automaton, most) or self._some(self._automaton, samples)
        self.endings = in_order(self._with_real(found))

    @property
    def is_sample(self) -> bool:
        """Whether there are more outputs than those in `endings`."""
        return self.count != len({ending.output for ending in self.endings})

    @property
    def unseen(self) -> int:
        """How many final states no real run has shown."""
        return self._automaton.unseen if self._automaton is not None else 0

    @property
    def is_endless(self) -> bool:
        """Whether a loop prints, so that outputs have no end."""
        return self._automaton is not None and self._automaton.is_endless

    def witness(self, ending: Ending) -> tuple[str, ...] | None:
        """Return choices that lead to one of the endings."""
        return witness(self._automaton, ending, self._may) if self._automaton else None

    def can_print(self, output: bytes) -> bool:
        """Return whether there is an outcome with this output, listed or not."""
        return self._automaton is not None and bool(self._each(self._automaton, [output]))

    def deciding(self, schedule: Sequence[str]) -> int:
        """Return after how many of these steps nothing can come out but what does come out."""
        futures = self._futures
        if futures is None or not self._search.is_finished:
            return len(schedule)
        automaton = futures.automaton
        states = (0, *(edge.target for edge in automaton.graph.walk(schedule)))
        for steps, number in enumerate(states):
            if len(futures.of(automaton.place[number])) == 1:
                return steps
        return len(schedule)

    def tree(self) -> ChoiceTree | None:
        """Return the choices that matter; None if the outcomes cannot be listed."""
        if self._futures is None:
            return None
        return TreeBuilder(self._futures, self._search.knowledge.letters).tree()

    # -------------------------------------------------------------------------- making

    def _listed(self, automaton: OutcomeAutomaton, most: int) -> list[Ending]:
        """Return all endings; none if there are more outputs than may be listed."""
        # Half of the time is left for counting them.
        now = time.monotonic()
        listed = now + (self._deadline - now) / 2
        try:
            outputs = Futures(automaton, most, only_output=True, deadline=listed)
        except TooManyOutcomes:
            return []
        try:
            self._futures = Futures(automaton, most * _OUTCOMES_FOR_EACH_OUTPUT, deadline=listed)
        except TooManyOutcomes:
            self._futures = outputs
            self.is_shortened = True
            return self._each(automaton, [ending.output for ending in outputs.endings()])
        return self._futures.endings()

    def _with_real(self, found: list[Ending]) -> list[Ending]:
        """Add the endings that real runs had, where all are listed; count the outputs."""
        if self._automaton is not None and self._futures is None:
            return found
        if not self.is_shortened:
            more = self._search.reality.endings.keys() - set(found)
            self.outside = len(more) if self._search.is_finished else 0
            found = [*found, *more]
        self.count = len({ending.output for ending in found})
        return found

    def _some(self, automaton: OutcomeAutomaton, samples: int) -> list[Ending]:
        """Return an ending for each of some outputs."""
        counting = OutcomeCount(automaton, self._deadline)
        self.count = counting.count
        if counting.count is None:
            return list(self._search.reality.endings)[:samples]
        return self._each(automaton, counting.samples(samples))

    def _each(self, automaton: OutcomeAutomaton, outputs: Sequence[bytes]) -> list[Ending]:
        found = [some_ending(automaton, output, self._may) for output in outputs]
        return [ending for ending in found if ending is not None]

    def _may(self, place: int, output: bytes) -> bool:
        return self._futures is None or self._futures.may(place, output)
