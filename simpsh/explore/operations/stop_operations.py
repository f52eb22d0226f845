"""Being stopped and continued, as operations of the process that is: see “Stopping” in signal(7).

The process has taken the signal when it stands at the first; it is its parent that learns of each.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base.signal_names import Signal
from simpsh.explore.operations.visible_operations import Operation

WUNTRACED, WCONTINUED = 2, 8
CONTINUED_WORD = 0xFFFF
"""The status word of a child that was continued."""


def stopped_word(signal: int) -> int:
    """Return the status word of a child that a signal has stopped.

    >>> hex(stopped_word(19))
    '0x137f'
    """
    return signal << 8 | 0x7F


class Stops(Operation):
    """Is stopped, and is about to tell its parent."""

    signal: int

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"tells its parent that {Signal(self.signal)} has stopped it"


class Stopped(Operation):
    """Is stopped until SIGCONT comes; then it tells its parent."""

    signal: int

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"is stopped by {Signal(self.signal)} until SIGCONT continues it"


class Continues(Operation):
    """Takes what signals came while it was stopped, and goes on."""

    _said = "goes on"


STOP_STATES = Stops | Stopped | Continues
"""What a process stands at from its stop to its going on; of signals, only SIGKILL gets in."""
