"""Writing a recording while it is made, without keeping anybody waiting for it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TextIO

from simpsh.trace.recording import line_of

if TYPE_CHECKING:
    from simpsh.events import Event


class Writer:
    """Writes events as they come, but turns them into text while nobody waits for it."""

    _AT_A_TIME = 40

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._events: deque[Event] = deque()
        self.put = self._events.append
        """Take an event, quickly."""

    def write_some(self) -> None:
        """Write some of the events taken; a traced process may be waiting soon."""
        events = self._events
        for _ in range(min(len(events), self._AT_A_TIME)):
            self._file.write(line_of(events.popleft()))
        if not events:
            self._file.flush()

    def finish(self) -> None:
        """Write all of the events taken."""
        while self._events:
            self._file.write(line_of(self._events.popleft()))
        self._file.flush()
