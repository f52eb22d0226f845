"""Rules for descriptors that do not block, and for poll and select on pipes."""

from __future__ import annotations

import errno

from simpsh.explore.model.kernel_state import (
    FileHistories,
    HistoryEdge,
    KeptKey,
    Kernel,
    Prediction,
    Rule,
)
from simpsh.explore.model.pipe_room import is_writable
from simpsh.explore.operations.readiness import (
    ERROR,
    HANG_UP,
    LATE,
    READABLE,
    SOME_TIME,
    WOKEN,
    WRITABLE,
    AsksBlocking,
    Polls,
    PollSleeps,
    SetsBlocking,
    TryRead,
    TryWrite,
    Watched,
)


class _NotBlocking(KeptKey):
    """An end of a pipe that does not block."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return it as long as a process holds the end."""
        return value if kernel.is_held(self[1], self[2]) else None


def _key(pipe: str, end: str) -> _NotBlocking:
    return _NotBlocking(("not blocking", pipe, end))


def blocks(kernel: Kernel, pipe: str, end: str) -> bool:
    """Return whether reading or writing a pipe waits."""
    return _key(pipe, end) not in kernel.kept


class SetsBlockingRule(Rule):
    """F_SETFL: for all who share the description."""

    def __init__(self, operation: SetsBlocking) -> None:
        self._operation = operation

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Set it; who sleeps in a read already is not woken by that."""
        spared = {name, *(child.name for child in edge.children)}
        if not self._operation.blocks and self._meets_a_sleeper(kernel, spared):
            kernel.learned.doubts.add(MEETS_SLEEPER)
        for end in self._operation.ends:
            key = _key(self._operation.object, end)
            if self._operation.blocks:
                kernel.kept.pop(key, None)
            else:
                kernel.kept[key] = True
        return b""

    def _meets_a_sleeper(self, kernel: Kernel, spared: set[str]) -> bool:
        pipe = self._operation.object
        return any(
            isinstance(node.view.operation, TryRead | TryWrite)
            and node.view.operation.object == pipe
            and other not in spared
            and not node.rule.is_ready(kernel, other)
            for other, (node, _) in kernel.procs.items()
        )


MEETS_SLEEPER = "lets a pipe not block (F_SETFL) at which a process may be waiting already"


class _Seen(FileHistories):
    """Whether the end blocks: the flags that F_GETFL answers are learned for each."""

    __slots__ = ()


class AsksBlockingRule(Rule):
    """F_GETFL."""

    def __init__(self, operation: AsksBlocking) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return what the answer depends on."""
        return _Seen((blocks(kernel, self._operation.object, self._operation.end),))


# -- poll ------------------------------------------------------------------------------------------


def readiness(kernel: Kernel, one: Watched) -> int:
    """Return what poll(2) says of a descriptor now."""
    if not one.object:
        return one.always & one.wanted
    found = 0
    if "r" in one.end:
        found |= READABLE if one.object in kernel.pipes else 0
        found |= 0 if kernel.is_held(one.object, "w") else HANG_UP
    if "w" in one.end:
        found |= WRITABLE if is_writable(kernel, one.object) else 0
        found |= 0 if kernel.is_held(one.object, "r") else ERROR
    return found & one.wanted


class PollRule(Rule):
    """One look; the last of a call that waits for a single descriptor waits until it is ready."""

    def __init__(self, operation: Polls) -> None:
        self._operation = operation
        # A signal that comes while the call looks acts at its end.
        self.can_be_interrupted = not operation.found

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return what it finds."""
        return readiness(kernel, self._operation.next)


class PollSleepsRule(Rule):
    """The sleep between two rounds of looks."""

    def lets_signals_first(self, _kernel: Kernel, _name: str) -> bool:
        """Return False: its call is under way already, and a signal can only break it off."""
        return False

    def __init__(self, operation: PollSleeps) -> None:
        self._operation = operation

    def _is_woken(self, kernel: Kernel) -> bool:
        return any(readiness(kernel, one) for one in self._operation.entries)

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether something is ready; or its time may be over, before a signal comes."""
        is_late = self._operation.patience == SOME_TIME and not kernel.deliverable(name)
        return is_late or self._is_woken(kernel)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return which."""
        return WOKEN if self._is_woken(kernel) else LATE

    def finds_nothing(self, result: object) -> bool:
        """Return whether the time was over."""
        return result == LATE


def poll_rule(operation: object) -> Rule | None:
    """Return the rule of an operation on readiness; None for any other."""
    match operation:
        case SetsBlocking():
            return SetsBlockingRule(operation)
        case AsksBlocking():
            return AsksBlockingRule(operation)
        case Polls():
            return PollRule(operation)
        case PollSleeps():
            return PollSleepsRule(operation)
        case _:
            return None


AGAIN = -errno.EAGAIN
