"""The event loop of the prompt, used for the whole session.

Between prompts the loop does not run and handles no signals, so children that end meanwhile cannot
fill its wake-up pipe.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from simpsh.kernel.descriptors import own_pair

T = TypeVar("T")

_WATCHED = (signal.SIGCHLD, signal.SIGCONT, signal.SIGWINCH)
"""Signals that the loop or the line editor handles; they may have had traps before."""


class _Selector(selectors.PollSelector):
    """A poll that calls a function after each wait, when signal handlers have run."""

    def __init__(self, after_wait: Callable[[], None]) -> None:
        super().__init__()
        self._after_wait = after_wait

    def select(  # type: ignore[explicit-any]  # a SelectorKey holds any data
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the ready keys, like the selectors of the standard library."""
        try:
            ready = super().select(timeout)
        except OSError:  # ENOMEM: the kernel may be short of memory for a moment
            ready = super().select(timeout)
        self._after_wait()
        return ready


def new_loop(after_wait: Callable[[], None]) -> asyncio.SelectorEventLoop:
    """Make the loop; its descriptors are among the shell's own, which `exec 3<file` may not use."""
    # To occupy all lower descriptors in the meantime would take two thousand calls, and a traced
    # prompt stops at each.
    usual, socket.socketpair = socket.socketpair, _own_sockets  # type: ignore[assignment]
    try:
        return asyncio.SelectorEventLoop(_Selector(after_wait))
    except OSError:  # EMFILE: the limit is low, so use any free descriptors
        socket.socketpair = usual
        return asyncio.SelectorEventLoop(_Selector(after_wait))
    finally:
        socket.socketpair = usual


def _own_sockets() -> tuple[socket.socket, socket.socket]:
    one, other = own_pair()
    return socket.socket(fileno=one), socket.socket(fileno=other)


def run_until_done(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[object, object, T]
) -> asyncio.Task[T]:
    """Run a prompt to its end; on an exception, cancel it so that the terminal is restored."""
    task = loop.create_task(coroutine)
    try:
        loop.run_until_complete(asyncio.wait([task]))
    finally:
        if not task.done():
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
    return task


@contextmanager
def signal_wakeup(
    loop: asyncio.SelectorEventLoop, handlers: Mapping[signal.Signals, Callable[[], None]]
) -> Iterator[None]:
    """Handle signals in the loop while the prompt is shown; restore the handlers afterwards.

    This does not use the observable calls of the kernel package, because only the user's commands
    are narrated.
    """
    before = {number: signal.getsignal(number) for number in _WATCHED}
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in _WATCHED:
            loop.remove_signal_handler(number)
        for number, disposition in before.items():
            if disposition is not None:
                signal.signal(number, disposition)
