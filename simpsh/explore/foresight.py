"""What can still be printed after a schedule, for somebody who is walking along it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.futures import Futures, TooMany
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.explore.automaton import Automaton
    from simpsh.explore.search import Search

MOST = 2000


class Branch(Record):
    """What is left after a choice."""

    count: int
    """How many outputs."""
    key: int
    """Equal for two branches if the same can still be printed after both."""


class Ahead(Record):
    """What is left after a schedule."""

    outputs: tuple[bytes, ...]
    """What is still printed, in every way it can go."""
    stuck: bool
    """Whether some of them end in a deadlock."""
    is_complete: bool
    """Whether there are no others."""
    choices: Mapping[str, Branch]
    """What is left after each choice."""

    @property
    def count(self) -> int:
        """How many outputs are left."""
        return len(self.outputs)


class Foresight:
    """Answers for one state of knowledge; the search adds what it is asked for to its graph."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._known: tuple[object, Automaton, Futures] | None = None

    def ahead(self, schedule: Sequence[str]) -> Ahead | None:
        """Return what is left after a schedule; None if not enough is known yet, or too much.

        Where a state is new to the search it has more to do afterwards: ask again then.
        """
        number = self._search.visit(schedule)
        if number is None:
            return None
        after = {
            choice: self._search.visit([*schedule, choice])
            for choice in self._search.enabled(number)
        }
        places = {choice: place for choice, place in after.items() if place is not None}
        known = self._futures()
        if known is None:
            return None
        automaton, futures = known
        rests = futures.of(automaton.place[number])
        branches = {}
        for choice, place in places.items():
            outputs = futures.outputs(automaton.place[place])
            branches[choice] = Branch(len(outputs), id(futures.of(automaton.place[place])))
        return Ahead(
            tuple(sorted(futures.outputs(automaton.place[number]))),
            any(futures.is_stuck(end) for _, end in rests),
            self._search.is_finished and len(places) == len(after),
            branches,
        )

    def _futures(self) -> tuple[Automaton, Futures] | None:
        """Return what is known of all states; the same as long as nothing new is known."""
        graph = self._search.graph
        if graph is None:
            return None
        version = id(graph), len(graph.states), self._search.is_finished, self._search.runs
        if self._known is None or self._known[0] != version:
            automaton = self._search.automaton(range(len(graph.states)))
            try:
                self._known = version, automaton, Futures(automaton, MOST)
            except TooMany:
                return None
        return self._known[1], self._known[2]
