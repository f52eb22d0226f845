"""The graph as an automaton whose words are outcomes: what is printed, and how everybody ends.

States that can be gone back to without printing (loops that poll) are one state of it. Statuses
that are the same in every run are no part of its words: they are added to every outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.components import components
from simpsh.explore.ending import Ending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.explore.graph import Graph, GraphEdge
    from simpsh.explore.model import Ended
    from simpsh.explore.terminals import Deadlock, Files

    Arc = tuple[bytes, Ended | None, int]
    """What is printed, a status that varies, and the state that follows."""
    Finish = tuple[Files, Deadlock]
    Look = Callable[[int], Finish | None]
    """Returns what is known of a final state."""


class Automaton:
    """States are numbered so that every arc leads to a lower number."""

    def __init__(
        self, graph: Graph, look: Look, spinning: Look, roots: Sequence[int] = (0,)
    ) -> None:
        """Make the automaton of a graph.

        Args:
            graph: the states of the program.
            roots: states from which it is looked on.
            look: tells how a final state looks from outside; None where that is not known.
            spinning: the same for a state of a loop that nobody leaves any more.
        """
        self._graph = graph
        self._roots = roots
        self.place: list[int] = [-1] * len(graph.states)
        """The automaton's state of each state of the graph; -1 for one that is never reached."""
        self.arcs: list[tuple[Arc, ...]] = []
        self.finishes: list[Finish | None] = []
        """What it looks like to end here; None where nothing ends."""
        self.unseen = 0
        """How many final states are left out, because no real run has shown how they look."""
        self.is_endless = False
        """Whether a loop prints: then there are words without end, and these are some."""
        found = self._components()
        self.start = self.place[roots[0]]
        self.constant: dict[str, int] = {}
        """The statuses that are the same in every run, by name."""
        varying = self._varying(found)
        for number, members in enumerate(found):
            self.arcs.append(self._arcs(number, members, varying))
            self.finishes.append(self._finish(number, members, look, spinning))

    def ending(self, output: bytes, statuses: Sequence[Ended], finish: Finish) -> Ending:
        """Return the outcome that a word stands for."""
        files, deadlock = finish
        everybody = tuple(sorted({**self.constant, **dict(statuses)}.items()))
        return Ending(output, everybody, files, deadlock)

    def varies(self, name: str) -> bool:
        """Tell whether a process's status is not the same in every run."""
        return name not in self.constant

    # -------------------------------------------------------------------------- making

    def _components(self) -> list[list[int]]:
        edges: list[Sequence[GraphEdge]] = [known or () for known in self._graph.edges]
        found = components([[edge.target for edge in some] for some in edges], self._roots)
        self._put(found)
        loops = [
            [edge.printed != b"" and self.place[edge.target] == self.place[state] for edge in some]
            for state, some in enumerate(edges)
        ]
        self._edges = edges
        if any(map(any, loops)):
            self.is_endless = True
            self._edges = [
                [edge for edge, is_loop in zip(some, marks, strict=True) if not is_loop]
                for some, marks in zip(edges, loops, strict=True)
            ]
            self.place = [-1] * len(edges)
            found = components(
                [[edge.target for edge in some] for some in self._edges], self._roots
            )
            self._put(found)
        return found

    def _put(self, found: list[list[int]]) -> None:
        for number, members in enumerate(found):
            for state in members:
                self.place[state] = number

    def _varying(self, found: list[list[int]]) -> set[str]:
        """Return who does not end with the same status in every run, and note those who do."""
        seen: dict[str, set[int]] = {}
        always: list[frozenset[str] | None] = []
        for number, members in enumerate(found):
            ways: list[frozenset[str]] = []
            for state in members:
                for edge in self._edges[state]:
                    if self.place[edge.target] != number:
                        below = always[self.place[edge.target]]
                        if edge.ended is not None:
                            seen.setdefault(edge.ended[0], set()).add(edge.ended[1])
                            below = below and below | {edge.ended[0]}
                        if below is not None:
                            ways.append(below)
            always.append(self._common(ways, members))
        certain = always[self.start] or frozenset()
        varying = {name for name, words in seen.items() if len(words) > 1 or name not in certain}
        self.constant = {
            name: next(iter(words)) for name, words in seen.items() if name not in varying
        }
        return varying

    def _common(self, ways: list[frozenset[str]], members: list[int]) -> frozenset[str] | None:
        if ways:
            return frozenset.intersection(*ways)
        # A state whose steps are not known says nothing.
        return None if any(self._graph.edges[state] is None for state in members) else frozenset()

    def _arcs(self, number: int, members: list[int], varying: set[str]) -> tuple[Arc, ...]:
        arcs: dict[Arc, None] = {}
        for state in members:
            for printed, ended, target in (edge[1:] for edge in self._edges[state]):
                if self.place[target] != number:
                    label = ended if ended is not None and ended[0] in varying else None
                    arcs[printed, label, self.place[target]] = None
        return tuple(arcs)

    def _finish(self, number: int, members: list[int], look: Look, spinning: Look) -> Finish | None:
        if self.arcs[number] or any(self._graph.edges[state] is None for state in members):
            return None
        [*_, state] = members
        finish = spinning(state) if self._edges[state] else look(state)
        self.unseen += finish is None
        return finish
