"""Sending signals, what they do, waiting for them, alarms.

What a signal does to a process is learned; when it can arrive is the kernel's side. See signal(7),
kill(2), sigwait(3), sigpending(2), alarm(2), setitimer(2).

Time is no synchronisation: once it has been set, an alarm may ring at any later step, by a choice
of its own: `P1~`.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from simpsh.base.phrases import listed
from simpsh.base.signal_names import SIGALRM, SIGCHLD, Signal
from simpsh.explore.model.group_operations import group_of, members
from simpsh.explore.model.kernel_state import (
    ANYTHING,
    HistoryEdge,
    HistoryNode,
    KeptKey,
    Kernel,
    Learned,
    OfLiving,
    Operation,
    Prediction,
    Unnoticed,
)
from simpsh.explore.model.symbolic_names import RINGS, group_meant, is_group

PENDS_TWICE = "raises a signal (raise) and is sent the same one (kill): both may be pending"
DEFAULT, IGNORE, HANDLER = "default", "ignore", "handler"
"""The dispositions of SignalAction."""
_SHOWN_SIGNALS = 4


class _ForThread(KeptKey):
    """A signal that is pending for a process's thread alone."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """See KeptKey.rest."""
        is_pending = self[1] in kernel.procs and int(self[2]) in kernel.procs[self[1]][1]
        return value if is_pending else None


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


class Kill(Operation):
    """Sends a signal: it becomes pending, unless the target is a zombie or gone.

    The members of a group get it one by one; the one that came last is the first.
    """

    target: str
    """A process of the program, or a group."""
    signal: int
    is_raised: bool = False
    """Whether it is for the thread alone, as raise(3) makes it, not for the process."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        if self.signal == 0:
            return f"asks whether {self.target} is there"
        return f"sends {Signal(self.signal)} to {self.target}"

    def note(self, learned: Learned, name: str) -> None:  # noqa: ARG002
        """Note a process that a signal can reach, or that is asked for."""
        if not is_group(self.target) and self.target:
            learned.killed.add(self.target)
            if self.signal:
                learned.reachable.add(self.target)

    def _group(self, kernel: Kernel, name: str) -> tuple[str, ...]:
        return members(kernel, group_meant(self.target, group_of(kernel, name)))[::-1]

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 0, also for a zombie; -ESRCH; or the targets of further steps."""
        if is_group(self.target):
            there = self._group(kernel, name)
            if not there:
                return -errno.ESRCH
            return there[1:] if self.signal and len(there) > 1 else 0
        if not self.target:
            return ANYTHING
        if self.target in kernel.procs:
            # A signal for the thread and one for the process are two, where the model has one.
            is_pending = self.signal in kernel.procs[self.target][1]
            is_for_thread = _ForThread(("thread", self.target, str(self.signal))) in kernel.kept
            if is_pending and is_for_thread != self.is_raised:
                kernel.learned.doubts.add(PENDS_TWICE)
        exists = self.target in kernel.procs or self.target in kernel.zombies
        return 0 if exists else -errno.ESRCH

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Make it pending, in a group for the first; what arrived in the same step is over."""
        if is_group(self.target):
            there = self._group(kernel, name)
            if there and self.signal:
                _send_from(kernel, name, there[0], self.signal, edge)
            return b""
        target = self.target
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
        """Return whether the process or group that is asked for is still there."""
        return self.signal == 0 and result == 0


class KillOn(Operation):
    """Sends its signal to the rest of a group, one process after the other."""

    signal: int
    rest: tuple[str, ...]
    """The processes that are still to get it, in order."""

    can_be_interrupted = False
    keeps_process_list = True

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"sends {Signal(self.signal)} on to {self.rest[0]}"

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return the processes that are left, or 0."""
        return self.rest[1:] or 0

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the next have the signal."""
        _send_from(kernel, name, self.rest[0], self.signal, edge)
        return b""


class SignalAction(Operation):
    """Sets what a signal does."""

    signal: int
    disposition: str
    """DEFAULT, IGNORE or HANDLER."""

    depends_on_others = False

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        name = Signal(self.signal)
        return {
            DEFAULT: f"lets {name} act by default",
            IGNORE: f"ignores {name}",
            HANDLER: f"sets a handler for {name}",
        }[self.disposition]

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Drop the pending signal that begins to be ignored."""
        kernel.flush(name, self.signal)
        return b""

    def goes_first(self, _kernel: Kernel, _node: HistoryNode) -> bool:
        """Return whether no child's end depends on it."""
        return self.signal != SIGCHLD


class SignalMask(Unnoticed):
    """Blocks further signals; unblocking touches no other process."""

    blocked: frozenset[int]
    """Those that will be blocked afterwards."""

    depends_on_others = False

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        if len(self.blocked) > _SHOWN_SIGNALS:
            return "blocks signals"
        return f"blocks {', '.join(Signal(number).name for number in sorted(self.blocked))}"


# -- waiting for signals ---------------------------------------------------------------------------


class Pause(Operation):
    """Sleeps until a signal comes."""

    _said = "pauses until a signal comes"

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Return False: it never returns by itself."""
        return False


class Suspend(Operation):
    """Sleeps until a signal comes, with another mask meanwhile: sigsuspend."""

    mask: frozenset[int]
    """The signals that are blocked meanwhile."""

    _said = "waits for a signal (sigsuspend)"

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Return False: it never returns by itself."""
        return False

    def wakes(self, kernel: Kernel, name: str) -> bool:
        """Return whether a signal is pending that the call's own mask lets through."""
        return any(signal not in self.mask for signal in kernel.procs[name][1])


class TakeSignal(Operation):
    """Takes one of some pending signals, the lowest: sigwait, sigwaitinfo, sigtimedwait."""

    signals: frozenset[int]
    is_patient: bool
    """Whether it waits for one. A limited wait may be over at any moment."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        names = [Signal(number).name for number in sorted(self.signals)]
        which = listed(names, "or") if len(names) <= _SHOWN_SIGNALS else "a signal"
        return f"waits for {which} (sigwait)" if self.is_patient else f"looks for {which} (sigwait)"

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
        kernel.procs[name] = node, tuple(signal for signal in pending if signal != edge.result)
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether none was pending."""
        return result == -errno.EAGAIN


class AskPending(Operation):
    """Asks which blocked signals are pending: sigpending."""

    _said = "asks which signals are pending"

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return their numbers."""
        node, pending = kernel.procs[name]
        return tuple(signal for signal in pending if signal in node.view.blocked)


class Deliver(Operation):
    """A pending signal arrives before the operation that the process stands at: choice `P1!`."""

    _said = "takes its pending signal first"


# -- alarms ----------------------------------------------------------------------------------------

RANG = HistoryEdge(0, RINGS, ())
"""The step in which an alarm rings: its process stays where it is."""
_TIMER = "timer"


def ringing(kernel: Kernel) -> list[str]:
    """Return the choices that are alarms."""
    set_by = [key[1] for key in kernel.kept if key[0] == _TIMER]
    return [name + RINGS for name in set_by if not kernel.procs[name][0].operation.is_end]


def ring(kernel: Kernel, name: str) -> None:
    """Let an alarm ring, once."""
    kernel.kept.pop(OfLiving((_TIMER, name)), None)
    kernel.send(name, SIGALRM)


class SetTimer(Operation):
    """Sets the one alarm, which sends SIGALRM once, or takes it back."""

    is_set: bool

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return "sets its alarm" if self.is_set else "takes its alarm back"

    def note(self, learned: Learned, name: str) -> None:
        """Note a process that its own alarm can reach."""
        if self.is_set:
            learned.reachable.add(name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 1 if it was set, else 0."""
        return int(OfLiving((_TIMER, name)) in kernel.kept)

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Set it, or take it back."""
        key = OfLiving((_TIMER, name))
        kernel.kept.pop(key, None)
        if self.is_set:
            kernel.kept[key] = True
        return b""


class Rings(Operation):
    """The alarm sends SIGALRM: choice `P1~`."""

    _said = "has its alarm ring"
