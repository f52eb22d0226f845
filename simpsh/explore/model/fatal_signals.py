"""A signal that ends a process does so from the moment it is sent, if nothing stands before it.

The signal must not be blocked, its action must be to end the process without a core dump, and the
process must not be stopped. Then Linux notes the death at once (complete_signal() in
kernel/signal.c): it drops what is sent later, SIGKILL, too, and nothing else that is pending acts.
It does so by a SIGKILL for the process, with the other signal as the status. Here `(SIGKILL,
SIGTERM)` as the pending signals of a process means the same.
"""

from __future__ import annotations

from collections.abc import Callable

from simpsh.base.signal_names import DUMPS_CORE, SIGKILL

KILLS_IN_VFORK = "may kill a process that waits in vfork"
ENDS_BY_EITHER = "sends a process a signal that ends it, while another such signal is pending"


def pending_after(
    pending: tuple[int, ...],
    signal: int,
    *,
    ends: Callable[[int], bool],
    acts: Callable[[int], bool],
) -> tuple[int, ...]:
    """Return what is pending for a process after a signal was sent to it.

    Args:
        pending: what was pending before.
        signal: what was sent; it is not ignored.
        ends: returns whether a signal would end the process now.
        acts: returns whether a pending signal is not blocked.
    """
    if SIGKILL in pending:
        return pending
    if signal == SIGKILL:
        return (SIGKILL,)
    both = tuple(sorted({*pending, signal}))
    if signal in pending or signal in DUMPS_CORE or not ends(signal):
        return both
    rivals = [one for one in pending if ends(one)]
    # Of several, the lowest acts first.
    is_first = signal < min(rivals) if rivals else not any(map(acts, pending))
    return (SIGKILL, signal) if is_first else both


def is_undecided(pending: tuple[int, ...], signal: int, ends: Callable[[int], bool]) -> bool:
    """Return whether the machine's timing decides which of two signals ends a process.

    The later one does if the process is on a processor just then.
    """
    if SIGKILL in (*pending, signal) or signal in pending or signal in DUMPS_CORE:
        return False
    return ends(signal) and any(one < signal and ends(one) for one in pending)


def ending_signal(pending: tuple[int, ...]) -> int:
    """Return the signal that ends a process for which SIGKILL is pending."""
    return next((one for one in pending if one != SIGKILL), SIGKILL)


def sent(pending: tuple[int, ...]) -> tuple[int, ...]:
    """Return the signals that were sent, of those that are pending."""
    return (ending_signal(pending),) if SIGKILL in pending else pending
