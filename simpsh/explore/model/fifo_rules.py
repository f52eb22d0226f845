"""Rules for opening FIFOs: whoever has no partner counts at once, and waits for one; fifo(7)."""

from __future__ import annotations

from simpsh.explore.model.kernel_state import (
    FileHistories,
    HistoryEdge,
    KeptKey,
    Kernel,
    Prediction,
    Rule,
)
from simpsh.explore.operations.fifo_operations import FifoWaits, OpenFifo

_OTHER = {"r": "w", "w": "r"}


class _Met(KeptKey):
    """That a partner has come since a process began to wait in open."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return it until the process is back."""
        return value if self[1] in kernel.procs and _waits(kernel, self[1]) else None


def _waits(kernel: Kernel, name: str) -> FifoWaits | None:
    operation = kernel.procs[name][0].view.operation
    return operation if isinstance(operation, FifoWaits) else None


class _Seen(FileHistories):
    """What opening a FIFO depends on: its name's history, and who has it open."""

    __slots__ = ()


class OpenFifoRule(Rule):
    """Open it; without a partner FifoWaits follows, or ENXIO where it may not block."""

    def __init__(self, operation: OpenFifo) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return what the answer depends on."""
        wanted = self._operation
        held = tuple(kernel.is_held(wanted.fifo, end) for end in "rw")
        return _Seen((kernel.files.get(wanted.path, 0), *held))

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let those who wait for this end be back."""
        has_failed = isinstance(edge.result, int) and edge.result < 0
        if not has_failed and edge.result is not None:
            for other in kernel.procs:
                waiting = _waits(kernel, other)
                if waiting is None or waiting.object != self._operation.fifo or other == name:
                    continue
                if _OTHER[waiting.end] in self._operation.ends:
                    kernel.kept[_Met(("met", other))] = True
        return b""


class FifoWaitsRule(Rule):
    """The wait for a partner; that one may be gone again."""

    can_be_interrupted = False

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether one has come."""
        return _Met(("met", name)) in kernel.kept


def fifo_rule(operation: object) -> Rule | None:
    """Return the rule of an operation on FIFOs; None for any other."""
    if isinstance(operation, OpenFifo):
        return OpenFifoRule(operation)
    return FifoWaitsRule() if isinstance(operation, FifoWaits) else None
