"""Writing a recording while it happens: whole lines, in the file as soon as there is time.

Who is killed in the middle leaves a recording that can be read up to there, and loses the events
of a moment. While a recording is written, its file is locked (flock(2)): no other is written into
it, and who follows it learns when the writer is gone.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Mapping
from typing import TextIO

from simpsh.base.errors import SimpshError
from simpsh.base.events import Event
from simpsh.kernel.descriptors import LOCK_EX, LOCK_NB, flock, write_all
from simpsh.trace.recording.recording_file import end_line, line_of, lines_with_source


def create(path: str) -> TextIO:
    """Create or empty a file for a recording, as create_descriptor(), with the same errors."""
    return open(create_descriptor(path), "w", encoding="utf-8")


def create_descriptor(path: str, flags: int = 0) -> int:
    """Create or empty a file for a recording, readable by its owner alone; it is locked.

    A recording shows arguments and data of every program in it, passwords among them.

    Args:
        path: the file.
        flags: further flags of open(2), such as O_APPEND.

    Raises:
        SimpshError: another recording is being written into it.
        OSError: EACCES ENOENT EISDIR …; see open(2).
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
    try:
        # Of a device or a FIFO, the owner and the mode are not this program's business.
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            _lock(descriptor, path)
            os.ftruncate(descriptor, 0)
            os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _lock(descriptor: int, path: str) -> None:
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        raise SimpshError(
            f"{path}: another simpsh records into it now; give this recording another name"
        ) from None
    except OSError as error:
        # A file system without locks takes a recording all the same.
        if error.errno not in (errno.ENOTSUP, errno.ENOLCK, errno.ENOSYS, errno.EINVAL):
            raise


class RecordingWriter:
    """Writes events as they come, but turns them into text while no process waits for it."""

    MOST_HELD = 256
    """How many events may wait to be written while the traced processes leave no time."""

    def __init__(self, file: TextIO, sources: Mapping[str, str] | None = None) -> None:
        """Write to `file`; before the first event that names a file of `sources`, its text."""
        # Below the buffers of `file`: a line is written whole, or kept back whole.
        file.flush()
        self._descriptor = file.fileno()
        self._events: deque[Event] = deque()
        self._sources = {} if sources is None else sources
        self._written: set[str] = set()
        self._last = 0
        self.problem: OSError | None = None
        """Why nothing more is written: ENOSPC, EFBIG, EPIPE …; the traced go on meanwhile."""

    def put(self, event: Event) -> None:
        """Take an event, quickly."""
        self._events.append(event)
        if len(self._events) >= self.MOST_HELD:
            self.write_some()

    def write_some(self) -> None:
        """Write the events taken; a traced process may be waiting soon."""
        events = self._events
        if events:
            self._last = events[-1].seq
            text = "".join([self._line(event) for event in events])
            events.clear()
            self.write(text)

    def _line(self, event: Event) -> str:
        if event.at is None:
            return line_of(event)
        return "".join(lines_with_source(event, self._sources, self._written))

    def write(self, text: str) -> None:
        """Write whole lines after what was written."""
        if self.problem is not None:
            return
        try:
            write_all(self._descriptor, text.encode())
        except OSError as error:
            self.problem = error

    def finish(self) -> None:
        """Write all of the events taken."""
        self.write_some()

    def end(self) -> None:
        """Write all of the events taken, and the line that says that the recording is complete."""
        self.write_some()
        self.write(end_line(self._last))
