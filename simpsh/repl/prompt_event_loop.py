"""The event loop of the prompt: one for the whole session, and nothing else runs in it.

Between two prompts the loop stands still and watches no signal, so that a thousand children
that end meanwhile fill no pipe of its.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
from collections.abc import Callable, Mapping
from types import FrameType

from simpsh.kernel.descriptors import OWN_LOWEST

Disposition = signal.Handlers | int | Callable[[int, FrameType | None], object] | None

_WATCHED = (signal.SIGCHLD, signal.SIGCONT, signal.SIGWINCH)
"""What the loop, or the line editor in it, handles; a trap may have had it before."""


class _Selector(selectors.EpollSelector):
    """An epoll that has a function called after each wait, when signal handlers have run."""

    def __init__(self, after_wait: Callable[[], None]) -> None:
        super().__init__()
        self._after_wait = after_wait

    def select(  # type: ignore[explicit-any]  # a SelectorKey holds any data
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, as the selectors of the standard library do."""
        ready = super().select(timeout)
        self._after_wait()
        return ready


def new_loop(after_wait: Callable[[], None]) -> asyncio.SelectorEventLoop:
    """Make the loop; its descriptors are far above those that `exec 3<file` may take."""
    # Every free descriptor below is taken meanwhile.
    taken = [-1]
    try:
        while taken[-1] < OWN_LOWEST:
            taken.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        pass  # EMFILE: with so low a limit the shell's own are wherever there is room
    try:
        return asyncio.SelectorEventLoop(_Selector(after_wait))
    finally:
        for descriptor in taken[1:]:
            os.close(descriptor)


def cut_short(loop: asyncio.AbstractEventLoop, task: asyncio.Task[object]) -> None:
    """Let a prompt that an exception ended give the terminal its modes back."""
    if not task.done():
        task.cancel()
        loop.run_until_complete(asyncio.wait([task]))


class SignalWakeup:
    """While the prompt is up, signals wake the loop; afterwards they are as they were.

    This is the prompt's own affair, so it is done without the observable calls of the kernel
    room: a narration tells of the user's commands.
    """

    def __init__(
        self,
        loop: asyncio.SelectorEventLoop,
        handlers: Mapping[signal.Signals, Callable[[], None]],
    ) -> None:
        self._loop = loop
        self._handlers = handlers
        self._before: dict[signal.Signals, Disposition] = {}

    def __enter__(self) -> None:
        self._before = {number: signal.getsignal(number) for number in _WATCHED}
        for number, handler in self._handlers.items():
            self._loop.add_signal_handler(number, handler)

    def __exit__(self, *_: object) -> None:
        for number in _WATCHED:
            self._loop.remove_signal_handler(number)
        for number, disposition in self._before.items():
            if disposition is not None:
                signal.signal(number, disposition)
