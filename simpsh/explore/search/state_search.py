"""Search all states of a program; the program itself only runs to learn unknown steps.

A real run follows a schedule and continues to its end, in parallel with the model, which learns
from it. If the two disagree, the verdict will be "not complete".
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from random import Random

from simpsh.base.record import Record
from simpsh.explore.control.controlled_run import automata_of
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.flags import Flag
from simpsh.explore.objects.kernel_state import HistoryEdge, State
from simpsh.explore.objects.program_model import Model
from simpsh.explore.objects.symbolic_names import Stored, process_of
from simpsh.explore.search.learning_run import LearningRun
from simpsh.explore.search.outcome_automaton import (
    Ending,
    FinalStates,
    Finish,
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


class Trouble(Record):
    """Why a search has stopped before it was finished."""

    clause: str
    advice: str = ""


VARIES = "look for a value that differs from run to run, or for another program that uses its files"
_SMALLER = "try fewer processes, or fewer rounds of loops"
DIFFERS = Trouble(
    "the program did not do the same again, or did not follow the rules of the kernel", VARIES
)
UNLEARNED = Trouble("a step could not be learned", VARIES)
ENDLESS_RUN = Trouble(
    f"a run has more than {MOST_STEPS:,} steps, and may never end", "let its loops end"
)
TOO_MANY_STATES = Trouble(f"there are more than {MOST_STATES:,} states", _SMALLER)
TOO_MANY_RESTARTS = Trouble(
    "new things to watch were found again and again", f"share fewer variables, or {_SMALLER}"
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
        self.trouble: Trouble | None = None
        """Why the search cannot continue; None as long as it can."""
        self.cut_off: Flag | None = None
        """The limit that ended the search's runs; None if they were not ended."""
        self._past_runs = 0
        self._begin()

    def _begin(self) -> None:
        """Forget everything that was learned."""
        self.terminals = FinalStates()
        learned = automata_of(self.knowledge)
        learned.clock_matters = self.knowledge.clock_matters
        self.model = Model(learned, is_reduced=self._is_reduced, is_timed=self._is_timed)
        self.reality = RealRuns(self.knowledge, self.model, self.terminals)
        self.graph: StateGraph | None = None
        self._todo = deque[int]()
        self._ends: list[int] = []
        """Final states that may have unknown files."""
        self._paths: set[Stored] = set()
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

    def lines_of_steps(self, *, are_printing: bool = False) -> Counter[str]:
        """Return the number of known steps, or of those that print, at each source line."""
        if self.graph is None:
            return Counter()
        pairs = zip(self.graph.states, self.graph.edges, strict=True)
        nodes = (
            dict(state[0])[process_of(edge.choice)][0]
            for state, edges in pairs
            for edge in edges or ()
            if edge.printed or not are_printing
        )
        return Counter(self.model.learned.callers.line(node.place) for node in nodes)

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
                self.knowledge.flags[error.flag] += 1
                self.cut_off = error.flag
                self.trouble = Trouble(error.flag.clause, error.flag.advice)
            if spent_seconds() >= deadline:
                break
        return not self.trouble and not self.is_finished

    def close_up(self, deadline: float) -> None:
        """Follow known steps from the open states, without running the program.

        A search that was broken off has learned many steps that are not in its graph yet.
        """
        graph = self.graph
        if graph is None or self.trouble:
            return
        left = list[int]()
        while self._todo and spent_seconds() < deadline and len(graph.states) < MOST_STATES:
            number = self._todo.pop()
            moves = self.model.moves(graph.states[number])
            learned = [(choice, edge) for choice, edge in moves if edge is not None]
            if len(learned) < len(moves):
                left.append(number)
            if learned:
                graph.edges[number] = [self._step(graph, number, *move) for move in learned]
        self._todo += left

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
        # Run to each final state that no run has shown, to learn the contents of its files.
        while self._ends and not self.trouble and spent_seconds() < deadline:
            number = self._ends[-1]
            if self.terminals.look(graph.states[number]) is None:
                self.reality.run(graph.path(number))
                self._note_trouble()
            self._ends.pop()
            if self.terminals.paths != self._paths:
                # The contents of a new file are unknown in the other final states, too.
                self._paths = set(self.terminals.paths)
                self._ends = [number for number, edges in enumerate(graph.edges) if edges == []]

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
        fresh = len(graph.states)
        target = graph.number(after, number, choice)
        if target == fresh:
            self._todo.append(target)
        return GraphEdge(choice, printed, ended, target)

    # ------------------------------------------------------------------------- looking

    def automaton(self, roots: Sequence[int] = (0,)) -> OutcomeAutomaton:
        """Return the automaton of the outcomes from some states; ValueError if there was no run."""
        graph = self.graph
        if graph is None:
            raise ValueError("the program has not been run yet")

        def look(number: int) -> Finish | None:
            return self.terminals.look(graph.states[number])

        def spinning(number: int) -> Finish | None:
            # An unknown step may lead out of the loop.
            state = graph.states[number]
            choices = self.model.list_choices(state)
            return None if self._todo else ((), spin_of(state, choices))

        return OutcomeAutomaton(graph, look, spinning, roots)

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
        if self.model.learned.differences:
            self.trouble = DIFFERS
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
