"""Recordings: written, read back, versioned and merged; the parts of a session."""

import errno
import io
import json
import os
import resource

import pytest

from simpsh.base import events
from simpsh.base.errors import SimpshError
from simpsh.base.events import CallSite, Event, Unknown
from simpsh.base.line_record import Stretch
from simpsh.base.outside_json import record_of
from simpsh.trace.recording import recording_file, session_record
from simpsh.trace.recording.recording_file import Recording, RecordingProblem, RecordingWriter


def read_back(text):
    return recording_file.read(io.StringIO(text))


def written(*lines):
    file = io.StringIO()
    header = recording_file.new_header(("ls", "-l"), level="calls")
    file.write(recording_file.header_line(header))
    file.writelines(lines)
    return file.getvalue()


def test_unknown_events_are_preserved_and_unknown_fields_ignored():
    # An unknown event is preserved and written unchanged.
    line = '{"seq":1,"ts":2,"event":"teleport","pid":5,"to":[1,{"deep":null}]}\n'
    [event] = read_back(written(line)).events
    assert event.what == Unknown("teleport", (("to", [1, {"deep": None}]),))
    assert json.loads(recording_file.line_of(event)) == json.loads(line)
    # An unknown field is ignored.
    line = '{"event":"stop","pid":5,"signal":19,"mood":"blue","seq":1,"ts":0,"source":"ptrace"}\n'
    assert read_back(written(line)).events == (Event(5, events.Stop(19), 0, 1, ""),)


@pytest.mark.parametrize(
    "fields", ['"signal":"x"', '"signal":true', '"signal":[1]', '"signal":null', '"other":1']
)
def test_an_event_with_an_invalid_field_is_preserved_as_unknown(fields):
    [event] = read_back(written(f'{{"event":"stop","pid":5,{fields}}}\n')).events
    assert isinstance(event.what, Unknown)
    assert event.what.name == "stop"
    for ends in ([[3, "7 r", 4]], [[3]], [3]):
        with pytest.raises(TypeError):
            record_of(events.Fork, {"child_pid": 6, "child": "P1", "pipes": ends})


PLACE = CallSite("/home/ann/race.c", 12, "main")
FORK = Event(5, events.Fork(6, "P1"), 0, 1, "P0", 0, PLACE)
END = Event(5, events.Exit(0), 9, 2, "P0", 0, CallSite("/home/ann/race.c", 20))
TEXT = "int main(void)\n{ fork(); \x1b[2J }\n"


@pytest.mark.parametrize(
    "place", ['"race.c:12"', "null", "[]", '{"file":"race.c"}', '{"file":3,"line":1}', '{"line":1}']
)
def test_an_invalid_source_line_is_ignored(place):
    line = f'{{"event":"stop","pid":5,"signal":19,"source":"ptrace","at":{place}}}\n'
    assert read_back(written(line)).events == (Event(5, events.Stop(19), 0, 0, ""),)


def test_the_text_of_a_source_file_is_written_once_before_the_first_event_that_names_it(tmp_path):
    with open(tmp_path / "r.jsonl", "w") as file:
        writer = RecordingWriter(file, {PLACE.file: TEXT, "/home/ann/other.c": ""})
        for event in (FORK, END):
            writer.put(event)
        writer.write_some()
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert lines[0] == {"source_file": "/home/ann/race.c", "text": TEXT}
    assert [line.get("event") for line in lines] == [None, "fork", "exit"]


@pytest.mark.parametrize("end", ['{"event":"st', "", "{", '{"event":"stop","pid":5,"signal":1'])
def test_a_truncated_recording_is_read_up_to_its_end(end):
    whole = recording_file.line_of(Event(5, events.Stop(19)))
    found = read_back(written(whole, end))
    assert len(found.events) == 1
    assert found.is_cut_short == (end != "")


def test_a_recording_that_has_no_room_is_refused_at_its_begin():
    header = recording_file.new_header(("ls",), level="calls")
    with pytest.raises(SimpshError) as refused:
        recording_file.begin(recording_file.create("/dev/full"), header)
    assert str(refused.value) == "/dev/full: No space left on device"


def test_a_recording_that_could_not_be_continued_is_read_up_to_there(tmp_path):
    path, most = tmp_path / "run.jsonl", 2000
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with recording_file.create(str(path)) as file:
        header = recording_file.new_header(("ls",), level="calls", has_end=True)
        file.write(recording_file.header_line(header))
        writer = RecordingWriter(file)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            for number in range(100):
                writer.put(Event(1, events.Stop(19), number, number + 1))
                writer.write_some()
            writer.end()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert writer.problem.errno == errno.EFBIG
    found = recording_file.read_file(str(path))
    assert found.is_cut_short
    assert len(found.events) > 10


def test_an_unreadable_recording_raises_an_error_with_its_line(tmp_path):
    # A broken line in the middle is reported by its number.
    whole = recording_file.line_of(Event(5, events.Stop(19)))
    with pytest.raises(RecordingProblem, match="line 3"):
        read_back(written(whole, "nonsense\n", whole))
    # A file that is not a recording, or of another version, is reported as well.
    for text in ("", "hello\n", "[1]\n", '{"schema":"other/1"}\n'):
        with pytest.raises(RecordingProblem, match="no recording"):
            read_back(text)
    for number in (1, 3):
        with pytest.raises(RecordingProblem, match=rf"simpsh\.trace/{number}, .*again"):
            read_back(f'{{"schema":"simpsh.trace/{number}"}}\n')
    # The error for an unreadable file names the file.
    with pytest.raises(RecordingProblem, match="nowhere: No such file"):
        recording_file.read_file(str(tmp_path / "nowhere"))


# -- the part of a session's record that one command made, and whether it is complete ----------


SIGN = 4_000_001


def write_session(path, *children):
    """Write a record in which the shell, this process, forks children, one second after another."""
    header = recording_file.new_header(("sh",), level="io", has_end=True)
    facts = [events.Start(1, ("sh",)), *(events.Fork(n, f"P{n}") for n in children)]
    recorded = [
        Event(os.getpid(), what, seq * 10**9, seq, "P0", os.getpid())
        for seq, what in enumerate(facts, start=1)
    ]
    path.write_text("".join(recording_file.lines_of(Recording(header, tuple(recorded), False))))
    return str(path)


def stretch():
    return Stretch("", began_ns=0, ended_ns=1 << 62, offset=0, tools=(), sign=SIGN)


def test_a_record_is_whole_once_it_has_the_later_birth(tmp_path):
    found = session_record.command_record(write_session(tmp_path / "record", 7, SIGN), stretch())
    assert found.is_whole
    assert [type(event.what) for event in found.events] == [events.Start, events.Fork]


def test_a_record_without_a_tracer_is_not_awaited_and_not_whole(tmp_path):
    found = session_record.command_record(write_session(tmp_path / "record", 7), stretch())
    assert not found.is_whole
    assert len(found.events) == 2
    (tmp_path / "record").write_text("")
    with pytest.raises(SimpshError):
        session_record.command_record(str(tmp_path / "record"), stretch())
