"""Recordings: written, read back, versioned, kept when they come from the future, merged."""

from __future__ import annotations

import io
import json
import os

import pytest

from simpsh import events
from simpsh.events import (
    NAMES,
    Event,
    Exec,
    Exit,
    Fork,
    Reap,
    SignalDeliver,
    SignalSend,
    Start,
    TcSetPgrp,
    Unknown,
    Wait,
    WaitReturn,
)
from simpsh.trace import recording
from simpsh.trace.merging import merge
from simpsh.trace.recording import Header, Recording, RecordingProblem

SAMPLES = {
    "int": 3,
    "str": "wörd\udcff\n",
    "bool": True,
    "float": 0.25,
    "int | None": None,
    "object": ["x", 1],
    "tuple[int, ...]": (1, 2),
    "tuple[str, ...]": ("a", "b c"),
    "tuple[object, ...]": (1, "a", None),
    "tuple[tuple[int, str], ...]": ((1, "7 r"),),
    "tuple[tuple[str, str], ...]": (("P0", "waits"),),
    "tuple[tuple[int, str, bool], ...]": ((0, "/dev/null", False),),
}


def read_back(text):
    return recording.read(io.StringIO(text))


def written(*lines):
    file = io.StringIO()
    recording.write_header(file, "ptrace", "ls -l", level="calls", argv0="ls")
    file.writelines(lines)
    return file.getvalue()


@pytest.mark.parametrize("word", NAMES)
def test_every_event_comes_back_as_it_was_written(word):
    kind = NAMES[word]
    values = {name: SAMPLES[kind.__annotations__[name]] for name in kind._fields}
    if kind is events.Call:
        values["result"] = "x"
    if kind is events.Assign:
        values["value"] = "x"
    event = Event(7, kind(**values), 5, 1, "P2", 8, "strace", (3, 4))
    found = read_back(written(recording.line_of(event)))
    assert found.events == (event,)
    assert not found.is_cut_short


def test_the_header_comes_back():
    found = read_back(written()).header
    assert (found.source, found.level, found.command, found.argv0) == (
        "ptrace",
        "calls",
        "ls -l",
        "ls",
    )
    assert found.schema == "simpsh.trace/1"
    assert dict(found.host)["arch"] == os.uname().machine
    assert found.start_unix_ns > 0
    assert found.start_monotonic_ns > 0


def test_an_unknown_event_is_kept_and_written_again_as_it_was():
    line = '{"seq":1,"ts":2,"event":"teleport","pid":5,"source":"ptrace","to":[1,{"deep":null}]}\n'
    [event] = read_back(written(line)).events
    assert event.what == Unknown("teleport", (("to", [1, {"deep": None}]),))
    assert json.loads(recording.line_of(event)) == json.loads(line)


def test_an_unknown_field_is_passed_over():
    line = '{"event":"stop","pid":5,"signal":19,"mood":"blue","seq":1,"ts":0,"source":"ptrace"}\n'
    assert read_back(written(line)).events == (
        Event(5, events.Stop(19), 0, 1, "", 0, "ptrace", ()),
    )


@pytest.mark.parametrize(
    "fields", ['"signal":"x"', '"signal":true', '"signal":[1]', '"signal":null', '"other":1']
)
def test_a_known_event_with_a_field_that_does_not_fit_is_kept_as_unknown(fields):
    [event] = read_back(written(f'{{"event":"stop","pid":5,{fields}}}\n')).events
    assert isinstance(event.what, Unknown)
    assert event.what.name == "stop"


@pytest.mark.parametrize("end", ['{"event":"st', "", "{", '{"event":"stop","pid":5,"signal":1'])
def test_a_recording_cut_short_is_read_up_to_there(end):
    whole = recording.line_of(Event(5, events.Stop(19)))
    found = read_back(written(whole, end))
    assert len(found.events) == 1
    assert found.is_cut_short == (end != "")


def test_a_broken_line_in_the_middle_is_named():
    whole = recording.line_of(Event(5, events.Stop(19)))
    with pytest.raises(RecordingProblem, match="line 3"):
        read_back(written(whole, "nonsense\n", whole))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no recording"),
        ("hello\n", "no recording"),
        ("[1]\n", "no recording"),
        ('{"schema":"simpsh.trace/2"}\n', "simpsh.trace/2; this version reads simpsh.trace/1"),
        ('{"schema":"other/1"}\n', "no recording"),
    ],
)
def test_what_is_no_recording_is_declined(text, complaint):
    with pytest.raises(RecordingProblem, match=complaint):
        read_back(text)


def test_a_file_that_cannot_be_read_is_a_problem_with_its_name(tmp_path):
    with pytest.raises(RecordingProblem, match="nowhere: No such file"):
        recording.read_file(str(tmp_path / "nowhere"))


def test_a_recording_is_readable_by_its_owner_alone(tmp_path):
    path = tmp_path / "r.jsonl"
    path.write_text("")
    path.chmod(0o644)
    recording.create(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o600


def recorded(source, *told, start=1000, level=""):
    header = Header(source=source, level=level, start_monotonic_ns=start)
    numbered = [Event(*one[:2], ts=one[2], seq=n, proc=one[3]) for n, one in enumerate(told, 1)]
    return Recording(header, tuple(numbered))


def test_the_shells_own_calls_are_merged_into_the_kernels_truth():
    kernel = recorded(
        "ptrace",
        (10, Start(1, ("simpsh",)), 0, "P0"),
        (10, Fork(11, "P1"), 100, "P0"),
        (11, Exec(("ls",), "/bin/ls"), 200, "P1"),
        (11, Exit(0), 300, "P1"),
        (10, Reap(11, "P1", "P0"), 900, "P0"),
        level="events",
    )
    shell = recorded(
        "shell",
        (10, Fork(11, "P7"), 60, "P0"),
        (10, TcSetPgrp(11), 80, "P0"),
        (10, Wait(-1), 100, "P0"),
        (11, Exec(("ls",), "/bin/ls"), 130, "P7"),
        (10, WaitReturn(11, "P7", 0), 270, "P0"),
        (10, Reap(11, "P7", "P0"), 280, "P0"),
        start=1050,
    )
    found = merge(kernel, shell)
    assert [(type(e.what).__name__, e.ts, e.proc) for e in found.events] == [
        ("Start", 0, "P0"),
        ("Fork", 100, "P0"),
        ("TcSetPgrp", 130, "P0"),
        ("Wait", 150, "P0"),
        ("Exec", 200, "P1"),
        ("Exit", 300, "P1"),
        ("WaitReturn", 320, "P0"),
        ("Reap", 330, "P0"),
    ]
    assert [event.seq for event in found.events] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found.events[6].what.child == "P1"


def test_merging_puts_no_effect_before_its_cause():
    kernel = recorded(
        "ptrace",
        (10, Start(1, ("simpsh",)), 0, "P0"),
        (10, Fork(11, "P1"), 10, "P0"),
        (11, SignalDeliver(15, 10, 0), 50, "P1"),
        (11, Exit(15), 100, "P1"),
        level="events",
    )
    # The shell notes a call once it has returned, or with a clock that reads a little less.
    shell = recorded(
        "shell", (10, SignalSend(11, 15), 60, "P0"), (10, WaitReturn(11, "P1", 15), 99, "P0")
    )
    kinds = [type(event.what).__name__ for event in merge(kernel, shell).events]
    assert kinds == ["Start", "Fork", "SignalSend", "SignalDeliver", "Exit", "WaitReturn"]


def test_only_recordings_of_one_boot_with_the_kernels_truth_are_merged():
    shell = recorded("shell")
    with pytest.raises(RecordingProblem, match="not the kernel's truth"):
        merge(shell, shell)
    with pytest.raises(RecordingProblem, match="start_monotonic_ns"):
        merge(recorded("ptrace", start=0), shell)
