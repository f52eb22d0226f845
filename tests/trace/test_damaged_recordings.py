"""Damaged recordings: every reader prints a one-line error or draws the readable events.

Each field of every kind of event, of the header and of the remarks is replaced by a wrong value,
one at a time.
"""

import io
import json
import random
import xml.etree.ElementTree as ElementTree

import pytest

from simpsh.base import events, waits
from simpsh.base.events import NAMES, CallSite, Event
from simpsh.base.outside_json import MOST_LEVELS
from simpsh.base.targets import File, Member, Outsider, PipeEnd
from simpsh.base.waits import Edge, Wait as Waiting
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.recording_file import Recording, RecordingProblem
from simpsh.view import run_formats
from tests.harness.recorded import ROUNDS
from tests.harness.sh import run_simpsh

EVIL = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\udc9b\u202e\x00\n"
DEEP = json.loads("[" * (MOST_LEVELS - 3) + "]" * (MOST_LEVELS - 3))
DRAWN = 200
WRONG = (
    *(None, True, -1, 0, 1 << 31, (1 << 63) - 1, -(1 << 63), 1 << 64, 10**4000, 1e300, -0.5),
    *("", "P0", "P9", EVIL, "x" * 5000, "7 r"),
    *([], [1], ["x"], [[1, "7 r"]], [[EVIL, EVIL]], [[1, EVIL], [1 << 40, EVIL]], DEEP),
    *({}, {"x": EVIL}, {"file": EVIL, "line": 1 << 62, "function": EVIL}),
)
MISSING = object()

SMALL_RUN = (
    events.Start(1, ("sh", "-c", "x")),
    events.Pipe(3, 4, "7", "A"),
    events.Fork(
        101, "P1", "fork", pipes=((3, PipeEnd("7", "r")), (4, PipeEnd("7", "w"))), files=()
    ),
    events.Wait(-1, ("WUNTRACED",), "wait4", ((3, PipeEnd("7", "r")),)),
    events.Exec(
        ("cat", "x"), "/bin/cat", ((0, PipeEnd("7", "r")),), ((1, File("/dev/null", "device")),)
    ),
    events.Write(4, 1, "7", "x"),
    events.Close(4),
    events.Read(0, 1, "7", 0, "x"),
    events.SignalSend(101, 15),
    events.SignalDeliver(15, 100, 0),
    events.Stop(20),
    events.Continue(),
    events.Rest(
        (
            ("P0", Waiting(waits.CHILD, edges=(Edge(Member("P1"), "must end"),))),
            (
                "P1",
                Waiting(
                    waits.EMPTY_PIPE,
                    PipeEnd("7", "r"),
                    (Edge(Member("P0")), Edge(Outsider("sh", 9))),
                ),
            ),
        )
    ),
    events.Rest((("P0", Waiting(waits.TIMER)),), wakes=(("P0", 0.3),)),
    events.Chdir("/usr"),
    events.ThreadExit(),
    events.Unfinished("read", 0, "7"),
    events.Exit(15, ((4, PipeEnd("7", "w")),), ()),
    events.WaitReturn(101, "P1", 15),
    events.Reap(101, "P1", Member("P0")),
    events.Reparent(1, 2, Outsider("init", 1)),
    events.Call("wait4", (1, "wörd\udcff\n"), None, 4),
    events.ExecError("/bin/no", 2),
    events.SetPgid(0, 101),
    events.SetSid(),
    events.TcSetPgrp(5),
    events.Dup(3, 4),
    events.Open("/x", 5, 0, 2),
    events.Line(4),
    events.Assign("x", 1),
    events.Exit(0),
)
OF_CHILD = (events.Exec, events.Read, events.SignalDeliver, events.Stop, events.Continue)


def small_recording():
    """Return a recording that contains every kind of event."""
    header = recording_file.new_header(("sh", "-c", "x"), level="io", has_end=True)
    recorded = []
    for seq, what in enumerate(SMALL_RUN, start=1):
        is_childs = isinstance(what, OF_CHILD) or getattr(what, "pipes", None) == (
            (4, PipeEnd("7", "w")),
        )
        at = CallSite("/x.c", seq, "main") if seq % 3 == 0 else None
        pid, name = (101, "P1") if is_childs else (100, "P0")
        recorded.append(Event(pid, what, seq * 1000, seq, name, pid, at))
    return Recording(header, tuple(recorded), False, ("a remark",), {"/x.c": "int main(){}\n"})


def small_lines():
    """Return the lines of small_recording() as JSON objects."""
    return [json.loads(line) for line in recording_file.lines_of(small_recording())]


def mutations():
    """Yield recordings with one changed field each: a description of the change, and the text."""
    whole = small_lines()
    texts = [json.dumps(one) for one in whole]
    for place, one in enumerate(whole):
        for name in one:
            for value in (*WRONG, MISSING):
                changed = {key: value if key == name else old for key, old in one.items()}
                if value is MISSING:
                    del changed[name]
                lines = [*texts[:place], json.dumps(changed), *texts[place + 1 :]]
                yield f"line {place + 1}, {name}: {value!r:.40}", "\n".join(lines) + "\n"


def drawn(text):
    """Return the output of each reader by form, or the complaint alone if the recording is
    rejected."""
    try:
        found = recording_file.read(io.StringIO(text))
    except RecordingProblem as problem:
        return {"complaint": str(problem)}
    chronicle = chronicle_of(found.events, found.header.level, sources=found.sources)
    title, remarks = found.header.command, found.notes
    shown = {
        form: "".join(
            run_formats.render(chronicle, form, title=title, remarks=remarks, with_details=True)
        )
        for form in run_formats.NAMES
    }
    shown["jsonl"] = "".join(recording_file.lines_of(found))
    return shown


def obeyed(text):
    """Return the control characters of a text."""
    return {char for char in text if not char.isprintable()} - {"\n"}


def test_a_recording_of_every_kind_of_event_is_read_back_unchanged():
    made = small_recording()
    text = "".join(recording_file.lines_of(made))
    assert {type(event.what) for event in made.events} == set(NAMES.values())
    assert recording_file.read(io.StringIO(text)) == made
    assert made.header.start_monotonic_ns > 0
    assert "P1 is killed by SIGTERM" in drawn(text)["text"]


@pytest.mark.timeout(280)
def test_one_wrong_field_breaks_no_reader_and_reaches_no_terminal():
    count = refused = 0
    every = [*mutations()]
    # All of them take a minute: unless SIMPSH_ROUNDS is set, some are tried.
    some = every if ROUNDS else random.Random(0).sample(every, DRAWN)
    for what, text in some:
        shown = drawn_without_breaking(what, text)
        count += 1
        refused += "complaint" in shown
        for form in ("complaint", "text", "plain", "svg"):
            assert obeyed(shown.get(form, "")) == set(), (what, form)
        if "svg" in shown:
            ElementTree.fromstring(shown["svg"])
    assert count == len(some) >= DRAWN
    assert refused > DRAWN // 20


def drawn_without_breaking(what, text):
    try:
        return drawn(text)
    except Exception as error:
        raise AssertionError(f"{what}: a reader broke") from error


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * 200_000, "nested too deeply"),
        ('{"event":' + '{"x":' * 150 + "1" + "}" * 151, "nested too deeply"),
        ('{"event":"stop","pid":' + "9" * 5000 + "}", "Exceeds the limit (4300 digits)"),
        ('{"event":"stop","pid":1e999,"signal":1}', "of another type"),
        ("{" + " " * 5000, "Expecting property name"),
        ("null", "not a JSON object"),
        ("\x00\x1b[2J", "Expecting value"),
    ],
)
def test_a_damaged_line_is_one_line_of_complaint_from_every_reader(line, reason, tmp_path):
    path = tmp_path / "run.jsonl"
    whole = [json.dumps(one) for one in small_lines()]
    path.write_text("\n".join([*whole[:4], line, *whole[4:]]) + "\n")
    for words in ([], ["--plain"], ["-o", str(tmp_path / "x.svg")]):
        done = run_simpsh("trace", "show", str(path), *words)
        assert done.returncode == 1
        complaint = done.stderr.splitlines()
        assert complaint == [complaint[0]]
        assert complaint[0].startswith(f"simpsh: {path}: line 5 of the recording is no event")
        assert reason in complaint[0]
        assert len(complaint[0]) < 300
    assert not (tmp_path / "x.svg").exists()
