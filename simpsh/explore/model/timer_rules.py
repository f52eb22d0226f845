"""Rules for timers: who has set one, and what its ringing does."""

from __future__ import annotations

from simpsh.base.signal_names import SIGALRM
from simpsh.explore.model.kernel_state import (
    HistoryEdge,
    KeptKey,
    Kernel,
    Prediction,
    Rule,
)
from simpsh.explore.operations.timers import RINGS, SetTimer
from simpsh.explore.operations.visible_operations import Operation

RANG = HistoryEdge(0, RINGS, ())
"""The step in which a timer rings: its process stays where it is."""


class _TimerKey(KeptKey):
    """That a living process has set its timer."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """See KeptKey.rest."""
        return value if self[1] in kernel.procs else None


def ringing(kernel: Kernel) -> list[str]:
    """Return the choices that are timers."""
    set_by = [key[1] for key in kernel.kept if type(key) is _TimerKey]
    return [name + RINGS for name in set_by if not kernel.procs[name][0].rule.is_end]


def ring(kernel: Kernel, name: str) -> None:
    """Let a timer ring, once."""
    kernel.kept.pop(_TimerKey(("timer", name)), None)
    kernel.send(name, SIGALRM)


class SetTimerRule(Rule):
    """alarm: there is one timer; what was left of it is told, as whether it was set."""

    def __init__(self, *, is_set: bool) -> None:
        self.is_set = is_set

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 1 if it was set, else 0."""
        return int(_TimerKey(("timer", name)) in kernel.kept)

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Set it, or take it back."""
        key = _TimerKey(("timer", name))
        kernel.kept.pop(key, None)
        if self.is_set:
            kernel.kept[key] = True
        return b""


def timer_rule(operation: Operation) -> Rule | None:
    """Return the rule of an operation on timers; None for any other."""
    return SetTimerRule(is_set=operation.is_set) if isinstance(operation, SetTimer) else None
