"""The record of a shell has every event up to its end, whenever the tracer is asked to end."""

from __future__ import annotations

import os
from contextlib import suppress

from simpsh.base.events import Exec
from simpsh.base.signal_names import SIGTERM
from simpsh.grade.shells.shell_tracer import ShellTracer
from simpsh.kernel import signals
from simpsh.process.own_terminal import OwnTerminal
from simpsh.trace.recording.recording_file import RecordingWriter
from simpsh.trace.tracer.traced_command import TracedCommand

LINE = "/bin/true; /bin/true; exec sleep 1000"


def test_a_request_to_end_that_comes_while_events_are_written_loses_none(tmp_path, monkeypatch):
    is_writing, goes_on = os.pipe(), os.pipe()
    write = RecordingWriter.write

    def held(writer, text):
        if '"sleep"' in text:
            os.write(is_writing[1], b"w")
            # A signal's handler runs here.
            os.read(goes_on[0], 1)
        write(writer, text)

    monkeypatch.setattr(RecordingWriter, "write", held)
    terminal = OwnTerminal(80)
    command = TracedCommand(("/bin/sh", "-c", LINE), dict(os.environ), str(tmp_path))
    tracer = ShellTracer(command, terminal)
    try:
        tracer.start()
        os.read(is_writing[0], 1)
        signals.kill(tracer._pid, SIGTERM)
        os.write(goes_on[1], b"g" * 100)
        events = tracer.end().events
    finally:
        with suppress(OSError):
            tracer.end()
        terminal.close()
        for end in (*is_writing, *goes_on):
            os.close(end)
    assert [event.seq for event in events] == [*range(1, len(events) + 1)]
    executed = [event.what.argv[0] for event in events if isinstance(event.what, Exec)]
    assert executed == ["/bin/sh", "/bin/true", "/bin/true", "sleep"]


def test_the_tracer_of_a_shell_that_makes_calls_without_end_ends_when_it_is_asked(tmp_path):
    terminal = OwnTerminal(80)
    command = TracedCommand(("/bin/sh", "-c", "while :; do :>f; done"), {}, str(tmp_path))
    tracer = ShellTracer(command, terminal)
    try:
        tracer.start()
        while not (tmp_path / "f").exists():
            os.sched_yield()
        events = tracer.end().events
    finally:
        terminal.close()
    assert [event.seq for event in events] == [*range(1, len(events) + 1)]
