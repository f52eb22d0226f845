"""The model of a program: learned processes and a computed kernel; a step takes microseconds.

A process with its own memory is deterministic: its next operation depends on its history, that is,
on the results that it got. Its histories are a tree, learned from real runs:

    node ── (result, signals that arrived) ──► node

A node is one arrival at an operation. A child's first node belongs to the edge of its parent that
made it, so that a child means the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from simpsh.base.process_names import parent_of
from simpsh.base.signal_names import SIGCHLD
from simpsh.explore.objects.kernel_state import (
    EMPTY,
    INTERRUPTED,
    HistoryEdge,
    HistoryNode,
    Kernel,
    Key,
    Label,
    Learned,
    ProcessView,
    State,
)
from simpsh.explore.objects.pipe_operations import Read, Write
from simpsh.explore.objects.process_operations import Exit, Wait
from simpsh.explore.objects.signal_operations import RANG, is_held_up, ring, ringing
from simpsh.explore.objects.symbolic_names import (
    RINGS,
    SIGNALS_FIRST,
    Channel,
    Name,
    mark_of,
    process_of,
)
from simpsh.explore.objects.virtual_clock import due, pass_time, wind

_NONE: frozenset[Name] = frozenset()


class Automata(Learned):
    """The automata of all processes of a program."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: tuple[HistoryNode, ...] = ()
        self.differences: list[str] = []
        """Differences between a real run and the model, in words."""
        self._same: dict[tuple[str, ProcessView, frozenset[Name], bytes], HistoryNode] = {}
        """Nodes, by all that their processes can still know; different histories may share one."""
        self._catching: set[str] = set()
        self._parents: set[str] = set()
        self._number = 0

    @property
    def steps(self) -> int:
        """The number of known nodes and steps; it only grows."""
        return self._number

    @property
    def breadth(self) -> tuple[int, ...]:
        """The amount of knowledge about left movers; if it grows, the search begins again."""
        used = self.memory.extent, self.pipes.extent, self.kills_groups
        return len(self.killed), len(self.reachable), *used

    def begin(
        self,
        views: Mapping[str, ProcessView],
        remembered: Callable[[str], bytes | None] = lambda _: None,
    ) -> tuple[HistoryNode, ...]:
        """Learn or check the start of a run; return the nodes of the processes alive then."""
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
        remembered: Callable[[str], bytes | None],
    ) -> HistoryEdge:
        """Learn or check a step that was really made.

        The key is the model's knowledge before the step, the label its result and the signals that
        arrived. `views` contains the view of the step's process, unless it ended, and the views of
        its new children. `remembered` returns all that a process can still know, or None. Equal
        knowledge after different histories is one node, so a loop of the program is a loop of the
        automaton.
        """
        edge = node.by_label.get(label)
        if edge is None:
            self._number += 1
            edge = node.by_label[label] = HistoryEdge(self._number, *label)
            if node.name in views:
                digest = remembered(node.name)
                drained, read = node.drained, node.operation
                if isinstance(read, Read) and isinstance(read.object, Channel):
                    drained |= {read.object} if read.size and label[0] == b"" else _NONE
                edge.target = self._node(node.name, views[node.name], digest, drained)
            edge.children = tuple(
                self._node(name, views[name], remembered(name))
                for name in sorted(views.keys() - {node.name})
            )
            drained = node.drained if edge.target is None else edge.target.drained
            lost = node.view.ends if edge.target is None else node.view.ends - edge.target.view.ends
            for item, end in lost:
                if end == "r" and item not in drained:
                    self.pipes.leavers.add((node.name, item))
            edge.closes_loop = _closes_loop(node, edge)
        else:
            arrived = (edge.target,) if edge.target is not None else ()
            self._check((*arrived, *edge.children), views)
        if node.edges.setdefault(key, edge) is not edge:
            earlier = node.edges[key]
            self.differ(
                f"{node.name} {node.operation.words()}: the model does not determine the result: "
                f"{earlier.result!r} {earlier.signals}, then {label[0]!r} {label[1]}"
            )
        return edge

    def _node(
        self, name: str, view: ProcessView, digest: bytes | None, drained: frozenset[Name] = _NONE
    ) -> HistoryNode:
        """Return the node of a process in this state; a new node if the state is not known."""
        state = name, view, drained, b"" if digest is None else digest
        node = None if digest is None else self._same.get(state)
        if node is None:
            self._number += 1
            self._parents.add(parent_of(name))
            if SIGCHLD in view.caught | view.blocked:
                self._catching.add(name)
            self.reachable |= self._catching & self._parents
            view.operation.note(self, name)
            node = HistoryNode(name, self._number, view, view.operation)
            node.drained, node.digest = drained, digest
            if digest is not None:
                self._same[state] = node
        return node

    def _check(self, nodes: tuple[HistoryNode, ...], views: Mapping[str, ProcessView]) -> None:
        for node in nodes:
            view = views.get(node.name)
            if view is None:
                self.differ(f"{node.name} has not arrived at the same node after the same history")
            elif view != node.view:
                self.differ(f"{node.name} after the same history: {node.view}, then {view}")
        for name in views.keys() - {node.name for node in nodes}:
            self.differ(f"{name} was not born here before, after the same history")

    def differ(self, difference: str) -> None:
        """Record a difference between model and reality."""
        self.differences.append(difference)


def _closes_loop(node: HistoryNode, edge: HistoryEdge) -> bool:
    """Return whether a step may be repeated endlessly.

    A step that reaps a child is never repeated; one that makes a child only if names are reused.
    """
    if edge.target is None or edge.children:
        return False
    wait = node.operation
    if isinstance(wait, Wait) and isinstance(edge.result, tuple):
        return False
    visited, todo = set(), [edge.target]
    while todo:
        later = todo.pop()
        if later is node:
            return True
        if later.number not in visited:
            visited.add(later.number)
            todo += [after.target for after in later.by_label.values() if after.target is not None]
    return False


def _vforked(kernel: Kernel) -> str:
    """Return a vfork child that is about to execute a program or to end; empty if there is none.

    Its steps until then go first, because no process can notice them; only its output is noticed.
    """
    for node, _ in kernel.procs.values():
        child = kernel.procs.get(node.operation.is_vfork_of)
        if child is not None and not child[0].view.is_released:
            operation = child[0].operation
            if not isinstance(operation, Write) and operation.is_ready(kernel, child[0].name):
                return child[0].name
    return ""


Ended = tuple[str, int]
"""The process that has ended in a step, and its status word."""


class Model:
    """The states of a program, and its steps."""

    def __init__(
        self, learned: Automata, *, is_reduced: bool = True, is_timed: bool = False
    ) -> None:
        """Make a model of the learned automata, which may still grow.

        If `is_reduced`, and one choice may always go first, moves() returns only this choice. If
        `is_timed`, moves() returns the choices of virtual time; see objects.virtual_clock.
        """
        self.is_timed = is_timed
        """Whether moves() follows only the orders in which computing takes no time."""
        self.learned = learned
        self._is_reduced = is_reduced

    def begin(self, roots: Sequence[HistoryNode]) -> State:
        """Return the state in which these processes are alive."""
        kernel = Kernel(EMPTY, self.learned)
        kernel.bear(roots)
        if self.is_timed:
            wind(kernel, roots)
        return kernel.pack()

    # ------------------------------------------------------------------------- choices

    def list_choices(self, state: State) -> list[str]:
        """Return all choices, in the format of ControlledRun.list_choices()."""
        return _choices_of(Kernel(state, self.learned))

    def moves(self, state: State) -> list[tuple[str, HistoryEdge | None]]:
        """Return the choices that a search must follow, each with its edge if the edge is known.

        If one choice may always go first, only this choice is returned.
        """
        kernel = Kernel(state, self.learned)
        choices = _choices_of(kernel)
        if self.is_timed:
            choices = due(kernel, choices)
        if len(choices) > 1:
            choices = self._first(kernel, choices) or choices
        return [(choice, self._edge(kernel, choice)) for choice in choices]

    def _first(self, kernel: Kernel, choices: list[str]) -> list[str]:
        # A signal to a group may reach every process.
        if not self._is_reduced or self.learned.kills_groups:
            return []
        reachable = self.learned.reachable
        later: list[str] = []
        for choice in choices:
            if choice in reachable or mark_of(choice):
                continue
            node = kernel.procs[choice][0]
            if node.operation.goes_first(kernel, node):
                edge = self._edge(kernel, choice)
                is_left_mover = edge is None or not edge.closes_loop
                if is_left_mover:
                    if not isinstance(node.operation, Write):
                        return [choice]
                    later.append(choice)
        # Readers go before writers, so that no pipe fills up unnecessarily.
        return later[:1]

    # --------------------------------------------------------------------------- steps

    def edge(self, state: State, choice: str) -> HistoryEdge | None:
        """Return the edge of a choice; None if it is not learned yet."""
        return self._edge(Kernel(state, self.learned), choice)

    def _edge(self, kernel: Kernel, choice: str) -> HistoryEdge | None:
        if mark_of(choice) == RINGS:
            return RANG
        node = kernel.procs[process_of(choice)][0]
        key = node.key(kernel, signals_first=mark_of(choice) == SIGNALS_FIRST)
        return node.edges.get(key)

    def node_and_key(
        self, state: State, name: str, *, signals_first: bool
    ) -> tuple[HistoryNode, Key]:
        """Return a process's node, and the knowledge before its step."""
        kernel = Kernel(state, self.learned)
        node = kernel.procs[name][0]
        return node, node.key(kernel, signals_first=signals_first)

    def after(
        self, state: State, choice: str, edge: HistoryEdge
    ) -> tuple[bytes, Ended | None, State]:
        """Return a step's output, the process that it ends, and the next state."""
        name = process_of(choice)
        kernel = Kernel(state, self.learned)
        if self.is_timed:
            pass_time(kernel, choice)
        if edge is RANG:
            ring(kernel, name)
            if self.is_timed:
                wind(kernel, ())
            return b"", None, kernel.pack()
        node = kernel.procs[name][0]
        operation, doubts = node.operation, self.learned.doubts
        if isinstance(operation, Exit):
            kernel.end(name, operation.status)
            return b"", (name, operation.status), kernel.pack()
        before = len(doubts)
        operation.doubt(kernel, name, edge)
        kernel.move(name, edge)
        if mark_of(choice) != SIGNALS_FIRST and edge.result != INTERRUPTED:
            operation.act(kernel, name, edge)
        if self.is_timed and edge.target is not None:
            wind(kernel, (edge.target, *edge.children), operation)
        if len(doubts) > before:
            for flag in doubts - self.learned.places_of_doubts.keys():
                self.learned.places_of_doubts[flag] = node.place
        return kernel.printed, None, kernel.pack()


def _choices_of(kernel: Kernel) -> list[str]:
    if kernel.learned.vforks and (child := _vforked(kernel)):
        return [child]
    choices = []
    for name, (node, pending) in kernel.procs.items():
        operation = node.operation
        if not pending:
            if operation.is_ready(kernel, name):
                choices.append(name)
            continue
        if operation.can_go(kernel, name):
            choices.append(name)
        if operation.lets_signals_first(kernel, name):
            choices.append(name + SIGNALS_FIRST)
    if kernel.learned.kills_groups:
        choices = [choice for choice in choices if not is_held_up(kernel, choice)]
    return choices + ringing(kernel) if kernel.kept else choices
