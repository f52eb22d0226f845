"""Rules for signals: sending them, what they do, waiting for them, stops.

What a signal does to a process is learned; when it can arrive is the kernel's side.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from simpsh.base.signal_names import SIGCHLD, SIGKILL
from simpsh.explore.model.job_control import group_of, is_continued, members
from simpsh.explore.model.kernel_state import (
    ANYTHING,
    SA_NOCLDSTOP,
    HistoryEdge,
    KeptKey,
    Kernel,
    Prediction,
    Rule,
    parent_of,
)
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.group_operations import KillOn
from simpsh.explore.operations.group_targets import group_meant, is_group
from simpsh.explore.operations.signal_waits import AskPending, TakeSignal
from simpsh.explore.operations.stop_operations import Continues, Stopped, Stops

PENDS_TWICE = "raises a signal (raise) and is sent the same one (kill): both may be pending"


class _ForThread(KeptKey):
    """A signal that is pending for a process's thread alone."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """See KeptKey.rest."""
        is_pending = self[1] in kernel.procs and int(self[2]) in kernel.procs[self[1]][1]
        return value if is_pending else None


class KillRule(Rule):
    """kill: the signal becomes pending, unless the target is a zombie or gone."""

    def __init__(self, target: str, signal: int, *, is_raised: bool) -> None:
        self.signalled = target
        self.signal = signal
        self.is_raised = is_raised
        self.is_felt = signal != 0

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return 0, also for a zombie, or -ESRCH."""
        if not self.signalled:
            return ANYTHING
        if self.signalled in kernel.procs:
            self._look_at_pending(kernel)
        exists = self.signalled in kernel.procs or self.signalled in kernel.zombies
        return 0 if exists else -errno.ESRCH

    def _look_at_pending(self, kernel: Kernel) -> None:
        """A signal for the thread and one for the process are two, where the model has one."""
        is_pending = self.signal in kernel.procs[self.signalled][1]
        is_for_thread = _ForThread(("thread", self.signalled, str(self.signal))) in kernel.kept
        if is_pending and is_for_thread != self.is_raised:
            kernel.learned.doubts.add(PENDS_TWICE)

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Make it pending; what arrived within the same step is over already."""
        target = self.signalled
        is_over = target == name and self.signal in edge.signals
        if edge.result == 0 and target in kernel.procs and not is_over:
            is_new = self.signal not in kernel.procs[target][1]
            kernel.send(target, self.signal)
            if self.is_raised and is_new:
                kernel.kept[_ForThread(("thread", target, str(self.signal)))] = True
        elif is_over:
            _drop_opposites(kernel, name, self.signal)
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether the process that is asked for is still there."""
        return self.signal == 0 and result == 0


@dataclass(eq=False)
class SignalActionRule(Rule):
    """sigaction: who begins to ignore a signal loses the one that is pending."""

    signal: int

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Drop it."""
        kernel.flush(name, self.signal)
        return b""


class PauseRule(Rule):
    """pause: only a signal ends it."""

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Return False: it never returns by itself."""
        return False


class ComputesRule(PauseRule):
    """Computing on and on: only signals reach it."""

    def wakes(self, _kernel: Kernel, _name: str) -> bool:
        """Return False: there is no wait that a signal could end."""
        return False


class UnwatchedRule(ComputesRule):
    """A call that is not followed: nothing is known of when it returns."""

    can_be_interrupted = False


@dataclass(eq=False)
class SuspendRule(PauseRule):
    """sigsuspend: as pause, with another set of blocked signals while it sleeps."""

    mask: frozenset[int]

    def wakes(self, kernel: Kernel, name: str) -> bool:
        """Return whether a signal is pending that the call's own mask lets through."""
        return any(signal not in self.mask for signal in kernel.procs[name][1])


@dataclass(eq=False)
class TakeSignalRule(Rule):
    """sigwait: the pending signal with the lowest number, of those that are asked for."""

    signals: frozenset[int]
    is_patient: bool

    def _there(self, kernel: Kernel, name: str) -> list[int]:
        return [signal for signal in kernel.procs[name][1] if signal in self.signals]

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether one is pending, or is not waited for."""
        return not self.is_patient or bool(self._there(kernel, name))

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the signal, or -EAGAIN."""
        return min(self._there(kernel, name), default=-errno.EAGAIN)

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let it be pending no more."""
        node, pending = kernel.procs[name]
        kernel.procs[name] = node, tuple(one for one in pending if one != edge.result)
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether none was pending."""
        return result == -errno.EAGAIN


class AskPendingRule(Rule):
    """sigpending: the signals that are pending and blocked."""

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return their numbers."""
        node, pending = kernel.procs[name]
        return tuple(signal for signal in pending if signal in node.view.blocked)


# -- groups ----------------------------------------------------------------------------------------


def _drop_opposites(kernel: Kernel, name: str, signal: int) -> None:
    """A stop signal drops SIGCONT, and SIGCONT those, even where they arrive at once."""
    if name in kernel.procs and kernel.learned.jobs is not None:
        kernel.learned.jobs.send(kernel, name, signal)


def _send_from(kernel: Kernel, name: str, target: str, signal: int, edge: HistoryEdge) -> None:
    """Let a signal be pending; what arrived within the same step is over already."""
    if _ForThread(("thread", target, str(signal))) in kernel.kept:
        kernel.learned.doubts.add(PENDS_TWICE)
    is_over = target == name and signal in edge.signals
    if target in kernel.procs and not is_over:
        kernel.send(target, signal)
    elif is_over:
        _drop_opposites(kernel, name, signal)


@dataclass(eq=False)
class KillGroupRule(Rule):
    """kill of a group: its members get the signal one by one, who came last first."""

    target: str
    signal: int

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return -ESRCH, 0, or who gets the signal in further steps."""
        there = self._meant(kernel, name)
        if not there:
            return -errno.ESRCH
        return there[1:] if self.signal and len(there) > 1 else 0

    def _meant(self, kernel: Kernel, name: str) -> tuple[str, ...]:
        group = group_meant(self.target, group_of(kernel, name))
        return members(kernel, group)[::-1]

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the first have it."""
        there = self._meant(kernel, name)
        if there and self.signal:
            _send_from(kernel, name, there[0], self.signal, edge)
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether the group that is asked for is still there."""
        return self.signal == 0 and result == 0


@dataclass(eq=False)
class KillOnRule(Rule):
    """The next member of a group gets the signal; no signal acts on the sender meanwhile."""

    can_be_interrupted = False

    signal: int
    rest: tuple[str, ...]

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return who is left, or 0."""
        return self.rest[1:] or 0

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let it have the signal."""
        _send_from(kernel, name, self.rest[0], self.signal, edge)
        return b""


# -- stops -----------------------------------------------------------------------------------------


class _StopRule(Rule):
    """Stopped, or about to go on: SIGKILL alone gets in."""

    def can_go(self, kernel: Kernel, name: str) -> bool:
        """See Rule.can_go."""
        return SIGKILL not in kernel.procs[name][1] and self.is_ready(kernel, name)

    def lets_signals_first(self, kernel: Kernel, name: str) -> bool:
        """See Rule.lets_signals_first."""
        return SIGKILL in kernel.procs[name][1]


def _tell_parent(kernel: Kernel, name: str) -> None:
    parent = parent_of(name)
    if parent in kernel.procs and not kernel.procs[parent][0].view.child_flags & SA_NOCLDSTOP:
        kernel.send(parent, SIGCHLD)


class StopsRule(Rule):
    """Tells the parent of the stop, which a wait may know already; even SIGKILL comes later."""

    can_be_interrupted = False

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Send SIGCHLD."""
        _tell_parent(kernel, name)
        return b""


class StoppedRule(_StopRule):
    """Is stopped; once continued it tells the parent of that."""

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Send SIGCHLD."""
        _tell_parent(kernel, name)
        return b""

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether SIGCONT was sent."""
        return is_continued(kernel, name)


def signal_rule(operation: ops.Operation) -> Rule | None:
    """Return the rule of an operation on signals; None for any other."""
    match operation:
        case ops.Kill(target, signal, is_raised):
            if is_group(target):
                return KillGroupRule(target, signal)
            return KillRule(target, signal, is_raised=is_raised)
        case KillOn(signal, rest):
            return KillOnRule(signal, rest)
        case ops.SignalAction(signal):
            return SignalActionRule(signal)
        case _:
            return _stop_rule(operation) or _pause_rule(operation)


def _stop_rule(operation: ops.Operation) -> Rule | None:
    match operation:
        case Stops():
            return StopsRule()
        case Stopped():
            return StoppedRule()
        case Continues():
            return _StopRule()
        case _:
            return None


def _pause_rule(operation: ops.Operation) -> Rule | None:
    match operation:
        case ops.Pause():
            return PauseRule()
        case ops.Unwatched(call):
            return UnwatchedRule() if call else ComputesRule()
        case ops.Suspend(mask):
            return SuspendRule(mask)
        case TakeSignal(signals, is_patient):
            return TakeSignalRule(signals, is_patient)
        case AskPending():
            return AskPendingRule()
        case _:
            return None
