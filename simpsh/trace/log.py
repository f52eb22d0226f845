"""The tracer's log: each event gets its place and its time as it is told, and goes to a sink.

A place may be promised before what happened is known in full: a process that is about to end
gets its place before the effects of its end, and its exit status a moment later. What is told
in between waits, so that a sink sees the events in order.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simpsh.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.events import What


class Promise:
    """A place in the log that is taken; the event follows."""

    __slots__ = ("event", "is_open", "seq", "ts")

    def __init__(self, seq: int, ts: int) -> None:
        self.seq = seq
        self.ts = ts
        self.event: Event | None = None
        self.is_open = True


class Log:
    """Numbers events, stamps them with CLOCK_MONOTONIC, and hands them on in order."""

    def __init__(
        self,
        sink: Callable[[Event], object],
        start_monotonic_ns: int = 0,
        source: str = "ptrace",
    ) -> None:
        self._sink = sink
        self._source = source
        self._start = start_monotonic_ns or time.monotonic_ns()
        self._seq = 0
        self._held: list[Promise | Event] = []
        self.when_told: Callable[[Event], object] | None = None
        """Called with each event when it happens; the sink may get it later, in order."""

    @property
    def last(self) -> int:
        """The number of the last event told or promised."""
        return self._seq

    def tell(self, pid: int, proc: str, what: What, tid: int = 0) -> int:
        """Put an event into the log; return its number."""
        self._seq += 1
        now = time.monotonic_ns() - self._start
        event = Event(pid, what, now, self._seq, proc, tid, self._source, ())
        if self.when_told is not None:
            self.when_told(event)
        if self._held:
            self._held.append(event)
        else:
            self._sink(event)
        return self._seq

    def promise(self) -> Promise:
        """Take the next place in the log for an event that will be known soon."""
        self._seq += 1
        promise = Promise(self._seq, time.monotonic_ns() - self._start)
        self._held.append(promise)
        return promise

    def keep(self, promise: Promise, pid: int, proc: str, what: What) -> None:
        """Fill a promised place."""
        promise.event = Event(pid, what, promise.ts, promise.seq, proc, 0, self._source, ())
        if self.when_told is not None:
            self.when_told(promise.event)
        promise.is_open = False
        self._release()

    def finish(self) -> None:
        """Give up the promises that nobody kept, and hand on everything that waits."""
        for held in self._held:
            if isinstance(held, Promise):
                held.is_open = False
        self._release()

    def _release(self) -> None:
        count = 0
        for held in self._held:
            if isinstance(held, Promise):
                if held.is_open:
                    break
                if held.event is not None:
                    self._sink(held.event)
            else:
                self._sink(held)
            count += 1
        del self._held[:count]
