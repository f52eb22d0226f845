"""Rest is proved: every process sleeps in a call that nobody of the family is going to end."""

from __future__ import annotations

import os
import time

import pytest

from simpsh.course import Kill, Run, Shell, Type, insert, processes
from simpsh.course.performing import perform, perform_line
from simpsh.events import Exit, Rest
from tests.course import demonstrations as demo
from tests.trace.runs import burning

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "0"))
"""How often the stress tests repeat; 0 for a small number."""

sleep, cat = processes("sleep", "cat")
NULL_ON_BOTH = insert(
    'null = os.open("/dev/null", os.O_RDWR)\nos.dup2(null, 1)\nos.dup2(null, 2)',
    above="signal.pause()",
)


def run(code, wrong=None, **fields):
    step = Run(code, id="x", **fields)
    return perform(step, wrong) if wrong else perform(step)


def waiting(seen):
    """What each waits for at the first rest, in words."""
    return dict(next(event.what for event in seen.events if isinstance(event.what, Rest)).waiting)


def test_a_reader_that_hangs_is_found_and_so_is_who_keeps_the_pipe_open():
    seen = run(demo.capture, also=[demo.start_server], main="caller", leaves=[demo.server])
    assert seen.hangs
    assert waiting(seen) == {
        "caller": "reads pipe A, which is empty and which server can still write to",
        "server": "waits for a signal",
    }
    assert seen.left == {"caller": "S", "program": "Z", "server": "S"}
    assert seen.problem == ""


def test_with_the_fix_the_reader_returns_and_the_server_is_left():
    seen = run(demo.capture, NULL_ON_BOTH, also=[demo.start_server], main="caller")
    assert not seen.hangs
    assert seen.left == {"server": "S"}
    assert "rest" in seen.moments


def test_a_short_sleep_is_no_rest():
    seen = run(demo.sleeps_a_little)
    assert (seen.output, seen.hangs) == ("it ended\n", False)
    assert not [event for event in seen.events if isinstance(event.what, Rest)]


def test_a_sleep_that_outlasts_the_run_is_rest_at_once():
    began = time.monotonic()
    seen = run(demo.sleeps_long)
    assert time.monotonic() - began < 5
    assert waiting(seen)["child"] == "sleeps for longer than anybody looks"
    assert seen.moments["rest"].looks["child"].call == "clock_nanosleep"
    assert seen.problem == ""


def test_a_lock_that_nobody_gives_up_is_rest():
    seen = run(demo.waits_for_a_lock)
    assert waiting(seen)["parent"] == "waits for child to end"
    assert waiting(seen)["child"].startswith("waits for a lock on /")
    assert seen.moments["rest"].looks["child"].call == "flock"


def test_a_fifo_that_nobody_opens_is_rest():
    seen = run(demo.opens_a_fifo)
    assert waiting(seen) == {"parent": "waits in open for another process at the FIFO's other end"}


def test_a_shell_that_captures_the_output_of_what_it_leaves_behind_hangs():
    seen = perform_line("x=$(sleep 1000 & echo started); echo $x")
    assert (seen.hangs, seen.output) == (True, "")
    looks = seen.moments["rest"].looks
    assert looks["sleep"].descriptors[1].pipe == "A"
    assert looks["shell"].call == "read"
    cured = perform_line("x=$(sleep 1000 >/dev/null & echo started); echo $x")
    assert (cured.hangs, cured.output, cured.left) == (False, "started\n", {"sleep": "S"})


def test_a_shell_at_its_prompt_does_not_hang_and_its_jobs_can_be_followed():
    seen = run(
        Shell("sleep 1000 & cat", is_interactive=True),
        main="shell",
        terminal=True,
        at_rest=[Type("^Z"), Type("fg\n"), Type("^C"), Kill(sleep), Type("\n"), Type("exit 3\n")],
    )
    assert list(seen.moments) == ["rest", *(f"rest {number}" for number in range(2, 7)), "end"]
    assert "[1]+  Terminated (SIGTERM) sleep 1000" in seen.output
    assert seen.moments["rest"].foreground == seen.moments["rest"].looks["cat"].group
    assert seen.moments["rest 2"].looks["cat"].state == "T"
    assert seen.moments["rest 2"].foreground == seen.moments["rest 2"].looks["shell"].group
    assert seen.moments["rest 3"].looks["cat"].state == "S"
    assert "cat" not in seen.moments["rest 4"].looks
    ends = {event.proc: event.what.status for event in seen.events if isinstance(event.what, Exit)}
    assert ends == {"cat": 2, "sleep": 15, "shell": 0x0300}
    assert seen.left == {}


def test_a_prompt_is_no_hang():
    seen = run(Shell("true", is_interactive=True), main="shell", terminal=True)
    assert not seen.hangs
    assert seen.left == {"shell": "S"}


def test_who_never_rests_and_never_ends_is_ended_after_the_deadline():
    from simpsh.course.listing import listing
    from simpsh.course.performing import body_of
    from simpsh.course.staging import Staging
    from simpsh.course.supervising import observe

    step = Run(demo.never_ends, id="x")
    seen = observe(body_of(step, listing(step)), Staging(deadline_seconds=0.3))
    assert seen.problem == "it was ended after 0.3 seconds"
    assert seen.left == {"parent": "R"}
    assert not seen.hangs


@pytest.mark.slow
def test_hanging_returning_and_copying_are_told_right_on_a_busy_machine():
    """No run is taken for another one, however the processors are shared."""
    with burning(2):
        for _ in range(ROUNDS or 3):
            hanging = run(demo.capture, also=[demo.start_server], main="caller")
            assert (hanging.hangs, hanging.problem) == (True, "")
            assert {name: one.state for name, one in hanging.moments["rest"].looks.items()} == {
                "caller": "S",
                "program": "Z",
                "server": "S",
            }
            returning = run(demo.capture, NULL_ON_BOTH, also=[demo.start_server], main="caller")
            assert (returning.hangs, returning.problem) == (False, "")
            ended = run(
                demo.capture, also=[demo.start_server], main="caller", at_rest=[Kill(demo.server)]
            )
            assert (ended.left, ended.problem) == ({}, "")
            memory = run(demo.same_address)
            first, second = memory.moments["①"].looks, memory.moments["②"].looks
            assert all(look.pages["page"].shared for look in first.values())
            assert not second["child"].pages["page"].shared
            assert second["parent"].values["page"] == "draft"
            assert second["child"].values["page"] == "FINAL"
            assert memory.problem == ""
