"""Virtual time: one clock for all processes of a run, which only sleeps and other waits move.

Among all orders a sleep may end at any moment; the clock then shows that its time has passed. If
computing takes no time, sleeps, alarms and the limits of waits also order the processes: a process
sleeps until no other can do anything without time passing. If the times of several are over at
once, each may go first.

A state holds how long each process still has to wait, but not what time it is, so that a loop that
sleeps returns to its states. The time is part of the state only if a process reads the clock while
others exist.
"""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.explore.objects.kernel_state import (
    SIGNALS_FIRST,
    DependsOn,
    HistoryNode,
    KeptKey,
    Kernel,
    OfLiving,
    Operation,
    Prediction,
    Unnoticed,
)
from simpsh.explore.objects.signal_operations import TIMER, SetTimer
from simpsh.explore.objects.symbolic_names import RINGS, process_of

_CLOCK = KeptKey(("clock",))
_LIMIT, _ALARM = "limit", "alarm"
_IN_A_MICROSECOND = 1000


class Sleep(Unnoticed):
    """Sleeps for a time; among all orders it may be over at any moment."""

    nanoseconds: int = 0

    _said = "sleeps"

    @property
    def limit(self) -> int | None:
        """See Operation.limit."""
        return self.nanoseconds

    def goes_first(self, kernel: Kernel, _node: HistoryNode) -> bool:
        """Return whether no process can notice that time passes."""
        return not kernel.learned.clock_matters


class ReadClock(Operation):
    """Reads the clock, if it matters what time it is."""

    takes: int = 0
    """How many nanoseconds pass meanwhile: a loop that only reads the clock lets time pass."""

    _said = "reads the clock"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return that the answer depends on the time."""
        return DependsOn((_now(kernel),))

    @property
    def limit(self) -> int | None:
        """See Operation.limit."""
        return self.takes or None

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether no time passes here or in another process."""
        return not self.takes and kernel.learned.clock_movers <= {node.name}


def _now(kernel: Kernel) -> int:
    now = kernel.kept.get(_CLOCK, 0)
    return now if isinstance(now, int) else 0


def _limit(name: str) -> OfLiving:
    return OfLiving((_LIMIT, name))


def _alarm(name: str) -> OfLiving:
    return OfLiving((_ALARM, name))


def _time_left(kernel: Kernel, choice: str) -> int:
    """Return how many nanoseconds must pass before a choice; 0 if none need to."""
    name = process_of(choice)
    key = _alarm(name) if choice[-1] == RINGS else _limit(name)
    if choice[-1] == SIGNALS_FIRST:
        return 0
    if choice[-1] != RINGS:
        operation = kernel.procs[name][0].operation
        if kernel.deliverable(name) or operation.limit is None:
            return 0
        if not operation.waits_for_time(kernel, name):
            return 0
    left = kernel.kept.get(key, 0)
    return left if isinstance(left, int) else 0


def due(kernel: Kernel, choices: Sequence[str]) -> list[str]:
    """Return the choices that can come next if computing takes no time.

    As long as a process can go at once, no time passes, unless it only polls.
    """
    left = {choice: _time_left(kernel, choice) for choice in choices}
    at_once = [choice for choice in choices if not left[choice]]
    if any(not _only_polls(kernel, choice) for choice in at_once):
        return at_once
    first = min((time for time in left.values() if time), default=0)
    return [choice for choice in choices if left[choice] in (0, first)]


def _only_polls(kernel: Kernel, choice: str) -> bool:
    """Return whether a choice asks for something that is not there, and then at once again."""
    if choice[-1] in (RINGS, SIGNALS_FIRST):
        return False
    node = kernel.procs[choice][0]
    edge = node.successor(kernel)
    if edge is None or edge.target is None or edge.target.operation != node.operation:
        return False
    return node.operation.finds_nothing(edge.result)


def pass_time(kernel: Kernel, choice: str) -> None:
    """Let as much time pass as a choice needs."""
    left = _time_left(kernel, choice)
    if not left:
        return
    for key, value in kernel.kept.items():
        if key[0] in (_LIMIT, _ALARM) and isinstance(value, int):
            kernel.kept[key] = max(value - left, 0)
    if kernel.learned.clock_matters:
        kernel.kept[_CLOCK] = _now(kernel) + left


def wind(kernel: Kernel, arrived: Sequence[HistoryNode], made: Operation | None = None) -> None:
    """Note how long processes will wait that have arrived somewhere, one by an operation."""
    for node in arrived:
        kernel.kept.pop(_limit(node.name), None)
        if node.operation.limit is not None:
            kernel.kept[_limit(node.name)] = node.operation.limit
    if isinstance(made, SetTimer):
        kernel.kept.pop(_alarm(arrived[0].name), None)
    for key, value in tuple(kernel.kept.items()):
        if key[0] == TIMER and isinstance(value, int):
            kernel.kept.setdefault(_alarm(key[1]), value * _IN_A_MICROSECOND)
    for key in [key for key in kernel.kept if key[0] == _ALARM]:
        if OfLiving((TIMER, key[1])) not in kernel.kept:
            del kernel.kept[key]
