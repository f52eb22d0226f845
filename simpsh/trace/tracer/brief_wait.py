"""A wait for the next status that ends after a moment without one.

A busy family stops thousands of times a second. A wait for SIGCHLD and then for its status would
take three calls for each stop, and this takes one. A timer runs only while the family is busy.
"""

from __future__ import annotations

from simpsh.base.signal_names import SIGALRM
from simpsh.kernel import signals
from simpsh.kernel.machine import ptrace

_MOMENT_SECONDS = 0.02


class BriefWait:
    """Waits in a process that has no other use for SIGALRM."""

    def __init__(self) -> None:
        self._is_timed = False
        self._is_over = False
        """Whether the timer expired since it was set."""
        signals.sigaction(SIGALRM, self._end)
        signals.sigprocmask(signals.SIG_UNBLOCK, (SIGALRM,))

    def next_status(self) -> ptrace.Status | None:
        """Return the next status; None if none came for a moment, or after some moments."""
        if not self._is_timed:
            self._set_timer(_MOMENT_SECONDS)
        # The timer repeats, and so also ends a wait that begins just after it expired.
        status = None if self._is_over else ptrace.next_status_unless_interrupted()
        if status is None:
            self.stop()
        return status

    def stop(self) -> None:
        """Stop the timer, before a long sleep."""
        if self._is_timed:
            self._set_timer(0)

    def _end(self, *_: object) -> None:
        self._is_over = True

    def _set_timer(self, seconds: float) -> None:
        signals.set_timer(seconds)
        self._is_timed, self._is_over = seconds > 0, False
