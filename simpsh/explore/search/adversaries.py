"""Free runs that try to refute the set: processes are held back or steered at their calls.

An attack leads a run to one state of the model, call by call: processes wait before the calls that
are operations. Then the attack is one of two kinds:

* *held back*: a step that may always go first according to the model is delayed as long as
  possible; if there is none, any possible step.
* *steered*: a call that cannot return now according to the model is made first.

After that, calls continue in a random order, or, in some runs, all at once. Neither a tracer nor a
rule of the model takes part, so the result of the run is a real outcome. Each attack lets some of
the calls run at full speed. A seccomp filter, which requires no privilege, holds the others
(simpsh.kernel.machine.held_calls).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

from simpsh.base.process_names import FIRST, child_name
from simpsh.base.record import Record
from simpsh.explore.objects.kernel_state import HistoryNode
from simpsh.explore.objects.program_model import Model
from simpsh.explore.objects.symbolic_names import process_of
from simpsh.explore.search.outcome_automaton import StateGraph
from simpsh.explore.search.skipped_time import SkippedTime, hide_filter
from simpsh.kernel import descriptors
from simpsh.kernel.machine import held_calls
from simpsh.kernel.machine.held_calls import HeldCall
from simpsh.process import proc

HELD_BACK, STEERED = "held back", "steered"
_EITHER = ""
"""A step in a state with other possible steps."""
_BIRTHS = frozenset(("fork", "vfork", "clone", "clone3"))
_ENDS = frozenset(("exit_group", "exit"))
_SLEEPS = frozenset(("nanosleep", "clock_nanosleep"))
_ALWAYS = _BIRTHS | _ENDS
_LEFT_ALONE, _CHANGES_RANKS, _OPENS = 0.2, 0.25, 0.25
_MOST_STATES_TRIED = 200
_PATIENCE_SECONDS, _BIRTH_SECONDS, _QUIET_SECONDS = 0.0003, 0.005, 0.002
_MOST_WAITS, _MOST_QUIET = 30, 3
_MOST_HELD_BACK = 200


class Attack(Record):
    """The plan of one run."""

    kind: str
    """HELD_BACK or STEERED."""
    path: tuple[tuple[str, str], ...]
    """The processes and their calls, in order, that lead to the attacked state."""
    target: str
    """The process that the attack holds back or steers."""
    line: str
    """The source line of the target's operation, if that is known."""
    calls: frozenset[str]
    """The calls at which processes wait."""
    seed: int
    """The seed of random choices."""


def attacks(graph: StateGraph, model: Model, count: int) -> list[Attack]:
    """Return attacks on states of the graph, of both kinds if possible."""
    random = Random(count)
    numbers = [number for number, edges in enumerate(graph.edges) if edges is not None]
    random.shuffle(numbers)
    # Attack each node in turn, in one of the states that contain it.
    by_node: dict[str, dict[int, list[tuple[int, HistoryNode]]]]
    by_node = {HELD_BACK: {}, STEERED: {}, _EITHER: {}}
    for number in numbers[:_MOST_STATES_TRIED]:
        for kind, node in _targets(graph, model, number):
            by_node[kind].setdefault(node.number, []).append((number, node))
    either = by_node.pop(_EITHER)
    by_node[HELD_BACK] = by_node[HELD_BACK] or either
    by_kind = [
        (kind, random.sample(list(nodes.values()), len(nodes)))
        for kind, nodes in by_node.items()
        if nodes
    ]
    planned: list[Attack] = []
    nodes = (node for state in graph.states for _, (node, _) in state[0])
    calls = sorted({node.call for node in nodes if node.call})
    for seed in range(count) if by_kind else ():
        kind, targets = by_kind[seed % len(by_kind)]
        number, node = random.choice(targets[seed // len(by_kind) % len(targets)])
        path, at = [], 0
        for edge in graph.walk(graph.path(number)):
            mover = dict(graph.states[at][0])[process_of(edge.choice)][0]
            if mover.call and edge.choice == mover.name:
                path.append((mover.name, mover.call))
            at = edge.target
        held = frozenset(call for call in calls if random.random() > _LEFT_ALONE) | _ALWAYS
        line = model.learned.callers.line(node.place)
        planned.append(Attack(kind, tuple(path), node.name, line, held, seed))
    return planned


def _targets(graph: StateGraph, model: Model, number: int) -> Iterator[tuple[str, HistoryNode]]:
    """Yield the nodes that can be attacked in a state, with the kind of the attack."""
    state, edges = graph.states[number], graph.edges[number] or ()
    able = {process_of(choice) for choice in model.list_choices(state)}
    followed = {process_of(edge.choice) for edge in edges}
    for name, (node, _) in state[0]:
        if node.call and name not in able:
            yield STEERED, node
        elif node.call and len(able) > 1 and name in followed:
            yield HELD_BACK if len(followed) == 1 else _EITHER, node


class Adversary:
    """Continues the held calls of one run in the order of an attack."""

    def __init__(self, attack: Attack, listener: int, clock: SkippedTime | None) -> None:
        self._attack = attack
        self._clock = clock
        self._listener = listener
        self._random = Random(attack.seed)
        self._names: dict[int, str] = {}
        self._births: Counter[str] = Counter()
        self._held: dict[str, HeldCall] = {}
        self._path = [step for step in attack.path if step[1] in attack.calls]
        self._let_go: HeldCall | None = None
        """The last continued call, until the process waits again, sleeps or has ended."""
        self._ended: set[str] = set()
        self._known = 0
        """The number of known processes when `_let_go` was continued."""
        self._quiet = self._waits = self._taken = 0
        self._ranks: dict[str, float] = {}
        """The order of calls if nothing else determines it: the lowest first."""
        self._opens = self._random.random() < _OPENS
        """Whether calls after the attack are not held."""
        self._is_made = False
        self._last = -1
        self.is_void = False
        """Whether a call was interrupted because it was held."""

    @property
    def is_holding(self) -> bool:
        """Whether a call waits."""
        return bool(self._held)

    def turn(self) -> None:
        """Receive the calls that wait; continue one if all others are at rest."""
        while (held := held_calls.take(self._listener, 0)) is not None:
            self._take(held)
        is_open = self._is_made and self._opens
        if self._let_go is not None and not is_open and not self._is_at_rest(self._let_go):
            return
        self._let_go = None
        name = self._next()
        if name is None:
            return
        held = self._held.pop(name)
        self._quiet = self._waits = 0
        self._known = len(self._names)
        if held.call in _ENDS:
            self._ended.add(name)
        self._let_go = held
        if held.call in _SLEEPS and self._clock is not None:
            held_calls.skip(self._listener, held)
        elif self._clock is not None:
            self._clock.take(held)
        else:
            held_calls.let_go(self._listener, held)

    def _take(self, held: HeldCall) -> None:
        if self._last >= 0 and held.number != self._last + 1:
            self.is_void = True
        self._last = held.number
        if hide_filter(self._listener, held):
            return
        if held.call not in self._attack.calls and self._clock is not None:
            self._clock.take(held)
            return
        name = self._names.get(held.pid)
        if name is None:
            name = self._names[held.pid] = self._name_of(held.pid)
        self._held[name] = held

    def _name_of(self, pid: int) -> str:
        try:
            parent = self._names.get(proc.stat(pid).ppid)
        except (ProcessLookupError, PermissionError):
            parent = None
        if parent is None:
            return FIRST if not self._names else f"an orphan ({pid})"
        self._births[parent] += 1
        return child_name(parent, self._births[parent])

    def _is_at_rest(self, held: HeldCall) -> bool:
        """Return whether a released process waits again, sleeps, or has ended."""
        patience = _BIRTH_SECONDS if held.call in _BIRTHS else _PATIENCE_SECONDS
        has_borne = held.call not in _BIRTHS or len(self._names) > self._known
        if has_borne and self._names[held.pid] in self._held:
            return True
        self._waits += 1
        new = held_calls.take(self._listener, patience)
        if new is not None:
            self._take(new)
            return False
        # In vfork a process sleeps in state D, like a process that waits for a disk.
        is_running = "RD" if held.call not in _BIRTHS or not has_borne else "R"
        return proc.state(held.pid) not in is_running or self._waits > _MOST_WAITS

    def _next(self) -> str | None:
        """Return the process whose call continues now; None to wait for more calls."""
        while self._path:
            name, call = self._path[0]
            held = self._held.get(name)
            if name in self._ended:
                self._path.pop(0)
            elif held is not None:
                if held.call == call:
                    self._path.pop(0)
                # A call that is not on the path is not an operation: the close of a private file.
                return name
            elif self._is_quiet():
                self._path.clear()
            else:
                return None
        if not self._is_made and self._attack.target in self._held:
            self._is_made = self._attack.kind == STEERED
            if self._is_made:
                return self._attack.target
        names = sorted(self._held)
        if not self._is_made and self._taken < _MOST_HELD_BACK:
            others = [name for name in names if name != self._attack.target]
            if not others and not self._is_quiet():
                return None
            self._is_made = not others
            names = others or names
        self._taken += 1
        if self._random.random() < _CHANGES_RANKS:
            self._ranks.clear()
        return min(names, key=self._rank, default=None)

    def _rank(self, name: str) -> float:
        return self._ranks.setdefault(name, self._random.random())

    def _is_quiet(self) -> bool:
        """Return whether calls have not arrived for a while."""
        descriptors.readable((self._listener,), _QUIET_SECONDS)
        self._quiet += 1
        return self._quiet > _MOST_QUIET
