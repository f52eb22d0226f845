"""Searching all states of a program; the program itself runs only where something is unknown."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING

from simpsh.explore.automaton import Automaton
from simpsh.explore.foresight import Foresight
from simpsh.explore.graph import Graph, GraphEdge
from simpsh.explore.knowledge import Restart
from simpsh.explore.learning import Automata
from simpsh.explore.model import Model
from simpsh.explore.real_run import MOST_STEPS, Reality
from simpsh.explore.terminals import Terminals, spin_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.automaton import Finish
    from simpsh.explore.foresight import Ahead
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.learning import Edge

MOST_STATES = 400_000
_MOST_RESTARTS = 100


class Search:
    """A search that can be advanced bit by bit, and looked at meanwhile.

    search = Search(knowledge)
    while search.advance(0.1):
        ...
    """

    def __init__(self, knowledge: Knowledge, *, is_reduced: bool = True) -> None:
        """Search a program.

        Args:
            knowledge: the program.
            is_reduced: whether left movers are followed alone; else every choice of every state.
        """
        self.knowledge = knowledge
        self._is_reduced = is_reduced
        self.restarts = 0
        self.trouble = ""
        """Why it cannot go on, as a clause; empty as long as it can."""
        self._past_runs = 0
        self._foresight = Foresight(self)
        self._begin()

    def _begin(self) -> None:
        """Begin without having learned anything."""
        self.terminals = Terminals()
        self.model = Model(Automata(), is_reduced=self._is_reduced)
        self.reality = Reality(self.knowledge, self.model, self.terminals, Random(1))
        self.graph: Graph | None = None
        self._todo: list[int] = []
        self._ends: list[int] = []
        """Final states that may have to be looked at."""
        self._paths: set[str] = set()
        self._breadth = self.model.learned.breadth

    @property
    def runs(self) -> int:
        """How many real runs were made."""
        return self._past_runs + self.reality.runs

    @property
    def is_finished(self) -> bool:
        """Whether every state is known."""
        return self.graph is not None and not (self._todo or self._ends or self.trouble)

    def advance(self, seconds: float) -> bool:
        """Search on, for about so long, but at least a bit; tell whether there is more to do."""
        deadline = time.monotonic() + seconds
        while not self.trouble and not self.is_finished:
            try:
                self._advance(deadline)
            except Restart:
                self.restart()
            if time.monotonic() >= deadline:
                break
        return not self.trouble and not self.is_finished

    def close_up(self, seconds: float) -> None:
        """Follow what is known from the states that are left, without running the program.

        A search that was broken off has seen many steps that it has not put together yet.
        """
        deadline = time.monotonic() + seconds
        graph = self.graph
        if graph is None or self.trouble:
            return
        left = []
        while self._todo and time.monotonic() < deadline and len(graph.states) < MOST_STATES:
            number = self._todo.pop()
            moves = self.model.moves(graph.states[number])
            known = [(choice, edge) for choice, edge in moves if edge is not None]
            if len(known) < len(moves):
                left.append(number)
            if known:
                graph.edges[number] = [self._step(graph, number, *one) for one in known]
        self._todo += left

    def restart(self) -> None:
        """Begin again: more of what the program does has to be watched."""
        self.restarts += 1
        self._past_runs += self.reality.runs
        if self.restarts > _MOST_RESTARTS:
            self.trouble = "new things to watch were found again and again"
        self._begin()

    def _advance(self, deadline: float) -> None:
        if self.graph is None:
            self.reality.run(())
            self._note_trouble()
            if not self.trouble:
                self._lay_out()
            return
        while self._todo and not self.trouble:
            self._expand(self.graph, self._todo.pop())
            if self._breadth != self.model.learned.breadth:
                # Left movers were chosen knowing less about signals.
                self._lay_out()
            if time.monotonic() >= deadline:
                return
        self._see_ends(self.graph, deadline)

    def _see_ends(self, graph: Graph, deadline: float) -> None:
        """Make a run to every final state that none has shown: what do the files hold there?"""
        while self._ends and not self.trouble and time.monotonic() < deadline:
            number = self._ends.pop()
            if self.terminals.look(graph.states[number]) is None:
                self.reality.run(graph.path(number))
                self._note_trouble()
            if self.terminals.paths != self._paths:
                # What this file holds at the other ends is another question about them.
                self._paths = set(self.terminals.paths)
                self._ends = [one for one, edges in enumerate(graph.edges) if edges == []]

    def _lay_out(self) -> None:
        """Begin the graph anew; what was learned stays."""
        learned = self.model.learned
        self.graph = Graph(self.model.begin(learned.roots))
        self._todo, self._ends = [0], []
        self._breadth = learned.breadth

    def _expand(self, graph: Graph, number: int) -> None:
        """Find the steps from a state; run the program where the model does not know."""
        state = graph.states[number]
        moves = self.model.moves(state)
        # What is learned may show that a step closes a loop: then it cannot go first alone.
        while unknown := [choice for choice, edge in moves if edge is None]:
            self.reality.run([*graph.path(number), unknown[0]])
            self._note_trouble()
            if self.model.edge(state, unknown[0]) is None:
                self.trouble = self.trouble or "a step could not be learned"
                return
            moves = self.model.moves(state)
        edges = [self._step(graph, number, choice, edge) for choice, edge in moves if edge]
        graph.edges[number] = edges
        if not edges:
            self._ends.append(number)
        if len(graph.states) > MOST_STATES:
            self.trouble = f"there are more than {MOST_STATES:,} states"

    def _step(self, graph: Graph, number: int, choice: str, edge: Edge) -> GraphEdge:
        """Return a step in the graph; a state that is new will be looked at."""
        printed, ended, after = self.model.after(graph.states[number], choice, edge)
        fresh = len(graph.states)
        target = graph.number(after, number, choice)
        if target == fresh:
            self._todo.append(target)
        return GraphEdge(choice, printed, ended, target)

    # ------------------------------------------------------------------------- looking

    def automaton(self, roots: Sequence[int] = (0,)) -> Automaton:
        """Return the automaton of the outcomes from some states on.

        Raises:
            ValueError: nothing is known yet.
        """
        graph = self.graph
        if graph is None:
            raise ValueError("the program has not been run yet")

        def look(number: int) -> Finish | None:
            return self.terminals.look(graph.states[number])

        def spinning(number: int) -> Finish:
            return (), spin_of(graph.states[number], self.knowledge.letters)

        return Automaton(graph, look, spinning, roots)

    def enabled(self, number: int) -> list[str]:
        """Return every choice of a state, also those that the search need not follow."""
        return self.model.enabled(self.graph.states[number]) if self.graph is not None else []

    def visit(self, schedule: Sequence[str]) -> int | None:
        """Return the number of the state after a schedule; None if that is not known.

        A state that the search had passed by is added to it: advance() goes on from there.
        """
        graph, number = self.graph, 0
        if graph is None:
            return None
        for choice in schedule:
            state = graph.states[number]
            edge = self.model.edge(state, choice) if choice in self.enabled(number) else None
            if edge is None:
                return None
            number = self._step(graph, number, choice, edge).target
        return number

    def ahead(self, schedule: Sequence[str]) -> Ahead | None:
        """Return what is left after a schedule; None if not enough is known, or too much."""
        return self._foresight.ahead(schedule)

    def _note_trouble(self) -> None:
        if self.model.learned.differences:
            self.trouble = "the program does not do what the model says"
        elif self.reality.is_endless:
            self.trouble = f"a run has more than {MOST_STEPS:,} steps, and may never end"
