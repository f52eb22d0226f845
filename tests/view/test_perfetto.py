"""The Chrome trace-event export, checked by structure: nesting, and flows that bind."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from simpsh.base.events import Exec, Reparent, SignalDeliver, SignalSend, Stop
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.view.perfetto_export import perfetto_of
from tests.view.made_runs import ROOT, Story, crowd, hang, long_run, pipeline


def signals():
    story = Story()
    story.fork(ROOT, 101)
    story.tell(101, Exec(("sleep", "9"), "/bin/sleep"))
    story.tell(ROOT, SignalSend(101, 19))
    story.tell(101, SignalDeliver(19, ROOT))
    story.tell(101, Stop(19))
    story.fork(101, 102)
    story.tell(ROOT, SignalSend(101, 9))
    story.end(101, 9)
    story.tell(102, Reparent(101, 1, "init"))
    return story.finish()


RUNS = {
    "a pipeline": pipeline,
    "a crowd": lambda: crowd(60),
    "a hang": hang,
    "signals": signals,
    "a loop": lambda: chronicle_of(long_run(500), "calls"),
    "nothing": lambda: chronicle_of(()),
}


@pytest.mark.parametrize("name", RUNS)
def test_slices_nest_and_every_flow_binds_to_a_slice_at_both_ends(name):
    exported = json.loads("".join(perfetto_of(RUNS[name](), "story")))
    slices, flows = defaultdict(list), defaultdict(list)
    for event in exported["traceEvents"]:
        assert event["ph"] in "MXsfi"
        assert isinstance(event["pid"], int)
        if event["ph"] == "X":
            assert event["dur"] > 0
            slices[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
        elif event["ph"] in "sf":
            flows[event["id"]].append(event)
    for track in slices.values():
        _check_nesting(track)
    for ends in flows.values():
        assert [end["ph"] for end in ends] == ["s", "f"]
        assert ends[0]["ts"] <= ends[1]["ts"]
        assert ends[1]["bp"] == "e"
        for end in ends:
            track = slices[end["pid"], end["tid"]]
            assert any(begin <= end["ts"] <= until for begin, until in track), end


def _check_nesting(track):
    open_ends = []
    for begin, end in sorted(track, key=lambda one: (one[0], -one[1])):
        while open_ends and open_ends[-1] <= begin + 1e-6:
            open_ends.pop()
        assert not open_ends or end <= open_ends[-1] + 1e-6
        open_ends.append(end)


def test_a_track_shows_programs_states_and_the_zombie_in_real_time():
    exported = json.loads("".join(perfetto_of(pipeline())))
    track = [one for one in exported["traceEvents"] if one["ph"] == "X" and one["pid"] == 2]
    assert [(one["name"], one["ts"], round(one["ts"] + one["dur"])) for one in track] == [
        ("sh (a copy)", 3000.0, 6000),
        ("ls", 6000.0, 8000),
        ("zombie", 8000.0, 10000),
    ]
    names = [
        one["args"]["name"] for one in exported["traceEvents"] if one["name"] == "process_name"
    ]
    assert names == ["P0 sh", "P1 ls", "P2 wc"]


def test_forks_statuses_and_signals_are_flows():
    exported = json.loads("".join(perfetto_of(signals())))
    begun = [one["name"] for one in exported["traceEvents"] if one["ph"] == "s"]
    assert sorted(begun) == ["fork", "fork", "signal", "status"]
