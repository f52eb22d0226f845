"""A recording that is read while it is written: new events, as soon as they are written."""

from __future__ import annotations

import os

from simpsh.base.events import Event
from simpsh.kernel.descriptors import (
    IN_MODIFY,
    close,
    inotify_add_watch,
    inotify_init1,
    read,
    readable,
)
from simpsh.trace.recording.recording_file import MOST_CHARACTERS, RecordingProblem, RecordingReader


class FileChanges:
    """Waits until a file is written to; what happened before a wait began ends it at once.

    Raises RecordingProblem: the file cannot be watched.
    """

    def __init__(self, path: str) -> None:
        self.watch = inotify_init1()
        """The descriptor that is readable when something was written."""
        try:
            inotify_add_watch(self.watch, path, IN_MODIFY)
        except OSError as error:
            close(self.watch)
            raise RecordingProblem(f"{path}: {error.strerror}") from error

    def close(self) -> None:
        """Watch no more."""
        close(self.watch)

    def wait(self, seconds: float) -> bool:
        """Return whether something was written since the last wait, or is in this time."""
        if not readable((self.watch,), seconds):
            return False
        read(self.watch, 65536)
        return True


class GrowingRecording:
    """The file of a recording, to be read to its end and beyond; a context manager.

    Raises RecordingProblem: the file cannot be read or watched.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.reader = RecordingReader()
        """The events read until now; the header is None before it is read."""
        self._rest = b""
        self.changes = FileChanges(path)
        try:
            self._file = open(path, "rb")  # noqa: SIM115 - closed by __exit__()
        except OSError as error:
            self.changes.close()
            raise RecordingProblem(f"{path}: {error.strerror}") from error

    def __enter__(self) -> GrowingRecording:
        return self

    def __exit__(self, *_: object) -> None:
        self.changes.close()
        self._file.close()

    def new_events(self) -> list[Event]:
        """Return the events that have come since the last call.

        Raises RecordingProblem: as for RecordingReader.take(), with the path; or the file was
        emptied.
        """
        self.changes.wait(0)
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            raise RecordingProblem(f"{self._path}: it was emptied; another recording begins there")
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        if len(self._rest) > MOST_CHARACTERS:
            raise RecordingProblem(f"{self._path}: a line of it has no end")
        try:
            events = [self.reader.take(text.decode("utf-8", "surrogateescape")) for text in lines]
        except RecordingProblem as problem:
            raise RecordingProblem(f"{self._path}: {problem}") from None
        return [event for event in events if event is not None]
