"""What becomes of a signal when it is sent: for processes that are held, and for the model's.

A signal that ends a process does so from the moment it is sent, if nothing stands before it. The
signal must not be blocked, its action must be to end the process without a core dump, and the
process must not be stopped. Then Linux notes the death at once (complete_signal() in
kernel/signal.c): it drops what is sent later, SIGKILL, too, and nothing else that is pending acts.
It does so by a SIGKILL for the process, with the other signal as the status. Here `(SIGKILL,
SIGTERM)` as the pending signals of a process means the same.
"""

from __future__ import annotations

from typing import Protocol

from simpsh.base.signal_names import DUMPS_CORE, IGNORED_BY_DEFAULT, SIGKILL, STOP_SIGNALS
from simpsh.explore.operations.stop_operations import STOP_STATES
from simpsh.explore.operations.visible_operations import Operation

KILLS_IN_VFORK = "may kill a process that waits in vfork"
ENDS_BY_EITHER = "sends a process a signal that ends it, while another such signal is pending"


class Target(Protocol):
    """Who is sent a signal: where it stands, and what it does with signals."""

    @property
    def operation(self) -> Operation | None:
        """What it is about to do."""

    @property
    def caught(self) -> frozenset[int]:
        """The signals that call a handler."""

    @property
    def ignored(self) -> frozenset[int]:
        """The signals that it ignores."""

    @property
    def blocked(self) -> frozenset[int]:
        """The signals that wait."""


def has_no_effect(target: Target, signal: int) -> bool:
    """Return whether a signal is ignored, or would be by default."""
    is_default = signal not in target.caught
    return signal in target.ignored or (is_default and signal in IGNORED_BY_DEFAULT)


def is_lost(target: Target, signal: int) -> bool:
    """Return whether a signal sent now has no effect, whatever happens later.

    One that is blocked is kept: by the time it is unblocked, it may be caught.
    """
    return signal not in target.blocked and has_no_effect(target, signal)


def is_fatal(target: Target, signal: int) -> bool:
    """Return whether a signal that is delivered ends the process."""
    is_default = signal not in target.caught and signal not in target.ignored
    return bool(signal) and is_default and signal not in IGNORED_BY_DEFAULT | STOP_SIGNALS


def pending_after(pending: tuple[int, ...], signal: int, target: Target) -> tuple[int, ...]:
    """Return what is pending for a process after a signal was sent to it that is not lost."""
    if SIGKILL in pending:
        return pending
    if signal == SIGKILL:
        return (SIGKILL,)
    both = tuple(sorted({*pending, signal}))
    if signal in pending or not _ends_at_once(target, signal):
        return both
    rivals = [one for one in pending if _ends(target, one)]
    # Of several, the lowest acts first.
    is_first = signal < min(rivals) if rivals else target.blocked.issuperset(pending)
    return (SIGKILL, signal) if is_first else both


def is_undecided(pending: tuple[int, ...], signal: int, target: Target) -> bool:
    """Return whether the machine's timing decides which of two signals ends a process.

    The later one does if the process is on a processor just then.
    """
    if SIGKILL in (*pending, signal) or signal in pending or not _ends_at_once(target, signal):
        return False
    return any(one < signal and _ends(target, one) for one in pending)


def ending_signal(pending: tuple[int, ...]) -> int:
    """Return the signal that ends a process for which SIGKILL is pending."""
    return next((one for one in pending if one != SIGKILL), SIGKILL)


def sent(pending: tuple[int, ...]) -> tuple[int, ...]:
    """Return the signals that were sent, of those that are pending."""
    return (ending_signal(pending),) if SIGKILL in pending else pending


def _ends(target: Target, signal: int) -> bool:
    """Return whether a signal would end the process now."""
    is_held = signal in target.blocked or isinstance(target.operation, STOP_STATES)
    return not is_held and is_fatal(target, signal)


def _ends_at_once(target: Target, signal: int) -> bool:
    return signal not in DUMPS_CORE and _ends(target, signal)
