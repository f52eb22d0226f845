"""The model of a program: learned processes over a computed kernel; one step costs microseconds.

A process with memory of its own is deterministic: what it does next depends on its history, that
is, on the results it got. Its histories are a tree, learned from real runs:

    node ── (result, signals that arrived) ──► node

A node is one arrival at an operation. A child's first node hangs on the edge of the parent's that
made it, so that a child means the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

from simpsh.base.signal_names import SIGCHLD
from simpsh.explore.model.kernel_rules import CloseRule, EndRule, rule_of
from simpsh.explore.model.kernel_state import (
    EMPTY,
    HistoryEdge,
    HistoryNode,
    Jobs,
    Kernel,
    Key,
    Label,
    Learned,
    ProcessView,
    Remembered,
    State,
    parent_of,
)
from simpsh.explore.model.left_movers import left_mover
from simpsh.explore.model.timer_rules import RANG, ring, ringing
from simpsh.explore.model.twins import without_twins
from simpsh.explore.model.wait_rules import WaitRule
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.memory_steps import Place
from simpsh.explore.operations.record_locks import RecordLock, RecordLook
from simpsh.explore.operations.timers import RINGS, SetTimer
from simpsh.explore.operations.visible_operations import process_of

_NONE: frozenset[str] = frozenset()


class Automata(Learned):
    """The automata of all processes of a program."""

    def __init__(self, jobs: Jobs | None = None) -> None:
        super().__init__()
        self.jobs = jobs
        self.roots: tuple[HistoryNode, ...] = ()
        self.differences: list[str] = []
        """Where a real run did not do what the model says, in words."""
        self._same: dict[tuple[str, ProcessView, frozenset[str], bytes], HistoryNode] = {}
        """Nodes by all that their processes can still know: histories that came to the same."""
        self._catching: set[str] = set()
        self._parents: set[str] = set()
        self._number = 0

    @property
    def breadth(self) -> tuple[int, ...]:
        """What decides on left movers; a search begun with less of it must begin again."""
        used = self.memory.extent, self.pipes.extent, len(self.tellers)
        return len(self.killed), len(self.reachable), len(self.locked), self.tries_locks, *used

    def begin(
        self,
        views: Mapping[str, ProcessView],
        remembered: Callable[[str], Remembered | None] = lambda _: None,
    ) -> tuple[HistoryNode, ...]:
        """Learn, or check, how a run starts; return the nodes of those alive then."""
        if not self.roots:
            names = sorted(views)
            self.roots = tuple(self._node(name, views[name], remembered(name)) for name in names)
        self._check(self.roots, views)
        return self.roots

    def learn(
        self,
        node: HistoryNode,
        key: Key,
        label: Label,
        views: Mapping[str, ProcessView],
        remembered: Callable[[str], Remembered | None],
    ) -> HistoryEdge:
        """Learn, or check, a step that was really made.

        Args:
            node: who made it.
            key: what the model knows before.
            label: the result it got, and the signals that arrived.
            views: where it arrived, unless it ended, and its newborn children.
            remembered: returns all that a process can still know, where that is asked for: who
                has come to the same by another history is at the same node, and a loop that comes
                back is a loop of the automaton.
        """
        edge = node.by_label.get(label)
        if edge is None:
            self._number += 1
            edge = node.by_label[label] = HistoryEdge(self._number, *label)
            if node.name in views:
                own = remembered(node.name)
                edge.target = self._node(node.name, views[node.name], own, _drained(node, edge))
            edge.children = tuple(
                self._node(name, views[name], remembered(name))
                for name in sorted(views.keys() - {node.name})
            )
            self._note_left(node, edge.target)
            self._note_teller(node, edge)
            edge.closes_loop = _closes_loop(node, edge)
            _count_polls(node, key, edge)
        else:
            arrived = (edge.target,) if edge.target is not None else ()
            self._check((*arrived, *edge.children), views)
        if node.edges.setdefault(key, edge) is not edge:
            told = node.edges[key]
            self.differ(
                f"{node.name} {node.view.operation.words()}: the result is not settled by what "
                f"is modelled: {told.result!r} {told.signals}, then {label[0]!r} {label[1]}"
            )
        return edge

    def _node(
        self,
        name: str,
        view: ProcessView,
        known: Remembered | None,
        drained: frozenset[str] = _NONE,
    ) -> HistoryNode:
        """Return the node of a process in this state: a new one, unless one was there before."""
        state = name, view, drained, b"" if known is None else known.digest
        node = None if known is None else self._same.get(state)
        if node is None:
            node = self._new(name, view)
            node.drained = drained
            if known is not None:
                node.mentions = known.names
                self._same[state] = node
        return node

    def _note_teller(self, node: HistoryNode, edge: HistoryEdge) -> None:
        """Note who has learned, by a wait, which child it was."""
        if edge.target is None or not isinstance(node.rule, WaitRule):
            return
        if not isinstance(edge.result, tuple):
            return
        child, before, after = edge.result[0], node.mentions, edge.target.mentions
        if after is None or (child in after and (before is None or child not in before)):
            self.tellers.add(node.name)

    def _note_left(self, node: HistoryNode, target: HistoryNode | None) -> None:
        """Note the read ends that a process gives up before it has read to the end of file."""
        drained = node.drained if target is None else target.drained
        lost = node.view.ends if target is None else node.view.ends - target.view.ends
        for thing, end in lost:
            if end == "r" and thing not in drained:
                self.pipes.note_left(node.name, thing)

    def _new(self, name: str, view: ProcessView) -> HistoryNode:
        self._number += 1
        rule = rule_of(view.operation)
        if rule.signalled:
            self.killed.add(rule.signalled)
            if rule.is_felt:
                self.reachable.add(rule.signalled)
        if isinstance(view.operation, SetTimer) and view.operation.is_set:
            self.reachable.add(name)  # by its own alarm
        self._parents.add(parent_of(name))
        if SIGCHLD in view.caught | view.blocked:
            self._catching.add(name)
        self.reachable |= self._catching & self._parents
        self._note_lock(view.operation)
        self.pipes.note(name, view.operation)
        if isinstance(view.operation, Place):
            self.memory.note(name, view.operation)
        return HistoryNode(name, self._number, view, rule, left_mover(view.operation))

    def _note_lock(self, operation: ops.Operation) -> None:
        match operation:
            case ops.Flock(path, how):
                self.locked.add(path)
                self.tries_locks = self.tries_locks or bool(how & ops.LOCK_NB)
            case RecordLock(path, kind, _, _, is_patient):
                self.locked.add(path)
                self.tries_locks = self.tries_locks or not (is_patient or kind == "unlock")
            case RecordLook():
                self.tries_locks = True
            case _:
                pass

    def _check(self, nodes: tuple[HistoryNode, ...], views: Mapping[str, ProcessView]) -> None:
        for node in nodes:
            seen = views.get(node.name)
            if seen is None:
                self.differ(f"{node.name} is not where the same history had brought it before")
            elif seen != node.view:
                before, now = node.view.operation.words(), seen.operation.words()
                how = (
                    f"{before}, then {now}" if before != now else f"{before}, {_other(node, seen)}"
                )
                self.differ(f"the same history, another behaviour: {node.name} {how}")
        known = {node.name for node in nodes}
        for name in views.keys() - known:
            self.differ(f"{name} was not born here before, after the same history")

    def differ(self, what: str) -> None:
        """Note a difference between model and reality."""
        self.differences.append(what)


def _other(node: HistoryNode, seen: ProcessView) -> str:
    """Return what is not as before in what can be seen of a process, as a phrase."""
    pairs = (
        (one.name, getattr(node.view, one.name), getattr(seen, one.name)) for one in fields(seen)
    )
    return " and ".join(
        f"its {name} {_listed(before)}, then {_listed(now)}"
        for name, before, now in pairs
        if before != now
    )


def _listed(value: object) -> str:
    return str(sorted(value) if isinstance(value, frozenset) else value)


def _drained(node: HistoryNode, edge: HistoryEdge) -> frozenset[str]:
    """Return the pipes of which a process has read the end of file, after one more step."""
    match node.view.operation:
        case ops.Read(pipe, size) if ops.is_pipe(pipe) and size and edge.result == b"":
            return node.drained | {pipe}
        case _:
            return node.drained


def _closes_loop(node: HistoryNode, edge: HistoryEdge) -> bool:
    """Return whether a step may come again without end.

    No child is collected twice, and none is made twice: their names are not given again.
    """
    if edge.target is None or edge.children:
        return False
    if isinstance(node.rule, WaitRule) and node.rule.collects and isinstance(edge.result, tuple):
        return False
    seen, todo = set(), [edge.target]
    while todo:
        one = todo.pop()
        if one is node:
            return True
        if one.number not in seen:
            seen.add(one.number)
            todo += [after.target for after in one.by_label.values() if after.target is not None]
    return False


def _count_polls(node: HistoryNode, key: Key, edge: HistoryEdge) -> None:
    """Note at a new node which polls on the way to it have found nothing."""
    target = edge.target
    if target is None or target.failed_polls or target is node:
        return
    target.failed_polls = node.failed_polls
    if node.rule.finds_nothing(edge.result):
        poll = node.view.operation, key[0]
        target.failed_polls = {**node.failed_polls, poll: node.failed_polls.get(poll, 0) + 1}


Ended = tuple[str, int]
"""Who has ended in a step, and its status word."""

MOST_FRUITLESS = 4
"""How often a poll may find nothing, where the loop's memory changes from poll to poll.

A loop that changes for two rounds has other registers once more in the round after (aarch64).
"""


class Model:
    """The states of a program, and its steps."""

    def __init__(self, learned: Automata, *, is_reduced: bool = True) -> None:
        """Make the model of what was learned.

        Args:
            learned: the processes; more may be learned later.
            is_reduced: whether moves() leaves the others alone where one may always go first.
        """
        self.learned = learned
        self._is_reduced = is_reduced
        self.left_out_polls = False
        """Whether choices() left out a poll that would find nothing once more."""

    def begin(self, roots: Sequence[HistoryNode]) -> State:
        """Return the state in which these processes are alive."""
        kernel = Kernel(EMPTY, self.learned)
        kernel.bear(roots)
        return kernel.pack()

    # ------------------------------------------------------------------------- choices

    def enabled(self, state: State) -> list[str]:
        """Return every choice, as ControlledRun.enabled() has them."""
        return _enabled(Kernel(state, self.learned))

    def moves(self, state: State) -> list[tuple[str, HistoryEdge | None]]:
        """Return the choices that a search must follow, each with what it comes to, if known.

        It is one alone, if that may always go first.
        """
        kernel = Kernel(state, self.learned)
        found = _enabled(kernel)
        if len(found) > 1:
            found = self._first(kernel, found) or self._without_polls(kernel, found)
        if len(found) > 1 and self._is_reduced:
            found = without_twins(kernel, found)
        return [(choice, _edge(kernel, choice)) for choice in found]

    def _first(self, kernel: Kernel, found: list[str]) -> list[str]:
        if not self._is_reduced or self.learned.jobs is not None:
            return []
        reachable = self.learned.reachable
        later: list[str] = []
        for choice in found:
            if choice in reachable or choice[-1] in "!~":
                continue
            node = kernel.procs[choice][0]
            if node.goes_first is not None and node.goes_first(kernel, node):
                edge = _edge(kernel, choice)
                if edge is None or not edge.closes_loop:
                    if not isinstance(node.view.operation, ops.Write):
                        return [choice]
                    later.append(choice)
        # Who reads goes before who writes, so that no pipe is filled without need.
        return later[:1]

    def _without_polls(self, kernel: Kernel, found: list[str]) -> list[str]:
        kept = [choice for choice in found if not _is_worn_out(kernel, choice)]
        if not kept or len(kept) == len(found):
            return found
        self.left_out_polls = True
        return kept

    # --------------------------------------------------------------------------- steps

    def edge(self, state: State, choice: str) -> HistoryEdge | None:
        """Return what a process's step comes to; None where that is not known."""
        return _edge(Kernel(state, self.learned), choice)

    def place(self, state: State, name: str, *, signals_first: bool) -> tuple[HistoryNode, Key]:
        """Return where a process stands, and what is known beforehand of its step."""
        kernel = Kernel(state, self.learned)
        node, pending = kernel.procs[name][0], kernel.pending_key(name)
        prediction = node.rule.prediction(kernel, name, signals_first=signals_first)
        return node, (prediction, pending, signals_first)

    def after(
        self, state: State, choice: str, edge: HistoryEdge
    ) -> tuple[bytes, Ended | None, State]:
        """Return what a step along an edge prints, who has ended by it, and the state after it."""
        name, is_first = named(choice)
        kernel = Kernel(state, self.learned)
        if edge is RANG:
            ring(kernel, process_of(choice))
            return b"", None, kernel.pack()
        rule = kernel.procs[name][0].rule
        if isinstance(rule, EndRule):
            kernel.end(name, rule.status)
            return b"", (name, rule.status), kernel.pack()
        if isinstance(rule, CloseRule):
            rule.doubt(kernel, name, edge)
        kernel.move(name, edge)
        printed = b""
        if not is_first and edge.result != ops.INTERRUPTED:
            printed = rule.act(kernel, name, edge)
        return printed, None, kernel.pack()


def named(choice: str) -> tuple[str, bool]:
    """Take a choice apart: whose step, and whether its signals go first.

    >>> named("P.1"), named("P!")
    (('P.1', False), ('P', True))
    """
    return (choice[:-1], True) if choice[-1] == "!" else (choice, False)


def _enabled(kernel: Kernel) -> list[str]:
    found = []
    for name, (node, pending) in kernel.procs.items():
        rule = node.rule
        if not pending:
            if rule.is_ready(kernel, name):
                found.append(name)
            continue
        if rule.can_go(kernel, name):
            found.append(name)
        if rule.lets_signals_first(kernel, name):
            found.append(name + "!")
    jobs = kernel.learned.jobs
    if jobs is not None:
        found = [one for one in found if not jobs.is_held_up(kernel, one)]
    return found + ringing(kernel) if kernel.kept else found


def _edge(kernel: Kernel, choice: str) -> HistoryEdge | None:
    if choice[-1] == RINGS:
        return RANG
    name, is_first = named(choice)
    return kernel.procs[name][0].successor(kernel, signals_first=is_first)


def _is_worn_out(kernel: Kernel, choice: str) -> bool:
    """Return whether a choice is a poll that has found nothing too often, and would again."""
    if choice[-1] in "!~":
        return False
    node = kernel.procs[choice][0]
    if not node.failed_polls:
        return False
    prediction = node.rule.prediction(kernel, choice, signals_first=False)
    return node.failed_polls.get((node.view.operation, prediction), 0) >= MOST_FRUITLESS
