"""A recording that is read while it is written: what is new, as soon as it is there.

The end is its last line, or the end of its writer: a writer holds a lock on the file (flock(2)),
and inotify(7) tells when it closes it, however it ends. The kernel tells that a moment before it
takes the lock away, and nothing tells of that.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

from simpsh.base.events import Event
from simpsh.kernel.descriptors import LOCK_NB, LOCK_SH, LOCK_UN, close, flock, read
from simpsh.kernel.inotify import (
    CLOSE_WRITE,
    MODIFY,
    events_in,
    inotify_add_watch,
    inotify_init1,
)
from simpsh.trace.recording.recording_file import (
    MOST_CHARACTERS,
    WITHOUT_LOCKS,
    RecordingProblem,
    RecordingReader,
)

_MOMENT_SECONDS = 0.02


class FileChanges:
    """Waits until a file is written to, or closed by a writer.

    What happened before a wait began, and after the last, ends it at once.

    Raises:
        RecordingProblem: the file cannot be watched.
    """

    def __init__(self, path: str) -> None:
        self.watch = inotify_init1()
        """The descriptor that is readable when something has happened."""
        try:
            inotify_add_watch(self.watch, path, MODIFY | CLOSE_WRITE)
        except OSError as error:
            close(self.watch)
            raise RecordingProblem(f"{path}: {error.strerror}") from error

    def close(self) -> None:
        """Watch no more."""
        close(self.watch)

    def wait(self, seconds: float | None) -> int:
        """Return the last thing that happened, MODIFY or CLOSE_WRITE; 0 if nothing did in time."""
        readable = select.poll()
        readable.register(self.watch, select.POLLIN)
        if not readable.poll(None if seconds is None else max(0, seconds) * 1000):
            return 0
        *_, (mask, _) = events_in(read(self.watch, 65536))
        return mask


class GrowingRecording:
    """The file of a recording, to be read to its end and beyond; a context manager.

    Raises:
        RecordingProblem: the file cannot be read or watched.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.reader = RecordingReader()
        self._rest = b""
        self.changes = FileChanges(path)
        try:
            self._file = open(path, "rb")  # noqa: SIM115 - closed by close()
        except OSError as error:
            self.changes.close()
            raise RecordingProblem(f"{path}: {error.strerror}") from error
        self._was_closed = False
        """Whether the last thing that happened to the file is that a writer closed it."""

    def __enter__(self) -> GrowingRecording:
        return self

    def __exit__(self, *_: object) -> None:
        self.changes.close()
        self._file.close()

    @property
    def is_cut_short(self) -> bool:
        """Whether no line says that the recording is complete, where one should."""
        header = self.reader.header
        should = header is not None and header.has_end
        return bool(self._rest) or (should and not self.reader.has_ended)

    def batches(self) -> Iterator[list[Event]]:
        """Go through the events as they come, some at a time; it ends with the recording.

        Raises:
            RecordingProblem: as for RecordingReader.take(), with the path; or the file was emptied.
        """
        while not self.reader.has_ended:
            # Looked at before the file is: what a writer wrote before its end is read then.
            is_over = not self._has_writer()
            if events := self.new_events():
                yield events
            elif is_over:
                return
            elif not self.reader.has_ended:
                mask = self.changes.wait(_MOMENT_SECONDS if self._was_closed else None)
                self._was_closed = bool(mask & CLOSE_WRITE) if mask else self._was_closed

    def new_events(self) -> list[Event]:
        """Return the events that have come since the last call; errors as for batches()."""
        place = self._file.tell()
        if os.fstat(self._file.fileno()).st_size < place:
            raise RecordingProblem(f"{self._path}: it was emptied; another recording begins there")
        data = self._file.read()
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MOST_CHARACTERS:
            raise RecordingProblem(f"{self._path}: a line of it has no end")
        events = []
        for line in lines:
            try:
                event = self.reader.take(line.decode("utf-8", "surrogateescape"))
            except RecordingProblem as problem:
                raise RecordingProblem(f"{self._path}: {problem}") from None
            if event is not None:
                events.append(event)
        return events

    def _has_writer(self) -> bool:
        """Return whether a process holds the lock that a recording's writer holds."""
        try:
            flock(self._file.fileno(), LOCK_SH | LOCK_NB)
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise
            return False
        flock(self._file.fileno(), LOCK_UN)
        return False
