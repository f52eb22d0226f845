"""Leaving in order: a signal that would end this process raises, so that everything is undone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from simpsh.kernel import signals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGHUP, SIGINT, SIGQUIT, SIGTERM = 1, 2, 3, 15
_SIGNALS = (SIGHUP, SIGINT, SIGQUIT, SIGTERM)


class Asked(BaseException):
    """A signal asked this process to end.

    No Exception, for the reason that KeyboardInterrupt is none.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let the signals that end a process wait, while something is made that nobody owns yet."""
    before = signals.sigprocmask(signals.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signals.sigprocmask(signals.SIG_SETMASK, before)


@contextmanager
def leaving_in_order() -> Iterator[None]:
    """Let the signals that end a process raise Asked, once; a second one changes nothing."""
    before = {number: signals.disposition(number) for number in _SIGNALS}
    has_come = False

    def leave(number: int, _frame: FrameType | None) -> None:
        nonlocal has_come
        if not has_come:
            has_come = True
            raise Asked(number)

    try:
        for number, disposition in before.items():
            if disposition != signals.SIG_IGN:
                signals.sigaction(number, leave)
        yield
    finally:
        for number, disposition in before.items():
            signals.sigaction(number, disposition)
