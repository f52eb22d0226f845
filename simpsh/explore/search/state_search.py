"""Search all states of a program; the program itself only runs to learn unknown steps.

A real run follows a schedule and continues to its end, in parallel with the model, which learns
from it. If the two disagree, the verdict will be "not complete".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from random import Random

from simpsh.base.process_names import FIRST, parent_of
from simpsh.base.record import Record
from simpsh.explore.control.controlled_run import ControlledRun, MadeStep, automata_of, call_before
from simpsh.explore.control.held_process import DEAD
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.control.run_state import PRINTS_PIDS
from simpsh.explore.flags import Flag
from simpsh.explore.objects.kernel_state import (
    DependsOn,
    HistoryEdge,
    HistoryNode,
    Key,
    Operation,
    State,
)
from simpsh.explore.objects.process_operations import Exit
from simpsh.explore.objects.program_model import Model
from simpsh.explore.objects.symbolic_names import RINGS, Stored, mark_of, process_of
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
VOID = Trouble("its controlled runs differ from free runs")
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
        if not self.knowledge.may_reuse_names:
            self.knowledge.looping.clear()
        learned = automata_of(self.knowledge)
        learned.clock_matters = self.knowledge.clock_matters
        self.model = Model(learned, is_reduced=self._is_reduced, is_timed=self._is_timed)
        self.reality = RealRuns(self.knowledge, self.model, self.terminals)
        self.graph: StateGraph | None = None
        self._todo: list[int] = []
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
        return self.graph is not None and not (self._todo or self._ends or self.trouble)

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
        left = []
        while self._todo and spent_seconds() < deadline and len(graph.states) < MOST_STATES:
            number = self._todo.pop()
            moves = self.model.moves(graph.states[number])
            learned = [(choice, edge) for choice, edge in moves if edge is not None]
            if len(learned) < len(moves):
                left.append(number)
            if learned:
                graph.edges[number] = [self._step(graph, number, *move) for move in learned]
        self._todo += left
        if self._has_wrong_twins():
            self._todo.append(0)  # the search is not finished

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
            number = self._todo[-1]
            fresh = len(self._todo)
            self._expand(self.graph, number)
            # If a run is cut off, the state stays in the list.
            del self._todo[fresh - 1]
            if self._has_wrong_twins():
                self.model.learned.twins.forget()
                self._lay_out()
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
        self._todo, self._ends = [0], []
        self._breadth = learned.breadth
        learned.twins.begin()

    def _has_wrong_twins(self) -> bool:
        """Return whether a finished search has left out processes that are no twins."""
        learned, graph = self.model.learned, self.graph
        if self._todo or graph is None or not learned.twins.are_used:
            return False
        kernels = (learned.kernel(state, learned) for state in graph.states)
        return not learned.twins.are_right() or any(
            node.operation.waits_for_any and not kernel.forgets_order(name)
            for kernel in kernels
            for name, (node, _) in kernel.procs.items()
        )

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
        self._check_names()
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
            return None if self._todo else ((), spin_of(state, self.knowledge, choices))

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

    def _check_names(self) -> None:
        """Begin again if a number was taken for a pid, or without reused names if that is wrong."""
        known, learned = self.knowledge, self.model.learned
        if known.pages.has_mistake:
            known.pages.forgive()
            raise Restart
        facts = known.groups_matter, known.shares_memory, known.locked, PRINTS_PIDS in known.notes
        if known.looping and any((*facts, learned.leaves_orphans, learned.differences)):
            known.may_reuse_names = False
            raise Restart

    def _note_trouble(self) -> None:
        self._check_names()
        if self.model.learned.differences:
            self.trouble = DIFFERS
        elif self.reality.is_void:
            self.trouble = VOID
        elif self.reality.is_endless:
            self.trouble = ENDLESS_RUN


_LONG = 100
"""After this many steps, states are compared at every operation."""
_MANY_RUNS = 20
"""After this many runs, a run may end as soon as no step is unknown."""
_VARIED = 5
"""One in so many runs that learn is repeated with other pids and varied values."""
_ROUNDS = 50
"""A loop counts as endless if this many random steps lead only to earlier states of the run."""


class RealRuns:
    """Real runs of the program, which teach the model."""

    def __init__(self, knowledge: Knowledge, model: Model, terminals: FinalStates) -> None:
        self.knowledge = knowledge
        self.model = model
        self.terminals = terminals
        self._random = Random(1)
        self.runs = self._learned_runs = 0
        self.endings: dict[Ending, tuple[str, ...]] = {}
        """Every ending of a real run, with its schedule."""
        self.turned: dict[int, tuple[tuple[str, ...], Ending]] = {}
        """Schedules and endings of runs with varied values, by the step; 0 is the start."""
        self.is_void = False
        """Whether the last run was spoiled by a condition that only controlled runs have."""
        self.is_endless = False
        """Whether a run was broken off because it had too many steps."""
        self.last: Ending | None = None
        """The ending of the last complete run."""
        self.last_schedule: tuple[str, ...] = ()
        self.walk: LearningRun | None = None
        """The last run, complete or not."""

    def run(self, schedule: Sequence[str], *, only_learns: bool = False) -> Ending | None:
        """Run a schedule, then continue to the end, preferring unknown steps.

        If `only_learns`, the run may end after the schedule as soon as every step is known: always
        in programs that share memory, whose runs are long, and after many runs in others. Return
        None for such a run, and for one with a difference or too many steps.

        Raises Restart: everything learned so far is invalid.
        """
        # Equal values let equal states meet; other values show whether anything depends on them.
        is_steady = only_learns or not self.runs
        ending = self._run(schedule, only_learns=only_learns, is_steady=is_steady)
        self._learned_runs += is_steady
        walk = self.walk
        if is_steady and self._learned_runs % _VARIED == 0 and walk and not walk.has_failed:
            again = tuple(walk.schedule)
            self._run(again, only_learns=True, is_steady=False, digested=walk.digested)
        return ending

    def _run(
        self,
        schedule: Sequence[str],
        *,
        only_learns: bool,
        is_steady: bool,
        digested: Collection[int] = (),
    ) -> Ending | None:
        """Make one run; unless it is steady, a run that only learns ends after the schedule.

        If no ordinary number is taken for a pid, it looks at memory after the `digested` steps.
        """
        self.runs += 1
        self.walk = None
        self.knowledge.is_steady = is_steady
        try:
            with LearningRun(self.knowledge, self.model, digested) as run:
                self.walk = run
                ending = self._walk(run, schedule, only_learns=only_learns)
        finally:
            self.knowledge.is_steady = False
        if ending is not None:
            self.last, self.last_schedule = ending, tuple(run.schedule)
            self.endings.setdefault(ending, tuple(run.schedule))
            for number in run.turned:
                self.turned.setdefault(number, (tuple(run.schedule), ending))
        return ending

    def _walk(
        self, run: LearningRun, schedule: Sequence[str], *, only_learns: bool
    ) -> Ending | None:
        visited: set[State] = set()
        repeated = 0
        while choices := run.agreed_choices():
            count = len(run.schedule)
            repeated = repeated + 1 if run.state in visited else 0
            visited.add(run.state)
            if repeated > _ROUNDS:
                deadlock = spin_of(run.state, self.knowledge, choices)
                return ending_of(run, deadlock)
            if count >= MOST_STEPS:
                self.is_endless = True
                return None
            if count < len(schedule):
                choice = schedule[count]
            elif only_learns and not self.knowledge.is_steady:
                return None
            else:
                moves = self.model.moves(run.state)
                unknown = [choice for choice, edge in moves if edge is None]
                may_end = self.knowledge.shares_memory or self.runs > _MANY_RUNS
                # The ending of a run with a new varied value must be known.
                may_end &= run.turned <= self.turned.keys()
                if only_learns and may_end and not unknown:
                    return None
                likely = run.of_loops(moves) or unknown or [choice for choice, _ in moves]
                choice = self._random.choice(likely)
            if choice not in choices:
                run.differ(f"the schedule continues with {choice}, which is not possible")
            if run.has_failed:
                return None
            run.step(choice)
        self.is_void = run.is_void
        if run.has_failed or self.is_void:
            return None
        ending = ending_of(run)
        self.terminals.learn(run.state, ending, self.model.learned)
        return ending


class LearningRun(ControlledRun):
    """A run that teaches its model, and records where the two differ."""

    def __init__(self, knowledge: Knowledge, model: Model, digested: Collection[int] = ()) -> None:
        """Begin a run that looks again at the memory after some steps, given by their numbers."""
        self._digested_before = digested
        self.digested = set[int]()
        """The numbers of the steps after which it has looked at memory."""
        self.steps_at_lines = Counter[str]()
        self.has_failed = False
        self._has_branched = ""
        """The process whose step is being made, if histories may branch at it."""
        self._last = 0
        """The number of the last step."""
        turns = knowledge.turns
        super().__init__(knowledge, model)
        self.turned = {0} if knowledge.turns > turns else set[int]()
        """The numbers of the steps with varied values."""

    def differ(self, difference: str) -> None:
        """Record a difference, after which the run has failed."""
        self.has_failed = True
        self.model.learned.differ(difference)

    def agreed_choices(self) -> list[str]:
        """Return the choices; none at the end, or if model and run disagree."""
        if not self.has_failed and (contradiction := self.contradiction()):
            self.differ(contradiction)
        return [] if self.has_failed else sorted(self.list_choices())

    def of_loops(self, moves: Sequence[tuple[str, HistoryEdge | None]]) -> list[str]:
        """Return the choices of shells that may be in a loop, so that loops are recognized soon."""
        running, loops = self.processes, set[str]()
        for name, each in running.items() if self.knowledge.looping else ():
            children = [child for child in running if parent_of(child) == name]
            if each.image.forks and any(running[child].status for child in children):
                loops |= {name, children[-1]}
        return [choice for choice, _ in moves if process_of(choice) in loops]

    def step(self, choice: str) -> MadeStep:
        """Make a step, and compare the operations of all processes with the model."""
        name, turns = process_of(choice), self.knowledge.turns
        if mark_of(choice) != RINGS:
            node = dict(self.state[0])[name][0]
            self.steps_at_lines[node.place.line] += 1
            self._has_branched = name if self._branches(name, node.operation) else ""
        made = super().step(choice)
        if len(self.schedule) in self._digested_before and self.processes[name].state != DEAD:
            self.digest_of(self.processes[name])
        if self.knowledge.turns > turns:
            self.turned.add(self._last)
        modelled = {name: node.view.operation for name, (node, _) in self.state[0]}
        for process in self.living if not self.has_failed else ():
            if process.operation != modelled.pop(process.name, None):
                self.differ(f"after {choice}, {process.name} is at another operation in the model")
        if modelled and not self.has_failed:
            self.differ(f"after {choice}, alive only in the model: {' '.join(sorted(modelled))}")
        return made

    def _roots(self) -> Sequence[HistoryNode]:
        learned = self.model.learned
        before = len(learned.differences)
        views = {process.name: self.view_of(process) for process in self.living}
        roots = learned.begin(views, self._digest_of)
        if not learned.quiet_start:
            learned.quiet_start = self.processes[FIRST].quiet
        self._note_lines(roots)
        self.has_failed = len(learned.differences) > before
        return roots

    def _edge(self, node: HistoryNode, key: Key, made: MadeStep) -> HistoryEdge:
        process, result = self.processes[node.name], made.result
        is_predicted = not isinstance(key[0], DependsOn)
        if is_predicted and result not in (None, key[0]):
            words = f"{node.name} {node.view.operation.words()}"
            self.differ(f"{words}: got {result!r}, by the model {key[0]!r}")
            return super()._edge(node, key, made)
        views = {name: self.view_of(self.processes[name]) for name in made.born}
        if process.state != DEAD:
            views[node.name] = self.view_of(process)
        label = key[0] if is_predicted else result, made.signals
        edge = self.model.learned.learn(node, key, label, views, self._digest_of)
        self._last = edge.number
        edge.quiet = edge.quiet or process.quiet
        self._note_lines((*edge.children, *([edge.target] if edge.target else [])))
        if (edge.target is None) == (process.state != DEAD):
            self.differ(f"{node.name} has ended in only one of two runs with the same history")
            return super()._edge(node, key, made)
        if edge.target is None and not isinstance(node.operation, Exit):
            self.differ(f"{node.name} {node.operation.words()}: has ended instead")
        return edge

    def _note_lines(self, nodes: Sequence[HistoryNode]) -> None:
        """Set the call and the source line of each new node."""
        for node in nodes:
            if node.is_new:
                node.is_new = False
                process = self.processes[node.name]
                node.call = call_before(process)
                node.place = self.place(process)

    def _digest_of(self, name: str) -> bytes | None:
        """Return all that a process can still know, if histories may branch or meet here."""
        process = self.processes[name]
        operation = process.operation
        is_branch = operation is not None and self._branches(name, operation)
        if not is_branch and self._has_branched != name:
            return None
        self.digested.add(len(self.schedule))
        return self.digest_of(process)

    def _branches(self, name: str, operation: Operation) -> bool:
        process = self.processes[name]
        if len(self.schedule) > _LONG:
            return True  # the process may be in a loop that does not depend on others
        return operation.depends_on_others or self.may_be_called(process)
