"""Observing the system calls of this process.

    with observing(recorder):
        pid = fork()

The observer is notified of each call after it has returned, and of calls that may block also
before. A forked child is not observed until it sets an observer, because its parent's observer may
have unwritten buffers.
"""

from __future__ import annotations

from simpsh.base import failed_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, Protocol, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

    class Observer(Protocol):
        """Is notified of every call."""

        def entering(self, name: str, args: tuple[object, ...]) -> None:
            """Receive a call that may block or never return, before it is made."""

        def note_return(
            self, name: str, args: tuple[object, ...], result: object, errno: int
        ) -> None:
            """Receive a finished call; `errno` is 0 if it succeeded."""


_observer: Observer | None = None


def observer() -> Observer | None:
    """Return the current observer, or None."""
    return _observer


def set_observer(new: Observer | None) -> Observer | None:
    """Set the observer; return the previous one."""
    global _observer
    old = _observer
    _observer = new
    return old


class observing:  # noqa: N801 - reads as a statement: with observing(recorder)
    """Set an observer for the length of a `with` block; None for no observer."""

    __slots__ = ("_before", "_watcher")

    def __init__(self, watcher: Observer | None) -> None:
        self._watcher = watcher
        self._before: Observer | None = None

    def __enter__(self) -> None:
        self._before = set_observer(self._watcher)

    def __exit__(self, *_error: object) -> None:
        set_observer(self._before)


def observable(name: str, *, announced: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make the call `name` of a function observable; if `announced`, also before it is made."""

    def decorate(call: Callable[P, R]) -> Callable[P, R]:
        def observed(*args: P.args, **named: P.kwargs) -> R:
            watcher = _observer
            if watcher is None:
                try:
                    return call(*args, **named)
                except OSError as error:
                    failed_call.mark(error, name, args)
                    raise
            shown = (*args, *named.values()) if named else args
            if announced:
                watcher.entering(name, shown)
            try:
                result = call(*args, **named)
            except OSError as error:
                watcher.note_return(name, shown, None, error.errno or 0)
                failed_call.mark(error, name, args)
                raise
            watcher.note_return(name, shown, result, 0)
            return result

        for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
            setattr(observed, attribute, getattr(call, attribute))
        observed.__wrapped__ = call  # type: ignore[attr-defined]
        return observed

    return decorate
