"""The part of a session's record (`--truth`) that one command made.

The tracer writes the record a moment later, while the session continues. A reader knows that the
record is complete up to now when it has a later birth, often the reader's own.
"""

from __future__ import annotations

import os
import time

from simpsh.base.errors import SimpshError
from simpsh.base.events import Event, Fork, Start
from simpsh.base.line_record import Stretch
from simpsh.base.own_program import THIS_SHELL
from simpsh.base.record import Record, changed
from simpsh.kernel.descriptors import (
    IN_MODIFY,
    close,
    inotify_add_watch,
    inotify_init1,
    read,
    readable,
)
from simpsh.process.proc import tracer_pid
from simpsh.trace.recording.recording_file import (
    Recording,
    RecordingProblem,
    read as read_recording,
)

_SHELL = "P0"
_PATIENCE_SECONDS = 5.0


class CommandRecord(Record):
    """The kernel's record of one command of a session."""

    events: tuple[Event, ...]
    """The events of the shell and of later processes, with the names and times of the record."""
    shell: Event
    """The first event of the session, which has the shell's descriptors."""
    is_whole: bool
    """Whether the record was complete up to the end of the command when it was read."""


def command_record(path: str, stretch: Stretch) -> CommandRecord:
    """Return the part of a session's record for a stretch.

    The part is complete once the record contains the birth of process `stretch.sign`, which the
    shell forks later. The default is the calling process. Raises SimpshError: the record cannot be
    read.
    """
    sign = stretch.sign or os.getpid()
    recording, is_whole = _read_until_birth(path, stretch, sign)
    if not recording.events:
        raise SimpshError(f"{path}: the record of this session was removed or emptied")
    began = recording.header.start_monotonic_ns
    inside = [event for event in recording.events if event.ts + began >= stretch.began_ns]
    births = [index for index, event in enumerate(inside) if _is_birth(event, sign)]
    # The tracer sees births in time, but ends and collections late. So all events of the stretch's
    # children up to the birth of `sign` belong to the stretch.
    inside = inside[: births[0]] if births else inside
    members, others = {_SHELL}, set[str]()
    events = []
    for event in inside:
        what = event.what
        if isinstance(what, Fork):
            is_late = event.proc == _SHELL and event.ts + began > stretch.ended_ns
            is_other = is_late or event.proc not in members or what.child_pid in stretch.tools
            (others if is_other else members).add(what.child)
        if event.proc in members and getattr(what, "child", "") not in others:
            events.append(event)
    return CommandRecord(tuple(events), recording.events[0], is_whole)


def _read_until_birth(path: str, stretch: Stretch, sign: int) -> tuple[Recording, bool]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    watch = inotify_init1()
    try:
        # If the file grows before a wait begins, the wait ends at once.
        inotify_add_watch(watch, path, IN_MODIFY)
        while True:
            with open(path, "rb") as file:
                # Skip from the first two lines to the stretch: a session may be long.
                head = (file.readline(), file.readline())
                file.seek(max(stretch.offset, file.tell()) - 1)
                # A line that was incomplete at that time belongs to the previous command.
                file.readline()
                lines = (line.decode("utf-8", "surrogateescape") for line in (*head, *file))
                recording = read_recording(lines)
            if any(_is_birth(event, sign) for event in recording.events):
                return recording, True
            # Without a tracer the record does not grow any more.
            is_traced = recording.events and tracer_pid(recording.events[0].pid) != 0
            if not is_traced or not readable((watch,), deadline - time.monotonic()):
                return recording, False
            read(watch, 65536)
    except RecordingProblem as problem:
        raise SimpshError(f"{path}: {problem}") from problem
    except OSError as error:
        raise SimpshError(f"{path}: {error.strerror}") from error
    finally:
        close(watch)


def _is_birth(event: Event, pid: int) -> bool:
    return isinstance(event.what, Fork) and event.what.child_pid == pid


def renamed(record: CommandRecord) -> tuple[Event, ...]:
    """Return the events of a command with names and times that begin with it.

    The shell is P0, its children are P1, P2 … in order of birth within these events.
    """
    if not record.events:
        return ()
    names = {_SHELL: _SHELL}
    for event in record.events:
        for name in (event.proc, (event.what.child if isinstance(event.what, Fork) else "")):
            if name and name not in names:
                names[name] = f"P{len(names)}"
    first = record.events[0].ts
    began, own = record.shell, record.shell.what
    if isinstance(own, Start):
        own = changed(own, argv=(THIS_SHELL,), is_this_shell=True)
    result = [changed(began, what=own, ts=0, seq=1)]
    for number, event in enumerate(record.events, 2):
        what = event.what.renamed(lambda name: names.get(name, ""))
        name = names.get(event.proc, "")
        result.append(Event(event.pid, what, event.ts - first, number, name, at=event.at))
    return tuple(result)
