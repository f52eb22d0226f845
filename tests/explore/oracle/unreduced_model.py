"""Every order on the learned model: no step is left out because another may go first.

What it finds beyond the search in simpsh.explore would be the fault of a left mover; and it counts
the orders, which real runs could not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.search.exploration import statuses_of
from simpsh.explore.search.outcome_automaton import Ending
from simpsh.explore.search.state_search import StateSearch

if TYPE_CHECKING:
    from simpsh.explore.control.explored_program import ExploredProgram
from simpsh.explore.model.kernel_state import State

if TYPE_CHECKING:
    Rest = tuple[frozenset[tuple[object, ...]], int]
    """The endings that can follow, without what was before, and the number of orders."""


class TooMuch(Exception):
    """It would take too long."""


class EveryOrder:
    """The endings and the number of orders of a program, from all states of its model."""

    def __init__(
        self, program: ExploredProgram, seconds: float = 60.0, most_states: int = 100_000
    ) -> None:
        """Learn the program, then walk through all states; only for programs without loops.

        Raises:
            TooMuch: there are too many states, or a run of the program showed a difference.
        """
        self._deadline = time.monotonic() + seconds
        self._most_states = most_states
        self._known: dict[State, Rest] = {}
        with Knowledge(program) as knowledge:
            self._search = StateSearch(knowledge)
            self._search.advance(seconds)
            if not self._search.is_finished:
                raise TooMuch(self._search.trouble)
            model = self._search.model
            found, self.orders = self._from(model.begin(model.learned.roots), ())
        self.states = len(self._known)
        self.endings = {
            (output, statuses_of(Ending(output, tuple(sorted(ended)))), files, stuck)
            for output, ended, files, stuck in found
        }

    def _from(
        self, state: State, path: tuple[str, ...]
    ) -> tuple[frozenset[tuple[object, ...]], int]:
        known = self._known.get(state)
        if known is not None:
            return known
        if len(self._known) > self._most_states or time.monotonic() > self._deadline:
            raise TooMuch("states")
        found: set[tuple[object, ...]] = set()
        orders = 0
        choices = self._search.model.enabled(state)
        for choice in choices:
            printed, ended, after = self._step(state, choice, path)
            rest, more = self._from(after, (*path, choice))
            orders += more
            for output, statuses, files, stuck in rest:
                own = statuses | {ended} if ended else statuses
                found.add((printed + output, own, files, stuck))
        if not choices:
            found, orders = {self._ending(state, path)}, 1
        self._known[state] = frozenset(found), orders
        return self._known[state]

    def _step(self, state: State, choice: str, path: tuple[str, ...]):
        edge = self._search.model.edge(state, choice)
        if edge is None:
            self._search.reality.run([*path, choice])
            edge = self._search.model.edge(state, choice)
            if edge is None:
                raise TooMuch("; ".join(map(str, self._search.model.learned.differences)))
        return self._search.model.after(state, choice, edge)

    def _ending(self, state: State, path: tuple[str, ...]) -> tuple[object, ...]:
        if self._search.terminals.look(state) is None:
            self._search.reality.run(path)
        looked = self._search.terminals.look(state)
        if looked is None:
            raise TooMuch("; ".join(map(str, self._search.model.learned.differences)))
        files, stuck = looked
        return b"", frozenset(), files, tuple(name for name, _ in stuck)
