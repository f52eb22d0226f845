"""The part of a session's record that one command made, and whether it is complete."""

import os

import pytest

from simpsh.base import events
from simpsh.base.errors import SimpshError
from simpsh.base.events import Event
from simpsh.trace.recording import recording_file, session_record
from simpsh.trace.recording.last_command import Stretch
from simpsh.trace.recording.recording_file import Recording

SIGN = 4_000_001


def written(path, *children):
    """Write a record in which the shell, this process, forks children, one second after another."""
    header = recording_file.new_header("ptrace", ("sh",), level="io", has_end=True)
    facts = [events.Start(1, ("sh",)), *(events.Fork(n, f"P{n}") for n in children)]
    recorded = [
        Event(os.getpid(), what, seq * 10**9, seq, "P0", os.getpid(), "ptrace")
        for seq, what in enumerate(facts, start=1)
    ]
    path.write_text("".join(recording_file.lines_of(Recording(header, tuple(recorded), False))))
    return str(path)


def stretch():
    return Stretch(began_ns=0, ended_ns=1 << 62, offset=0, tools=(), sign=SIGN)


def test_a_record_is_whole_once_it_has_the_later_birth(tmp_path):
    found = session_record.command_record(written(tmp_path / "record", 7, SIGN), stretch())
    assert found.is_whole
    assert [type(event.what) for event in found.events] == [events.Start, events.Fork]


def test_a_record_without_a_tracer_is_not_awaited_and_not_whole(tmp_path):
    found = session_record.command_record(written(tmp_path / "record", 7), stretch())
    assert not found.is_whole
    assert len(found.events) == 2
    (tmp_path / "record").write_text("")
    with pytest.raises(SimpshError):
        session_record.command_record(str(tmp_path / "record"), stretch())
