"""Twins: processes that will print the same texts, whatever the other processes do.

Suppose that no process of a state depends on another one, except that it waits for its children in
the end and prints nothing after that. Then the outputs that can follow are all interleavings of
what each process and its descendants will print. If two processes will print the same, they are
twins: the same outputs follow, whichever of them goes first. So only one of them is followed.
"""

from __future__ import annotations

from simpsh.base.process_names import birth_path
from simpsh.explore.objects.kernel_state import HistoryNode, Kernel, Operation
from simpsh.explore.objects.pipe_operations import Write
from simpsh.explore.objects.process_operations import Born, Ending, Exit, Forking, OwnCall, Wait
from simpsh.explore.objects.symbolic_names import OUT, AnyChild, NoChild

_SILENT = 0
_ALONE = (Born, Forking, OwnCall, Write, Ending, Exit)
"""Operations that concern no other process, apart from the output and the parent."""
Printed = tuple[bytes, int, tuple[int, ...]]
"""A text, the signature of the printing process after it, those of the children made there."""


class Twins:
    """The processes that will print the same, by what is known of their automata."""

    def __init__(self) -> None:
        self.may_be_used = True
        """Whether a search may leave out twins; False if that has turned out to be wrong."""
        self._used: dict[HistoryNode, int] = {}
        """The nodes of states in which twins were left out, with their signatures."""
        self._numbers: dict[Printed, int] = {}
        self._known: dict[HistoryNode, int] = {}
        self._unknown: set[HistoryNode] = set()
        """The nodes without a signature when there were `_steps` known steps."""
        self._steps = 0

    def begin(self) -> None:
        """Begin a search in which no twins were left out yet."""
        self._used.clear()

    def without(self, kernel: Kernel, choices: list[str], steps: int) -> list[str]:
        """Return choices without those of twins; `steps` is the number of known steps."""
        if not self.may_be_used or not _is_plain(kernel):
            return choices
        if steps != self._steps:
            self._steps = steps
            self._unknown.clear()
        found = dict[str, int]()
        for name, (node, _) in kernel.procs.items():
            number = None if node in self._unknown else self._signature(node)
            if number is None:
                self._unknown.add(node)
                return choices
            found[name] = number
        left, seen = list[str](), set[int]()
        # In this order, processes with the same history behind them come as in a queue: the state
        # is the same, whichever of two groups of twins has gone first.
        for choice in sorted(choices, key=_rank):
            signature = found[choice]
            if signature == _SILENT or signature not in seen:
                left.append(choice)
            seen.add(signature)
        if len(left) < len(choices):
            self._used.update((node, found[name]) for name, (node, _) in kernel.procs.items())
        return left

    @property
    def are_used(self) -> bool:
        """Whether twins were left out."""
        return bool(self._used)

    def are_right(self) -> bool:
        """Return whether all processes still have the signatures with which twins were found."""
        self._known.clear()
        return all(self._signature(node) == number for node, number in self._used.items())

    def forget(self) -> None:
        """Leave out no twins any more."""
        self.may_be_used = False
        self._used.clear()

    # -------------------------------------------------------------------------- making

    def _signature(self, node: HistoryNode) -> int | None:
        """Return a number for what a process and its descendants will print; None if not known."""
        if node not in self._known:
            path, after = list[HistoryNode](), _SILENT
            while node not in self._known and not _is_silent(node):
                edge = node.only_step
                if edge is None or edge.target is None or node in path or not _can_be(node):
                    return None
                path.append(node)
                node = edge.target
            after = self._known.setdefault(node, _SILENT)
            for each in reversed(path):
                number = self._before(each, after)
                if number is None:
                    return None
                after = self._known[each] = number
            return after
        return self._known[node]

    def _before(self, node: HistoryNode, after: int) -> int | None:
        edge, operation, text = node.only_step, node.operation, b""
        if isinstance(operation, Write):
            if operation.object != OUT or not isinstance(operation.data, bytes):
                return None
            text = operation.data
        children = list[int]()
        for child in edge.children if edge is not None else ():
            number = self._signature(child)
            if number is None:
                return None
            children.append(number)
        printed = text, after, tuple(sorted(filter(None, children)))
        if printed == (b"", after, ()):
            return after
        return self._numbers.setdefault(printed, len(self._numbers) + 1)


def _is_plain(kernel: Kernel) -> bool:
    """Return whether a state consists only of processes that no signal can reach."""
    learned = kernel.learned
    return (
        not (kernel.pipes or kernel.files or kernel.locks or kernel.released or kernel.kept)
        and not (learned.killed or learned.looping)
        and learned.are_ends_plain
        and learned.reachable.isdisjoint(kernel.procs)
        and not any(pending for _, pending in kernel.procs.values())
    )


def _can_be(node: HistoryNode) -> bool:
    """Return whether a step concerns no other process, apart from the output and its children."""
    return isinstance(node.operation, _ALONE) and not node.view.ends


def _is_silent(node: HistoryNode) -> bool:
    """Return whether a process will only wait for its children and end, by all known steps."""
    visited, todo = {node}, [node]
    while todo:
        each = todo.pop()
        operation = each.operation
        if isinstance(operation, Write) or not (_can_be(each) or _waits_for_end(operation)):
            return False
        if not each.by_label:
            return False  # its next step is not known yet
        for edge in each.by_label.values():
            if edge.children or edge.closes_loop:
                return False
            if edge.target is not None and edge.target not in visited:
                visited.add(edge.target)
                todo.append(edge.target)
    return True


def _waits_for_end(operation: Operation) -> bool:
    """Return whether an operation waits for the end of one child or of any child."""
    if not isinstance(operation, Wait) or operation.options:
        return False
    return isinstance(operation.target, str | AnyChild | NoChild)


def _rank(choice: str) -> tuple[int, ...]:
    return tuple(-number for number in birth_path(choice))
