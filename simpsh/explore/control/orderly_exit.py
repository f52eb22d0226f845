"""Leaving in order: a signal that would end this process raises, so that everything is undone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from simpsh.base.signal_names import SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM
from simpsh.kernel import signals
from simpsh.kernel.machine import ptrace
from simpsh.process.process_tree import own_children

_SIGNALS = (SIGHUP, SIGINT, SIGQUIT, SIGTERM)


class AskedToEnd(BaseException):
    """A signal asked this process to end.

    No Exception, for the reason that KeyboardInterrupt is none.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let the signals that end a process wait, while something is made that no object owns yet."""
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
            raise AskedToEnd(number)

    try:
        for number, disposition in before.items():
            if disposition != signals.SIG_IGN:
                signals.sigaction(number, leave)
        yield
    finally:
        for number, disposition in before.items():
            signals.sigaction(number, disposition)


def collect_strays() -> None:
    """End and collect whoever was just being made when the signal came; all others are undone.

    Left alone, the kernel would kill them with this process, and another process would find them.
    """
    while True:
        for pid in own_children():
            signals.kill(pid, SIGKILL)
        try:
            status = ptrace.next_status()
            if status is not None and os.WIFSTOPPED(status.word):
                ptrace.cont(status.pid)
        except ProcessLookupError:
            continue
        except ChildProcessError:
            return
