"""The orderly exit of a subcommand that a signal ends.

A signal that asks this process to end raises AskedToEnd, once, at any line, so that each `with` and
`finally` cleans up. Then the modes of the terminal are restored, and the process dies of that
signal: its parent sees the true wait status.
"""

from __future__ import annotations

import os
import sys
import termios

from simpsh.base.errors import AskedToEnd
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGHUP, SIGINT, SIGQUIT, SIGTERM
from simpsh.kernel import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

ENDING_SIGNALS = (SIGHUP, SIGINT, SIGQUIT, SIGTERM)

_raised = 0
"""The signal that has raised AskedToEnd; 0 for none."""


def heed(numbers: Iterable[int] = ENDING_SIGNALS) -> dict[int, signals.Disposition]:
    """Have each of these signals raise AskedToEnd, unless one has done so before.

    An ignored signal, such as SIGHUP under nohup, stays ignored. Returns the old dispositions.
    """
    global _raised
    _raised = 0
    heeded = (number for number in numbers if signals.disposition(number) != signals.SIG_IGN)
    sys.unraisablehook = _raise_again
    return signals.set_dispositions(dict.fromkeys(heeded, _raise_once))


def _raise_once(number: int, _frame: FrameType | None) -> None:
    global _raised
    if not _raised:
        _raised = number
        raise AskedToEnd(number)


def _raise_again(lost: sys.UnraisableHookArgs) -> None:
    # Python drops an exception that is raised in a destructor or in a fork hook.
    global _raised
    if isinstance(lost.exc_value, AskedToEnd):
        _raised = 0
        signals.kill(os.getpid(), lost.exc_value.signal)
    else:
        sys.__unraisablehook__(lost)


class leaving_in_order:  # noqa: N801 - used like a statement
    """Run a block; if a signal asks the process to end, clean up, then die of the signal."""

    def __enter__(self) -> None:
        self._terminal = _Modes.of_terminal()
        self._before = heed()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        # Another exception may have been raised during the cleanup.
        number = error.signal if isinstance(error, AskedToEnd) else _raised
        if number:
            if self._terminal is not None:
                self._terminal.restore()
            signals.die_of(number)
        signals.set_dispositions(self._before)


class _Modes:
    """The modes of the terminal at the start of a process in its foreground group."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._modes = termios.tcgetattr(descriptor)

    @classmethod
    def of_terminal(cls) -> _Modes | None:
        """Return the modes of the terminal if this process is in its foreground group."""
        for descriptor in (0, 1, 2):
            with suppress(OSError, termios.error):
                if os.tcgetpgrp(descriptor) == os.getpgrp():
                    return cls(descriptor)
        return None

    def restore(self) -> None:
        """Restore the modes, unless another group has the terminal, or it is gone."""
        with suppress(OSError, termios.error):
            if os.tcgetpgrp(self._descriptor) == os.getpgrp():
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._modes)
