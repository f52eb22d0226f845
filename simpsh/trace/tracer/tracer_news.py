"""Messages between the tracer's process and the one that waits for the recording."""

from __future__ import annotations

import os

from simpsh.base.record import Record, suppress
from simpsh.base.signal_names import SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR2
from simpsh.kernel.descriptors import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK = SIGUSR2
"""The signal to the tracer: handle the requests."""
STOPS_OF_TERMINAL = (SIGTSTP, SIGTTIN, SIGTTOU)
"""If one of these stops the command, the tracer stops, too: the shell sees a stopped job."""
_MOST_READ = 4096


class TracerEnds(Record):
    """The tracer's ends of the pipes to the process that waits for the recording."""

    news: int
    requests: int
    """The signals that asked that process to end: lines of number and sender's pid."""

    def send(self, word: str, details: object = "") -> None:
        """Send a message."""
        # The reader may be gone.
        with suppress(OSError):
            write_all(self.news, os.fsencode(f"{word} {details}".replace("\n", " ")) + b"\n")

    def asked(self) -> Iterator[tuple[int, int]]:
        """Yield each signal and its sender since the last call."""
        with suppress(BlockingIOError):
            for line in os.read(self.requests, _MOST_READ).splitlines():
                number, sender = line.split()
                yield int(number), int(sender)
