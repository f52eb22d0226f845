"""Watching the system calls as they are made.

    with observing(recorder):
        pid = fork()

Unobserved, a call costs one look at a global. The observer is told of each call when it
returned, and of those that may not return at once (execve, wait, pause, _exit) when they begin.
A forked child is unobserved until it sets an observer of its own: what its parent's observer
buffers or writes would be written twice.

A call for which no descriptor is left raises an error that names the limit.
"""

from __future__ import annotations

from simpsh.base import descriptor_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, Protocol, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

    class Observer(Protocol):
        """Whoever wants to know of every call."""

        def entering(self, name: str, args: tuple[object, ...]) -> None:
            """Hear of a call that may block or never return, before it is made."""

        def returned(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
            """Hear of a finished call; `errno` is 0 if it succeeded."""


_observer: Observer | None = None


def observer() -> Observer | None:
    """Return who is watching, or None."""
    return _observer


def set_observer(new: Observer | None) -> Observer | None:
    """Let `new` watch from now on; return who watched before."""
    global _observer
    old = _observer
    _observer = new
    return old


class observing:  # noqa: N801 - reads as a statement: with observing(recorder)
    """Let an observer watch for the length of a `with` block; None for no observer."""

    __slots__ = ("_before", "_watcher")

    def __init__(self, watcher: Observer | None) -> None:
        self._watcher = watcher
        self._before: Observer | None = None

    def __enter__(self) -> None:
        self._before = set_observer(self._watcher)

    def __exit__(self, *_error: object) -> None:
        set_observer(self._before)


def observable(name: str, *, announced: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function that makes the system call `name` visible to the observer.

    A call that may not return soon is `announced`: the observer hears of it before it is made, too.
    """

    def decorate(call: Callable[P, R]) -> Callable[P, R]:
        def observed(*args: P.args, **named: P.kwargs) -> R:
            watcher = _observer
            if watcher is None:
                try:
                    return call(*args, **named)
                except (OSError, ImportError) as error:
                    descriptor_limit.blame(error)
                    raise
            shown = (*args, *named.values()) if named else args
            if announced:
                watcher.entering(name, shown)
            try:
                result = call(*args, **named)
            except OSError as error:
                watcher.returned(name, shown, None, error.errno or 0)
                descriptor_limit.blame(error)
                raise
            watcher.returned(name, shown, result, 0)
            return result

        for known_by in ("__name__", "__qualname__", "__module__", "__doc__"):
            setattr(observed, known_by, getattr(call, known_by))
        observed.__wrapped__ = call  # type: ignore[attr-defined]
        return observed

    return decorate
