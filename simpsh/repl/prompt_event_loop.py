"""The event loop of the prompt: one for the whole session, and nothing else runs in it.

Between two prompts the loop stands still and watches no signal, so that a thousand children
that end meanwhile fill no pipe of its.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TypeVar

from prompt_toolkit.application import Application

from simpsh.kernel.descriptors import OWN_LOWEST

T = TypeVar("T")

_WATCHED = (signal.SIGCHLD, signal.SIGCONT, signal.SIGWINCH)
"""What the loop, or the line editor in it, handles; a trap may have had it before."""


_LOWEST = 250
"""From here up are the descriptors of the loop; those of the shell itself are higher."""


class _Selector(selectors.PollSelector):
    """A poll that has a function called after each wait, when signal handlers have run."""

    def __init__(self, after_wait: Callable[[], None]) -> None:
        super().__init__()
        self._after_wait = after_wait

    def select(  # type: ignore[explicit-any]  # a SelectorKey holds any data
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, as the selectors of the standard library do."""
        try:
            ready = super().select(timeout)
        except OSError:  # ENOMEM: the kernel may be short of memory for a moment
            ready = super().select(timeout)
        self._after_wait()
        return ready


def new_loop(after_wait: Callable[[], None]) -> asyncio.SelectorEventLoop:
    """Make the loop; its descriptors are far above those that `exec 3<file` may take."""
    # Every free descriptor below is taken meanwhile.
    taken = [-1]
    with suppress(
        OSError
    ):  # EMFILE: with so low a limit the shell's own are wherever there is room
        while taken[-1] < min(_LOWEST, OWN_LOWEST):
            taken.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    try:
        return asyncio.SelectorEventLoop(_Selector(after_wait))
    finally:
        for descriptor in taken[1:]:
            os.close(descriptor)


def run_to_the_end(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[object, object, T]
) -> asyncio.Task[T]:
    """Run a prompt; also one that an exception ends gives the terminal its modes back."""
    task = loop.create_task(coroutine)
    try:
        loop.run_until_complete(asyncio.wait([task]))
    finally:
        if not task.done():
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
    return task


@contextmanager
def resetting(app: Application[T]) -> Iterator[None]:
    """Give the terminal back as it was if an exception ends the application.

    The library itself does so only once its first drawing is complete.
    """
    try:
        yield
    except BaseException:
        app.renderer.reset()
        raise


@contextmanager
def signal_wakeup(
    loop: asyncio.SelectorEventLoop, handlers: Mapping[signal.Signals, Callable[[], None]]
) -> Iterator[None]:
    """While the prompt is up, let signals wake the loop; afterwards they are as they were.

    This is the prompt's own affair, so it is done without the observable calls of the kernel
    room: a narration tells of the user's commands.
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
