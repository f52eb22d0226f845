"""All outcomes of a searched program: written down, or counted where they are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.counting import Counting
from simpsh.explore.futures import Futures, TooMany
from simpsh.explore.tree import Growing
from simpsh.explore.witness import some_ending, witness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.explore.automaton import Automaton
    from simpsh.explore.ending import Ending
    from simpsh.explore.graph import Graph
    from simpsh.explore.search import Search
    from simpsh.explore.tree import Tree

_OUTCOMES_FOR_EACH_OUTPUT = 10


class Outcomes:
    """What can come of a program, as far as its graph is known."""

    def __init__(
        self, search: Search, most: int, samples: int, counting_seconds: float = 5.0
    ) -> None:
        """Work them out.

        Args:
            search: the program's states.
            most: how many outputs are listed; of more, some are.
            samples: how many, then.
            counting_seconds: how long it may take to count them.
        """
        self._search = search
        self._counting_seconds = counting_seconds
        self._futures: Futures | None = None
        self._automaton: Automaton | None = None
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
        self.endings = sorted(self._with_real(found), key=_in_order)

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
        graph, automaton = self._search.graph, self._automaton
        if graph is None or automaton is None:
            return None
        return witness(graph, automaton, ending, self._may)

    def can_print(self, output: bytes) -> bool:
        """Tell whether there is an outcome with this output, listed or not."""
        graph, automaton = self._search.graph, self._automaton
        if graph is None or automaton is None:
            return False
        return some_ending(graph, automaton, output, self._may) is not None

    def deciding(self, schedule: Sequence[str]) -> int:
        """Return after how many of these steps nothing can come out but what does come out."""
        graph, automaton, futures = self._search.graph, self._automaton, self._futures
        if graph is None or automaton is None or futures is None or not self._search.is_finished:
            return len(schedule)
        for steps, number in enumerate(_walk(graph, schedule)):
            if len(futures.of(automaton.place[number])) == 1:
                return steps
        return len(schedule)

    def tree(self) -> Tree | None:
        """Return the choices that matter; None if the outcomes cannot be listed."""
        graph, automaton, futures = self._search.graph, self._automaton, self._futures
        if graph is None or automaton is None or futures is None:
            return None
        return Growing(graph, automaton, futures, self._search.knowledge.letters).tree()

    # -------------------------------------------------------------------------- making

    def _listed(self, automaton: Automaton, most: int) -> list[Ending]:
        """Return all endings; none if there are more outputs than may be listed."""
        try:
            outputs = Futures(automaton, most, only_output=True)
        except TooMany:
            return []
        try:
            self._futures = Futures(automaton, most * _OUTCOMES_FOR_EACH_OUTPUT)
        except TooMany:
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

    def _some(self, automaton: Automaton, samples: int) -> list[Ending]:
        """Return an ending for each of some outputs."""
        counting = Counting(automaton, self._counting_seconds)
        self.count = counting.count
        if counting.count is None:
            return list(self._search.reality.endings)[:samples]
        return self._each(automaton, counting.samples(samples))

    def _each(self, automaton: Automaton, outputs: Sequence[bytes]) -> list[Ending]:
        graph = self._search.graph
        if graph is None:
            return []
        found = [some_ending(graph, automaton, output, self._may) for output in outputs]
        return [ending for ending in found if ending is not None]

    def _may(self, place: int, output: bytes) -> bool:
        return self._futures is None or self._futures.may(place, output)


def _walk(graph: Graph, schedule: Sequence[str]) -> Iterator[int]:
    """Go along a schedule as far as the graph knows it; yield the states."""
    number = 0
    yield number
    for choice in schedule:
        found = [edge.target for edge in graph.edges[number] or () if edge.choice == choice]
        if not found:
            return
        [number] = found
        yield number


def _in_order(ending: Ending) -> tuple[object, ...]:
    return ending.output, ending.deadlock, ending.statuses, ending.files
