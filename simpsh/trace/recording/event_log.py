"""The tracer's log: each event gets a number and a time when it is logged, and goes to a sink.

A number may be promised before the event is completely known: the exit of a process gets its number
before the effects of the exit, and its status a moment later. Later events wait for it, so that the
sink gets the events in order.
"""

from __future__ import annotations

import time

from simpsh.base.events import CallSite, Event, What
from simpsh.base.record import Mutable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable
else:
    from _collections import deque


class PromisedEvent(Mutable):
    """A reserved number in the log; the event follows."""

    seq: int
    ts: int
    event: Event | None = None
    is_open: bool = True


class EventLog:
    """Numbers events, stamps them with CLOCK_MONOTONIC, and passes them to the sink in order."""

    def __init__(
        self,
        sink: Callable[[Event], object],
        start_monotonic_ns: int = 0,
        when_logged: Callable[[Event], object] | None = None,
    ) -> None:
        """Begin a log; `when_logged` gets each event at once, the sink maybe later."""
        self._sink = sink
        self._start = start_monotonic_ns or time.monotonic_ns()
        self.last = 0
        """The number of the last event logged or promised."""
        self._held: deque[PromisedEvent] = deque()
        """The first open promise, and all later events."""
        self._when_logged = when_logged

    def add(self, pid: int, proc: str, what: What, tid: int = 0, at: CallSite | None = None) -> int:
        """Log an event; return its number."""
        self.last += 1
        now = time.monotonic_ns() - self._start
        event = Event(pid, what, now, self.last, proc, tid, at)
        if self._when_logged is not None:
            self._when_logged(event)
        if self._held:
            self._held.append(PromisedEvent(self.last, now, event, is_open=False))
        else:
            self._sink(event)
        return self.last

    def promise(self) -> PromisedEvent:
        """Reserve the next number for an event that will be known soon."""
        self.last += 1
        promise = PromisedEvent(self.last, time.monotonic_ns() - self._start)
        self._held.append(promise)
        return promise

    def fill(
        self, promise: PromisedEvent, pid: int, proc: str, what: What, at: CallSite | None = None
    ) -> None:
        """Log the event of a promise."""
        promise.event = Event(pid, what, promise.ts, promise.seq, proc, 0, at)
        if self._when_logged is not None:
            self._when_logged(promise.event)
        promise.is_open = False
        self._release()

    def finish(self) -> None:
        """Drop the promises that were not kept, and pass on all waiting events."""
        for held in self._held:
            held.is_open = False
        self._release()

    def _release(self) -> None:
        while self._held and not self._held[0].is_open:
            event = self._held.popleft().event
            if event is not None:
                self._sink(event)
