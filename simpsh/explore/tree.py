"""The choices that decide on the outcome, as a tree.

Most choices change nothing that can be seen. From the beginning, steps are followed for as long
as one of them keeps every outcome possible; where none does, the tree branches, and each outcome
goes to one branch alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.model import named
from simpsh.explore.outlook import shown
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simpsh.explore.automaton import Automaton
    from simpsh.explore.futures import Futures, Rest
    from simpsh.explore.graph import Graph, GraphEdge

    Left = frozenset[Rest]

_SHORTEST = 20
_TO_OUTPUT = " to the output"


class Leaf(Record):
    """An outcome."""

    output: bytes
    is_deadlock: bool = False


class Branching(Record):
    """A place where it matters who goes next."""

    branches: tuple[tuple[str, Tree], ...]
    """Who goes and what that does, in words; and what comes of it."""


Tree = Leaf | Branching


class Growing:
    """Makes the tree of a program whose outcomes are known."""

    def __init__(
        self, graph: Graph, automaton: Automaton, futures: Futures, letters: Mapping[str, str]
    ) -> None:
        """Take what is known.

        Args:
            graph: the states of the program.
            automaton: the outcomes of that graph.
            futures: all of them.
            letters: the pipes' letters.
        """
        self._graph = graph
        self._automaton = automaton
        self._futures = futures
        self._letters = letters

    def tree(self) -> Tree | None:
        """Return the tree; None if there are no outcomes."""
        left = self._futures.of(self._automaton.start)
        return self._grown(0, left, b"") if left else None

    def _grown(self, state: int, left: Left, printed: bytes) -> Tree:
        """Return the tree of what is left to come out, from a state on."""
        been: set[int] = set()
        while len(left) > 1:
            been.add(state)
            ways = self._ways(state, left, been)
            edge, rests = ways[0]
            if len(rests) < len(left):
                return self._branching(state, left, printed, ways)
            state, left = edge.target, frozenset(rests.values())
            printed += edge.printed
        [(rest, end)] = left
        return Leaf(printed + rest, self._futures.is_stuck(end))

    def _ways(
        self, state: int, left: Left, been: set[int]
    ) -> list[tuple[GraphEdge, dict[Rest, Rest]]]:
        """Return the steps, each with what it keeps possible; who keeps most comes first."""
        found = []
        for edge in self._graph.edges[state] or ():
            if edge.target not in been:
                place = self._automaton.place[edge.target]
                through = self._futures.through(edge.printed, edge.ended, place)
                found.append((edge, {one: rest for one, rest in through.items() if one in left}))
        return sorted(found, key=lambda way: -len(way[1]))

    def _branching(
        self,
        state: int,
        left: Left,
        printed: bytes,
        ways: list[tuple[GraphEdge, dict[Rest, Rest]]],
    ) -> Branching:
        branches = []
        missing = set(left)
        for edge, rests in ways:
            own = missing & rests.keys()
            if own:
                missing -= own
                below = frozenset(rests[one] for one in own)
                words = self._words(state, edge.choice)
                branches.append((words, self._grown(edge.target, below, printed + edge.printed)))
        return Branching(tuple(branches))

    def _words(self, state: int, choice: str) -> str:
        name, is_first = named(choice)
        node, _ = dict(self._graph.states[state][0])[name]
        if is_first:
            return f"{name} takes its pending signal first"
        words = node.stance.operation.words(self._letters)
        return f"{name} {words.removesuffix(_TO_OUTPUT)}"


def drawn(tree: Tree, width: int, *, is_ascii: bool = False) -> Iterator[str]:
    """Return a tree as lines."""
    if isinstance(tree, Leaf):
        yield f"No choice matters. Every order leads to {_leaf(tree, width)}"
        return
    yield from _drawn(tree, "", width, _ASCII if is_ascii else _LINES)


_LINES = "├─ ", "╰─ ", "│  ", "─▶"
_ASCII = "|- ", "`- ", "|  ", "->"


def _drawn(
    tree: Branching, margin: str, width: int, glyphs: tuple[str, str, str, str]
) -> Iterator[str]:
    middle, last, beside, arrow = glyphs
    for place, (words, below) in enumerate(tree.branches):
        is_last = place == len(tree.branches) - 1
        line = f"{margin}{last if is_last else middle}{words}"
        if isinstance(below, Leaf):
            yield f"{line} {arrow} {_leaf(below, width - len(line) - 4)}"
            continue
        yield line
        yield from _drawn(below, margin + ("   " if is_last else beside), width, glyphs)


def _leaf(leaf: Leaf, width: int) -> str:
    text = shown(leaf.output, max(_SHORTEST, width - 2)) if leaf.output else "nothing"
    return f"{text}, then a deadlock" if leaf.is_deadlock else text
