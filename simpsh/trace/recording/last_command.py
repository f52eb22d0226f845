"""The record of the last command at the prompt, for `timeline`.

The best one is the kernel's: the record of the session (`--truth`), or the recording that the
command itself made (`trace COMMAND`). Otherwise it is the shell's own record.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

from simpsh.base.events import Event, Fork, Start
from simpsh.base.own_program import THIS_SHELL
from simpsh.base.record import Record, changed
from simpsh.base.wait_status import WAITS
from simpsh.kernel.call_observer import observing
from simpsh.kernel.descriptors import close, dup_above, memfd_create

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.trace.recording.child_pages import PlainCall


MOST_CALLS = 20_000
"""The number of calls that are kept, the first ones of a command."""


class Stretch(Record):
    """A part of a session: its start in the session's record, and its times."""

    offset: int
    """The size of the record at the start, in bytes."""
    began_ns: int
    """By CLOCK_MONOTONIC."""
    ended_ns: int
    sign: int = 0
    """The child that the shell made right after the stretch; 0 for none."""
    tools: tuple[int, ...] = ()
    """Children of the shell that do not belong to the stretch: tools of simpsh, such as
    `timeline`."""


class WatchedCommand(Record):
    """One command line, and its record."""

    text: str
    was_watched: bool
    calls: tuple[PlainCall, ...]
    """The calls of the shell, and of its children up to exec."""
    stretch: Stretch | None = None
    """Its part of the session's record; None if the session has none."""
    has_recording: bool = False
    """Whether the command made a recording; see LastCommandLog.recording_before."""

    @property
    def is_cut(self) -> bool:
        """Whether there were more calls than are kept."""
        from simpsh.trace.recording.child_pages import CUT

        is_full = len(self.calls) >= MOST_CALLS
        return is_full or any(call[2] == CUT for call in self._plain_calls())

    def _plain_calls(self) -> list[PlainCall]:
        """Return the calls in their order in time, with those of the children's pages."""
        from simpsh.trace.recording.child_pages import PAGE, calls_in

        calls: list[PlainCall] = []
        for call in self.calls:
            # The page of a child was read when it ended.
            calls += calls_in(*call[3])[0] if call[2] == PAGE else [call]  # type: ignore[arg-type]
        return sorted(calls, key=lambda call: call[1])

    def events(self) -> tuple[Event, ...]:
        """Return the events of the calls, with names and times that begin with this line."""
        from simpsh.trace.recording.shell_recorder import EVENTFUL, CallEvents

        events: list[Event] = []
        maker = CallEvents(events.append)
        for call in self._plain_calls():
            if call[2] in EVENTFUL:
                maker.record_call(*call)
        return renamed(events)


class LastCommandLog:
    """Keeps the record of the present command line, and of the last one that made a call."""

    def __init__(self, session_record: str = "") -> None:
        self.session_record = session_record
        """The file of the kernel's own record of this session; empty for none."""
        self.before: WatchedCommand | None = None
        """The last command line that has something to draw; None if there was none."""
        self.lesson = ""
        """The lesson that a message about the present line named; F1 opens it."""
        self.is_passed_over = True
        """Whether the present line only shows the previous one; also True before the first line."""
        self._text = ""
        self._was_watched = False
        self._calls: list[PlainCall] = []
        self._offset = self._began_ns = self._ended_ns = 0
        self._pid = os.getpid()
        self._recording = self._recording_before = -1

    def begin(self, text: str, *, is_watched: bool) -> None:
        """Begin a command line; all calls until now belong to the previous line.

        A line with nothing to show, such as `status`, does not become the previous line.
        """
        self.end()
        if (present := self.present) is not None:
            if present.has_recording:
                if self._recording_before >= 0:
                    os.close(self._recording_before)
                self._recording_before, self._recording = self._recording, -1
            self.before = present
        self._text, self._was_watched, self._calls = text.rstrip("\n"), is_watched, []
        self.is_passed_over, self.lesson = False, ""
        self._began_ns, self._ended_ns = time.monotonic_ns(), 0
        if self.session_record:
            with suppress(FileNotFoundError):
                self._offset = os.stat(self.session_record).st_size

    @property
    def present(self) -> WatchedCommand | None:
        """The record of the present line; None if there is nothing to show."""
        from simpsh.trace.recording.shell_recorder import EVENTFUL

        has_events = any(call[2] in EVENTFUL for call in self._finished_calls())
        is_empty = self._was_watched and not (has_events or self.stretch or self._recording >= 0)
        return None if self.is_passed_over or is_empty else self._command()

    def _finished_calls(self) -> list[PlainCall]:
        """Return the calls but waits without a result."""
        nothing = None, (None, 0)
        return [call for call in self._calls if call[2] not in WAITS or call[4] not in nothing]

    def _command(self) -> WatchedCommand:
        has_recording = self._recording >= 0 and os.fstat(self._recording).st_size > 0
        calls = tuple(self._calls)
        return WatchedCommand(self._text, self._was_watched, calls, self.stretch, has_recording)

    def end(self) -> None:
        """Note that the present line has ended; later calls do not belong to it."""
        if not self._ended_ns:
            self._ended_ns = time.monotonic_ns()

    def pass_over(self, before: WatchedCommand | None = None) -> None:
        """Keep the previous line as the last command: the present line only shows it.

        In a notebook, `before` is a whole cell.
        """
        self.is_passed_over = True
        self.before = before or self.before

    @property
    def stretch(self) -> Stretch | None:
        """The part of the session's record for the present line; None without a record."""
        if not self.session_record:
            return None
        return Stretch(self._offset, self._began_ns, self._ended_ns)

    @property
    def recording(self) -> str:
        """The path for a recording of the present line; empty if none can be kept.

        The file is in memory, so no file is left over; every process of this user can open the
        path.
        """
        if os.getpid() != self._pid:
            # This is a forked copy of the shell, and the shell does not have its descriptors.
            return ""
        if self._recording < 0:
            with observing(None):
                made = memfd_create("recording")
                try:
                    self._recording = dup_above(made)
                finally:
                    close(made)
        return f"/proc/{self._pid}/fd/{self._recording}"

    @property
    def recording_before(self) -> str:
        """The path of the recording that the previous line made."""
        return f"/proc/{self._pid}/fd/{self._recording_before}"

    def keep(self, call: PlainCall) -> None:
        """Keep a call, if there is room."""
        if len(self._calls) < MOST_CALLS:
            self._calls.append(call)


def renamed(events: Sequence[Event], shell: Event | None = None) -> tuple[Event, ...]:
    """Return the events of one command with names and times that begin with it.

    The shell is P0, its children are P1, P2 … in order of birth within these events. `shell` is the
    shell's event at the start of the recording; None for this process.
    """
    if not events:
        return ()
    names = {"P0": "P0"}
    for event in events:
        for name in (event.proc, (event.what.child if isinstance(event.what, Fork) else "")):
            if name and name not in names:
                names[name] = f"P{len(names)}"
    first = events[0].ts
    if shell is None or not isinstance(shell.what, Start):
        own = Start(os.getppid(), (THIS_SHELL,), is_this_shell=True)
        began = Event(os.getpid(), own, 0, 1, "P0")
    else:
        own = changed(shell.what, argv=(THIS_SHELL,), is_this_shell=True)
        began = changed(shell, what=own, ts=0, seq=1)
    result = [began]
    for number, event in enumerate(events, 2):
        what = event.what.renamed(lambda name: names.get(name, ""))
        name = names.get(event.proc, "")
        result.append(Event(event.pid, what, event.ts - first, number, name, at=event.at))
    return tuple(result)
