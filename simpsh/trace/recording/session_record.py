"""What the kernel's own record of a session (`--truth`) says of one command.

The tracer writes the record while the session goes on, a moment behind it. Whoever wants to read
all that has happened until now has a sign: its own birth is in the record.
"""

from __future__ import annotations

import os
import select
import time

from simpsh.base.errors import SimpshError
from simpsh.base.events import Event, Fork
from simpsh.base.record import Record
from simpsh.kernel.descriptors import close, read
from simpsh.kernel.inotify import MODIFY, inotify_add_watch, inotify_init1
from simpsh.process.proc import tracer_pid
from simpsh.trace.recording.last_command import Stretch
from simpsh.trace.recording.recording_file import Recording, RecordingProblem
from simpsh.trace.recording.recording_file import read as read_recording

_SHELL = "P0"
_PATIENCE_SECONDS = 5.0


class CommandRecord(Record):
    """The kernel's record of one command of a session."""

    events: tuple[Event, ...]
    """What the shell, and the processes born meanwhile, did; names and times as in the session."""
    shell: Event
    """The beginning of the session: what it says of the shell's descriptors."""
    is_whole: bool
    """Whether the record had come so far when it was read."""


def command_record(path: str, stretch: Stretch) -> CommandRecord:
    """Return what a session's record has of a stretch; call it in a new child of its shell.

    Raises:
        SimpshError: the record cannot be read.
    """
    found, is_whole = _read_until_own_birth(path, stretch)
    if not found.events:
        raise SimpshError(f"{path}: the record of this session was removed or emptied")
    began = found.header.start_monotonic_ns
    inside = [one for one in found.events if stretch.began_ns <= one.ts + began <= stretch.ended_ns]
    members = {_SHELL, *(one.what.child for one in inside if isinstance(one.what, Fork))}
    kept = tuple(one for one in inside if one.proc in members)
    return CommandRecord(kept, found.events[0], is_whole)


def _read_until_own_birth(path: str, stretch: Stretch) -> tuple[Recording, bool]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with _Changes(path) as changes:
        while True:
            found = _read_from(path, stretch.place)
            if any(
                isinstance(one.what, Fork) and one.what.child_pid == os.getpid()
                for one in found.events
            ):
                return found, True
            # Without a tracer nothing more will come.
            if not tracer_pid(os.getpid()) or not changes.wait(deadline - time.monotonic()):
                return found, False


def _read_from(path: str, place: int) -> Recording:
    """Read the header, the beginning, and what comes from a place on: a session may be long."""
    try:
        with open(path, "rb") as file:
            head = (file.readline(), file.readline())
            file.seek(max(place, file.tell()) - 1)
            # A line that had been written in part by then tells of something before.
            file.readline()
            lines = (line.decode("utf-8", "surrogateescape") for line in (*head, *file))
            return read_recording(lines)
    except OSError as error:
        raise SimpshError(f"{path}: {error.strerror}") from error
    except RecordingProblem as problem:
        raise SimpshError(f"{path}: {problem}") from problem


class _Changes:
    """Waits until a file is written to; what was written before a wait began ends it at once."""

    def __init__(self, path: str) -> None:
        self._watch = inotify_init1()
        try:
            inotify_add_watch(self._watch, path, MODIFY)
        except OSError as error:
            close(self._watch)
            raise SimpshError(f"{path}: {error.strerror}") from error

    def __enter__(self) -> _Changes:
        return self

    def __exit__(self, *_error: object) -> None:
        close(self._watch)

    def wait(self, seconds: float) -> bool:
        """Return whether there was a change in time."""
        readable = select.poll()
        readable.register(self._watch, select.POLLIN)
        if not readable.poll(max(0, seconds) * 1000):
            return False
        read(self._watch, 65536)
        return True
