"""What is known of each process: an automaton over the results that the kernel has given it.

A process with memory of its own is deterministic: what it does next depends on its history, that
is, on the results it got. Its histories are a tree, learned from real runs:

    node ── (result, signals that arrived) ──► node

A node is one arrival at an operation. A child's first node hangs on the edge of the parent's that
made it, so that a child means the same in every run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simpsh.explore.file_rules import Histories
from simpsh.explore.kernel_state import SIGCHLD, parent_of
from simpsh.explore.left_movers import left_mover
from simpsh.explore.operation import LOCK_NB, Flock
from simpsh.explore.rulebook import rule_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.explore.kernel_state import Kernel
    from simpsh.explore.left_movers import Mover
    from simpsh.explore.operation import Operation
    from simpsh.explore.rule import Prediction, Rule

    Label = tuple[object, tuple[int, ...]]
    """A result, and the signals that arrived with it."""
    Key = tuple[Prediction, tuple[int, ...], bool]
    """What is known before the step: the result, what is pending, whether signals go first."""


@dataclass(frozen=True, slots=True)
class Stance:
    """What can be seen of a process that has arrived at an operation."""

    operation: Operation
    ends: frozenset[tuple[str, str]] = frozenset()
    """What it holds: a pipe and `r` or `w`; an open description and `o`."""
    caught: frozenset[int] = frozenset()
    ignored: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()
    is_released: bool = False
    """Whether it has a memory of its own: a vfork child has only after exec."""


@dataclass(eq=False, slots=True)
class Node:
    """A process after one history; equal to itself alone."""

    name: str
    number: int
    stance: Stance
    rule: Rule
    goes_first: Mover | None
    edges: dict[Key, Edge] = field(default_factory=dict)
    by_label: dict[Label, Edge] = field(default_factory=dict)
    vain: Mapping[tuple[Operation, Prediction], int] = field(default_factory=dict)
    """The polls in its history that found nothing, by what was known beforehand; how often."""

    def successor(self, kernel: Kernel, *, signals_first: bool = False) -> Edge | None:
        """Return what follows in a state of the kernel; None where that is not known."""
        _, pending = kernel.procs[self.name]
        prediction = self.rule.prediction(kernel, self.name, signals_first=signals_first)
        return self.edges.get((prediction, pending, signals_first))


@dataclass(eq=False, slots=True)
class Edge:
    """One step of a process: what it was given, where it came, whom it made."""

    number: int
    result: object
    signals: tuple[int, ...]
    target: Node | None = None
    """None where the step was the process's end."""
    children: tuple[Node, ...] = ()
    closes_loop: bool = False
    """Whether it leads back to a node that its process had been at before."""


@dataclass(slots=True)
class Difference:
    """A place where a real run did not do what the model says."""

    what: str
    schedule: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.what


class Automata:
    """The automata of all processes of a program."""

    def __init__(self) -> None:
        self.roots: tuple[Node, ...] = ()
        self.differences: list[Difference] = []
        self.histories = Histories()
        self.killed: set[str] = set()
        """Who was ever the target of a kill."""
        self.reachable: set[str] = set()
        """Whom a signal can reach: those, and who has children and catches or blocks SIGCHLD."""
        self._same: dict[tuple[str, Stance, int], Node] = {}
        """Nodes of the present run, by what their processes had in registers and memory."""
        self._catching: set[str] = set()
        self._parents: set[str] = set()
        self.tries_locks = False
        """Whether anybody asks for a lock without waiting."""
        self._number = 0

    @property
    def breadth(self) -> tuple[int, int, bool]:
        """What decides on left movers; a search begun with less of it must begin again."""
        return len(self.killed), len(self.reachable), self.tries_locks

    def begin(self, stances: Mapping[str, Stance]) -> tuple[Node, ...]:
        """Learn, or check, how a run starts; return the nodes of those alive then."""
        self._same.clear()
        if not self.roots:
            self.roots = tuple(self._new(name, stances[name]) for name in sorted(stances))
        self._check(self.roots, stances)
        return self.roots

    def learn(
        self,
        node: Node,
        key: Key,
        label: Label,
        stances: Mapping[str, Stance],
        fingerprint: Callable[[str], int | None],
    ) -> Edge:
        """Learn, or check, a step that was really made.

        Args:
            node: who made it.
            key: what the model knows before.
            label: the result it got, and the signals that arrived.
            stances: where it arrived, unless it ended, and its newborn children.
            fingerprint: returns what a process has in memory, if it may be polling: a loop that
                comes back to the same state is a loop of the automaton.
        """
        edge = node.by_label.get(label)
        if edge is None:
            known = self._number
            self._number += 1
            edge = node.by_label[label] = Edge(self._number, *label)
            found = {name: self._node(name, stances[name], fingerprint(name)) for name in stances}
            edge.target = found.pop(node.name, None)
            edge.closes_loop = edge.target is not None and edge.target.number <= known
            edge.children = tuple(found[name] for name in sorted(found))
            _count_polls(node, key, edge)
        else:
            arrived = (edge.target,) if edge.target is not None else ()
            self._check((*arrived, *edge.children), stances)
            for one in arrived:
                self._remember(one, fingerprint(one.name))
        if node.edges.setdefault(key, edge) is not edge:
            told = node.edges[key]
            self.differ(
                f"{node.name} {node.stance.operation.words()}: the result is not settled by what "
                f"is modelled: {told.result!r} {told.signals}, then {label[0]!r} {label[1]}"
            )
        return edge

    def _node(self, name: str, stance: Stance, fingerprint: int | None) -> Node:
        """Return the node of a process in this state: a new one, unless it has come back."""
        known = None if fingerprint is None else self._same.get((name, stance, fingerprint))
        return known or self._remember(self._new(name, stance), fingerprint)

    def _remember(self, node: Node, fingerprint: int | None) -> Node:
        if fingerprint is not None:
            self._same.setdefault((node.name, node.stance, fingerprint), node)
        return node

    def _new(self, name: str, stance: Stance) -> Node:
        self._number += 1
        rule = rule_of(stance.operation)
        if rule.signalled:
            self.killed.add(rule.signalled)
            if rule.is_felt:
                self.reachable.add(rule.signalled)
        self._parents.add(parent_of(name))
        if SIGCHLD in stance.caught | stance.blocked:
            self._catching.add(name)
        self.reachable |= self._catching & self._parents
        match stance.operation:
            case Flock(_, how) if how & LOCK_NB:
                self.tries_locks = True
        return Node(name, self._number, stance, rule, left_mover(stance.operation))

    def _check(self, nodes: tuple[Node, ...], stances: Mapping[str, Stance]) -> None:
        for node in nodes:
            seen = stances.get(node.name)
            if seen is None:
                self.differ(f"{node.name} is not where the same history had brought it before")
            elif seen != node.stance:
                before, now = node.stance.operation.words(), seen.operation.words()
                how = (
                    f"{before}, then {now}" if before != now else f"{before}, holding other things"
                )
                self.differ(f"the same history, another behaviour: {node.name} {how}")
        known = {node.name for node in nodes}
        for name in stances.keys() - known:
            self.differ(f"{name} was not born here before, after the same history")

    def differ(self, what: str, schedule: Sequence[str] = ()) -> None:
        """Note a difference between model and reality, and the choices that led to it."""
        self.differences.append(Difference(what, tuple(schedule)))


def _count_polls(node: Node, key: Key, edge: Edge) -> None:
    """Note at a new node which polls on the way to it have found nothing."""
    target = edge.target
    if target is None or target.vain or target is node:
        return
    target.vain = node.vain
    if node.rule.finds_nothing(edge.result):
        poll = node.stance.operation, key[0]
        target.vain = {**node.vain, poll: node.vain.get(poll, 0) + 1}
