"""Search all states of a program; the program itself only runs to learn unknown steps.

A real run follows a schedule and continues to its end, in parallel with the model, which learns
from it. If the two disagree, the verdict will be "not complete".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from random import Random

from simpsh.explore.control.controlled_run import automata_of
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.flags import Flag
from simpsh.explore.objects.kernel_state import HistoryEdge, State
from simpsh.explore.objects.program_model import Model
from simpsh.explore.search.learning_run import LearningRun
from simpsh.explore.search.outcome_automaton import (
    Ending,
    FinalStates,
    GraphEdge,
    OutcomeAutomaton,
    StateGraph,
    ending_of,
    spin_of,
)
from simpsh.explore.workplace.run_limits import OutOfTime, RunCutOff, spent_seconds

MOST_STATES = 400_000
MOST_STEPS = 1000
"""A run with more steps may never end."""


VARIES = "look for a value that differs from run to run, or for another program that uses its files"
_SMALLER = "try fewer processes, or fewer rounds of loops"
DIFFERS = Flag(
    "did not do the same again, or did not follow the rules of the kernel{}, so not all of its "
    "orders could be followed",
    VARIES,
    subject="the program ",
)
UNLEARNED = Flag("has a step that could not be learned", VARIES)
ENDLESS_RUN = Flag(
    f"has a run of more than {MOST_STEPS:,} steps, which may never end", "let its loops end"
)
TOO_MANY_STATES = Flag(f"has more than {MOST_STATES:,} states", _SMALLER)
TOO_MANY_RESTARTS = Flag(
    "has new things to watch again and again", f"share fewer variables, or {_SMALLER}"
)
_MOST_RESTARTS = 100


class StateSearch:
    """A search that can be advanced in slices.

    search = StateSearch(knowledge)
    while search.advance(0.1):
        ...
    """

    def __init__(
        self, knowledge: Knowledge, *, is_reduced: bool = True, is_timed: bool = False
    ) -> None:
        """Search a program; unless `is_reduced`, follow every choice of every state.

        If `is_timed`, follow only the orders in which computing takes no time.
        """
        self.knowledge = knowledge
        self._is_timed = is_timed
        self._is_reduced = is_reduced
        self.restarts = 0
        self.trouble: Flag | None = None
        """Why the search cannot continue; None as long as it can."""
        self._past_runs = 0
        self._begin()

    def _begin(self) -> None:
        """Forget everything that was learned."""
        self.terminals = FinalStates()
        learned = automata_of(self.knowledge)
        self.model = Model(learned, is_reduced=self._is_reduced, is_timed=self._is_timed)
        self.reality = RealRuns(self.knowledge, self.model, self.terminals)
        self.graph: StateGraph | None = None
        self._todo = deque[int]()
        self._ends: list[int] = []
        """Final states that no run may have shown."""
        self._breadth = self.model.learned.breadth

    @property
    def runs(self) -> int:
        """The number of real runs."""
        return self._past_runs + self.reality.runs

    @property
    def is_finished(self) -> bool:
        """Whether every state is known."""
        return self.graph is not None and not (self.open_states or self.trouble)

    @property
    def open_states(self) -> int:
        """The number of known states with unknown steps."""
        return len(self._todo) + len(self._ends)

    def advance(self, seconds: float) -> bool:
        """Search for about `seconds`; return whether there is more to do."""
        deadline = spent_seconds() + seconds
        while not self.trouble and not self.is_finished:
            try:
                self._advance(deadline)
            except Restart:
                self.restart()
            except OutOfTime:
                return True
            except RunCutOff as error:
                self.knowledge.flag(error.flag)
                self.trouble = error.flag
            if spent_seconds() >= deadline:
                break
        return not self.trouble and not self.is_finished

    def restart(self) -> None:
        """Begin again, because more operations of the program must be visible."""
        self.restarts += 1
        self._past_runs += self.reality.runs
        if self.restarts > _MOST_RESTARTS:
            self.trouble = TOO_MANY_RESTARTS
        self._begin()

    def _advance(self, deadline: float) -> None:
        if self.graph is None:
            self.reality.run(())
            self._note_trouble()
            if not self.trouble:
                self._lay_out()
            return
        while self._todo and not self.trouble:
            # Left movers are found only if what comes after is known. Where signals arrive, there
            # are none: from the first unknown step, a run comes to others.
            number = self._todo.popleft() if self.model.learned.reachable else self._todo.pop()
            try:
                self._expand(self.graph, number)
            except RunCutOff:
                self._todo.append(number)
                raise
            if self._breadth != self.model.learned.breadth:
                # Left movers were chosen with less knowledge.
                self._lay_out()
            if spent_seconds() >= deadline:
                return
        graph = self.graph
        # Run to each final state that no run has shown, to learn the contents of files.
        while self._ends and not self.trouble and spent_seconds() < deadline:
            number = self._ends[-1]
            if self.terminals.look(graph.states[number]) is None:
                self.reality.run(graph.path(number))
                self._note_trouble()
            self._ends.pop()

    def _lay_out(self) -> None:
        """Begin a new graph; keep everything that was learned."""
        learned = self.model.learned
        self.graph = StateGraph(self.model.begin(learned.roots))
        self._todo, self._ends = deque((0,)), []
        self._breadth = learned.breadth

    def _expand(self, graph: StateGraph, number: int) -> None:
        """Find the steps from a state; run the program if the model does not know them."""
        state = graph.states[number]
        moves = self.model.moves(state)
        # Compute the moves again after each new step: a step that closes a loop is no left mover.
        while unknown := [choice for choice, edge in moves if edge is None]:
            schedule = [*graph.path(number), unknown[0]]
            self.reality.run(schedule, only_learns=True)
            self._note_trouble()
            if self.model.edge(state, unknown[0]) is None:
                self.trouble = self.trouble or UNLEARNED
                return
            moves = self.model.moves(state)
        edges = [self._step(graph, number, choice, edge) for choice, edge in moves if edge]
        graph.edges[number] = edges
        if not edges:
            self._ends.append(number)
        if len(graph.states) > MOST_STATES:
            self.trouble = TOO_MANY_STATES

    def _step(self, graph: StateGraph, number: int, choice: str, edge: HistoryEdge) -> GraphEdge:
        """Return a step in the graph; a new state is added to the list."""
        printed, ended, after = self.model.after(graph.states[number], choice, edge)
        statuses = graph.statuses[number]
        if ended is not None:
            statuses = tuple(sorted((*statuses, ended)))
        fresh = len(graph.states)
        target = graph.number(after, statuses, number, choice)
        if target == fresh:
            self._todo.append(target)
        return GraphEdge(choice, printed, target)

    # ------------------------------------------------------------------------- looking

    def automaton(self, roots: Sequence[int] = (0,)) -> OutcomeAutomaton:
        """Return the automaton of the outcomes from some states; ValueError if there was no run."""
        graph = self.graph
        if graph is None:
            raise ValueError("the program has not been run yet")

        def look(number: int) -> Ending | None:
            state, statuses = graph.states[number], graph.statuses[number]
            if graph.edges[number]:
                # An unknown step may lead out of the loop.
                spin = spin_of(state, self.model.list_choices(state))
                return None if self._todo else Ending(b"", statuses, (), spin)
            shown = self.terminals.look(state)
            return None if shown is None else Ending(b"", statuses, *shown)

        return OutcomeAutomaton(graph, look, roots)

    def list_choices(self, number: int) -> list[str]:
        """Return every choice of a state, including choices that the search leaves out."""
        return self.model.list_choices(self.graph.states[number]) if self.graph is not None else []

    def visit(self, schedule: Sequence[str]) -> int | None:
        """Return the number of the state after a schedule; None if it is not known.

        A state that the search has left out is added: advance() continues there.
        """
        graph, number = self.graph, 0
        if graph is None:
            return None
        for choice in schedule:
            state = graph.states[number]
            edge = self.model.edge(state, choice) if choice in self.list_choices(number) else None
            if edge is None:
                return None
            number = self._step(graph, number, choice, edge).target
        return number

    def _note_trouble(self) -> None:
        differences = self.model.learned.differences
        if differences:
            self.trouble = DIFFERS.of(f" ({differences[0]})")
        elif self.reality.is_endless:
            self.trouble = ENDLESS_RUN


_MANY_RUNS = 10
"""After this many runs, a run may end as soon as no step is unknown."""
_ROUNDS = 50
"""A loop counts as endless if this many random steps lead only to earlier states of the run."""
_NEAR = 20
"""How many states ahead a run looks for an unknown step."""
_FAR = 300
"""A run with more steps does not look ahead."""


class RealRuns:
    """Real runs of the program, which teach the model."""

    def __init__(self, knowledge: Knowledge, model: Model, terminals: FinalStates) -> None:
        self.knowledge = knowledge
        self.model = model
        self.terminals = terminals
        self._random = Random(1)
        self.runs = 0
        self.endings: dict[Ending, tuple[str, ...]] = {}
        """Every ending of a real run, with its schedule."""
        self.is_endless = False
        """Whether a run was broken off because it had too many steps."""
        self.walk: LearningRun | None = None
        """The last run, complete or not."""

    def run(self, schedule: Sequence[str], *, only_learns: bool = False) -> Ending | None:
        """Run a schedule, then continue to the end, from one unknown step to the next.

        If `only_learns`, the run may end after the schedule as soon as no unknown step is near:
        always in programs that share memory, whose runs are long, and after many runs in others.
        Return None for such a run, and for one with a difference or too many steps.

        Raises Restart: everything learned so far is invalid.
        """
        self.runs += 1
        self.walk = None
        with LearningRun(self.knowledge, self.model) as run:
            self.walk = run
            ending = self._walk(run, schedule, only_learns=only_learns)
        if ending is not None:
            self.endings.setdefault(ending, tuple(run.schedule))
        return ending

    def _walk(
        self, run: LearningRun, schedule: Sequence[str], *, only_learns: bool
    ) -> Ending | None:
        visited: set[State] = set()
        ahead: list[str] = []
        repeated = 0
        while choices := run.agreed_choices():
            count = len(run.schedule)
            repeated = repeated + 1 if run.state in visited else 0
            visited.add(run.state)
            if repeated > _ROUNDS:
                return ending_of(run, spin_of(run.state, choices))
            if count >= MOST_STEPS:
                self.is_endless = True
                return None
            if count < len(schedule):
                choice = schedule[count]
            else:
                ahead = ahead or self._way_ahead(run.state)
                may_end = self.knowledge.shares_memory or self.runs > _MANY_RUNS
                if only_learns and may_end and not ahead:
                    return None
                moves = [choice for choice, _ in self.model.moves(run.state)]
                ahead = ahead or [self._random.choice(moves)]
                choice = ahead.pop(0)
            if choice not in choices:
                run.differ(f"the schedule continues with {choice}, which is not possible")
            if run.has_failed:
                return None
            run.step(choice)
        if run.has_failed:
            return None
        ending = ending_of(run)
        self.terminals.learn(run.state, ending, self.model.learned)
        return ending

    def _way_ahead(self, state: State) -> list[str]:
        """Return the choices that lead to an unknown step, and make it; none if it is not near.

        To come there takes a few steps; another run would repeat all steps before this state.
        """
        ways: dict[State, list[str]] = {state: []}
        queue = [state]
        for each in queue:
            moves = self.model.moves(each)
            unknown = [choice for choice, edge in moves if edge is None]
            if unknown:
                return [*ways[each], self._random.choice(unknown)]
            for choice, edge in moves:
                if edge is None or len(queue) >= _NEAR:
                    continue
                after = self.model.after(each, choice, edge)[2]
                if after not in ways:
                    ways[after] = [*ways[each], choice]
                    queue.append(after)
        return []
