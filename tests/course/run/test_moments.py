"""At a mark a process is held until nobody else moves; then all are looked at, and it goes on."""

from __future__ import annotations

import os

import pytest

from simpsh.base.events import Continue, Exit, Rest, SignalSend, Stop, TcSetPgrp
from simpsh.course import Kill, Resume, Run, Type, replace
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform

MAP_SHARED = replace("MAP_PRIVATE", "MAP_SHARED")


def run(code, wrong=None, **fields):
    step = Run(code, id="x", **fields)
    return perform(step, wrong) if wrong else perform(step)


def states(seen, moment):
    return {name: look.state for name, look in seen.moments[moment].looks.items()}


def test_who_comes_to_a_mark_is_held_before_that_line_and_its_memory_is_seen():
    seen = run(demo.same_address)
    first, second = seen.moments["①"], seen.moments["②"]
    assert states(seen, "①") == {"parent": "S", "child": "held"}
    assert first.looks["parent"].call == "pause"
    assert (first.looks["child"].line, second.looks["child"].line) == (6, 7)
    assert (first.looks["child"].values["page"], second.looks["child"].values["page"]) == (
        "draft",
        "FINAL",
    )
    assert list(seen.moments) == ["①", "②", "rest", "end"]
    # A page is shared until one of both writes.
    pages = {name: look.pages["page"] for name, look in first.looks.items()}
    assert pages["parent"].address == pages["child"].address
    assert pages["parent"].shared
    assert pages["child"].shared
    pages = {name: look.pages["page"] for name, look in second.looks.items()}
    assert pages["parent"].address == pages["child"].address
    assert not pages["child"].shared
    assert second.looks["parent"].values["page"] == "draft"
    # Shared memory shows what another process wrote to one that sleeps.
    parent = run(demo.same_address, wrong=MAP_SHARED).moments["②"].looks["parent"]
    assert parent.values["page"] == "FINAL"
    assert parent.pages["page"].shared


@pytest.mark.skipif(os.getuid() != 0, reason="page numbers are shown to root alone")
def test_a_copy_has_another_page_of_physical_memory():
    seen = run(demo.same_address)
    numbers = {
        moment: {
            name: look.pages["page"].number for name, look in seen.moments[moment].looks.items()
        }
        for moment in ("①", "②")
    }
    assert numbers["①"]["parent"] == numbers["①"]["child"] != 0
    assert numbers["②"]["parent"] != numbers["②"]["child"]
    assert "page numbers" not in seen.lacks


def test_several_processes_meet_at_marks_the_lowest_goes_first():
    seen = run(demo.meets_thrice)
    assert list(seen.moments) == ["①", "②", "③", "③ 2", "③ 3", "end"]
    assert states(seen, "①") == {
        "parent": "held",
        "child": "held",
        "child 2": "held",
        "child 3": "held",
    }
    assert states(seen, "③ 2")["child 2"] == "Z"
    assert seen.problem == ""


def test_a_look_tells_what_proc_tells_and_who_shares_a_description():
    seen = run(demo.shares_an_offset)
    looks = seen.moments["rest"].looks
    parent, child = looks["parent"].descriptors, looks["child"].descriptors
    assert (parent[1].target, parent[1].access) == ("output", "write")
    assert (parent[3].access, parent[3].offset, child[3].offset) == ("both", 4, 4)
    assert parent[4].offset == 0
    assert parent[3].flags & os.O_CLOEXEC
    assert not parent[1].flags & os.O_CLOEXEC
    assert parent[3].description == child[3].description != 0
    assert parent[4].description != parent[3].description
    look = looks["child"]
    assert (look.parent, look.threads, look.argv[0] != "") == ("parent", 1, True)
    assert look.group == looks["parent"].pid
    assert (look.terminal, look.umask) == ("", int(look.status["Umask"], 8))
    assert look.status["State"] == "S (sleeping)"
    assert os.path.basename(look.cwd).startswith("simpsh-lesson-")
    assert look.limits["NOFILE"] > 0


def test_at_rest_the_call_of_each_is_known():
    seen = run(demo.capture, also=[demo.start_server], main="caller")
    looks = seen.moments["rest"].looks
    assert seen.hangs
    assert {name: (look.state, look.call) for name, look in looks.items()} == {
        "caller": ("S", "read"),
        "program": ("Z", ""),
        "server": ("S", "pause"),
    }
    held = looks["server"].descriptors
    assert [(held[fd].pipe, held[fd].access) for fd in (1, 2)] == [("A", "write"), ("A", "write")]
    assert looks["program"].descriptors == {}


def test_what_you_do_at_rest_is_an_event_and_has_its_effects():
    seen = run(demo.capture, also=[demo.start_server], main="caller", at_rest=[Kill(demo.server)])
    assert (seen.hangs, seen.left) == (True, {})
    events = [(event.proc, event.what) for event in seen.events]
    [sent] = [what for who, what in events if who == "you"]
    assert (sent.signal, isinstance(sent, SignalSend)) == (15, True)
    [killed] = [what.status for who, what in events if who == "server" and isinstance(what, Exit)]
    assert killed == 15
    ends = [index for index, (who, what) in enumerate(events) if isinstance(what, Exit)]
    assert seen.chronicle.before(ends[1], ends[2])


def test_a_stopped_process_is_at_rest_until_you_resume_it():
    seen = run(demo.stops, at_rest=[Resume(demo.child)])
    assert states(seen, "rest") == {"parent": "S", "child": "T"}
    kinds = [
        type(event.what) for event in seen.events if isinstance(event.what, Stop | Continue | Exit)
    ]
    assert kinds == [Stop, Continue, Exit, Exit]
    assert seen.left == {}


def test_a_terminal_is_the_demonstration_s_own_and_keys_do_what_they_do():
    seen = run(demo.at_a_terminal, terminal=True, at_rest=[Type("^Z"), Type("hello\n")])
    assert seen.output == "^Zhello\ngot hello\n"
    assert seen.problem == ""
    rest, later = seen.moments["rest"], seen.moments["rest 2"]
    assert rest.foreground == rest.looks["child"].pid == rest.looks["child"].group
    assert later.foreground == later.looks["parent"].group == later.looks["parent"].session
    assert rest.looks["parent"].terminal.startswith("pts/")
    assert [event.what.signal for event in seen.events if isinstance(event.what, Stop)] == [20]
    assert len([event for event in seen.events if isinstance(event.what, TcSetPgrp)]) == 2
    assert [event.what.text for event in seen.events if event.proc == "you"] == ["\x1a", "hello\n"]
    rests = [event.what for event in seen.events if isinstance(event.what, Rest)]
    assert rests[1].waiting[0] == ("parent", "reads the terminal, where nothing comes")
