"""The last command's events, kept in memory for `timeline`."""

from __future__ import annotations

import os

from simpsh.base.events import Event, Fork, Reap, Start, WaitReturn
from simpsh.base.record import Record, changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.base.events import What

MOST_EVENTS = 20_000
"""How many events of one command are kept: the first ones."""


class WatchedCommand(Record):
    """One command line, and what was seen of it."""

    text: str
    was_watched: bool
    events: tuple[Event, ...]
    is_cut: bool = False
    """Whether there were more events than are kept."""


class LastCommandLog:
    """A sink for events that remembers the present command line and the one before it."""

    def __init__(self) -> None:
        self.before: WatchedCommand | None = None
        """The command line before the present one; None if this is the first."""
        self._text: str | None = None
        self._was_watched = False
        self._events: list[Event] = []

    def begin(self, text: str, *, is_watched: bool) -> None:
        """Begin a command line; what was seen until now belongs to the one before."""
        if self._text is not None:
            is_cut = len(self._events) >= MOST_EVENTS
            events = renamed(self._events)
            self.before = WatchedCommand(self._text, self._was_watched, events, is_cut)
        self._text, self._was_watched, self._events = text, is_watched, []

    def __call__(self, event: Event) -> None:
        """Keep an event, as long as there is room."""
        if len(self._events) < MOST_EVENTS:
            self._events.append(event)


def renamed(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events of one command with names and times that begin with it.

    The shell is P0, its children are P1, P2 … in order of birth within these events.
    """
    if not events:
        return ()
    names = {"P0": "P0"}
    for event in events:
        for name in (event.proc, _child(event)):
            if name and name not in names:
                names[name] = f"P{len(names)}"
    first = events[0].ts
    began = Event(os.getpid(), Start(os.getppid(), ("simpsh",)), 0, 1, "P0")
    return (
        began,
        *(
            Event(one.pid, _with_names(one, names), one.ts - first, number, names.get(one.proc, ""))
            for number, one in enumerate(events, 2)
        ),
    )


def _child(event: Event) -> str:
    return event.what.child if isinstance(event.what, Fork) else ""


def _with_names(event: Event, names: dict[str, str]) -> What:
    what = event.what
    if isinstance(what, Fork | WaitReturn):
        return changed(what, child=names.get(what.child, ""))
    if isinstance(what, Reap):
        return changed(what, child=names.get(what.child, ""), by=names.get(what.by, what.by))
    return what
