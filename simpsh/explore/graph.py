"""The graph of a program's states, and the edges between them: its language is the set of outputs.

States are numbered in the order in which they were found; 0 is the beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.kernel_state import State
    from simpsh.explore.model import Ended


class GraphEdge(NamedTuple):
    """A step from one state to another."""

    choice: str
    printed: bytes
    ended: Ended | None
    """The process that ended by it, and its status word."""
    target: int


class Graph:
    """States and steps, as far as they are known."""

    def __init__(self, beginning: State) -> None:
        self.states: list[State] = []
        self.edges: list[Sequence[GraphEdge] | None] = []
        """By state; None where it is not known yet."""
        self._numbers: dict[State, int] = {}
        self._origins: list[tuple[int, str]] = []
        self.number(beginning, 0, "")

    def number(self, state: State, origin: int, choice: str) -> int:
        """Return a state's number; a new one came from `origin` by `choice`."""
        number = self._numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
            self.edges.append(None)
            self._origins.append((origin, choice))
        return number

    def find(self, state: State) -> int | None:
        """Return a state's number, if it has one."""
        return self._numbers.get(state)

    def path(self, number: int) -> list[str]:
        """Return choices that lead from the beginning to a state."""
        choices = []
        while number:
            number, choice = self._origins[number]
            choices.append(choice)
        return choices[::-1]

    @property
    def is_whole(self) -> bool:
        """Whether the edges of every state are known."""
        return all(edges is not None for edges in self.edges)
