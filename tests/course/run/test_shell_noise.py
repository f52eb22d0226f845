"""Of a line that a shell runs, what the shell does for itself is left out."""

from __future__ import annotations

import pytest

from simpsh.base.events import (
    Event,
    Exec,
    ExecError,
    Exit,
    Pipe,
    Read,
    Rest,
    SetPgid,
    Stop,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.course.claims.observation import Observation, ProcessLook, SeenDescriptor, SeenMoment
from simpsh.course.lesson.try_step import perform_line
from simpsh.course.run.shell_noise import relettered, without_noise
from simpsh.process.machine_permits import missing


def story(*told):
    """Events of processes, by name."""
    return [Event(1, what, place, place + 1, who) for place, (who, what) in enumerate(told)]


def kept(*told):
    return [(event.proc, event.what) for event in without_noise(story(*told))]


HIT, MISS, LAST = Exec(("ls",), "/b/ls"), ExecError("/a/ls", 2), ExecError("/b/ls", 2)


def test_of_a_search_along_path_the_last_attempt_counts():
    assert kept(("sh", MISS), ("sh", LAST), ("other", MISS), ("sh", HIT)) == [
        ("other", MISS),
        ("sh", HIT),
    ]
    assert kept(("sh", MISS), ("sh", LAST)) == [("sh", LAST)]


def test_a_search_that_a_signal_cut_short_is_left_out():
    killed, stopped = Exit(9), Stop(19)
    assert kept(("sh", MISS), ("sh", killed)) == [("sh", killed)]
    assert kept(("sh", MISS), ("sh", stopped)) == [("sh", stopped)]
    assert kept(("sh", LAST), ("sh", Exit(127 << 8))) == [("sh", LAST), ("sh", Exit(127 << 8))]


def test_what_a_shell_has_for_itself_is_left_out_and_what_a_line_has_is_not():
    own, go, went = Pipe(3, 4, "11", "A"), Write(201, 2, "", "gg"), Read(200, 1, "", 0, "g")
    data, high = Write(1, 3, "11", "gg"), Write(201, 3, "", "gg")
    told = kept(
        ("shell", own),
        ("shell", go),
        ("cat", went),
        ("cat", HIT),
        ("cat", data),
        ("cat", high),
    )
    # `exec 201>file` is the line's own, and cat has it from there.
    assert told == [("shell", own), ("cat", HIT), ("cat", data), ("cat", high)]


def test_a_program_that_writes_the_same_letter_into_its_own_pipe_keeps_it():
    made, said = Pipe(5, 6, "10", "A"), Write(6, 2, "10", "gg")
    assert kept(("py", HIT), ("py", made), ("py", said)) == [
        ("py", HIT),
        ("py", made),
        ("py", said),
    ]


def test_a_look_for_changed_children_that_found_nobody_is_left_out():
    poll = Wait(-1, ("WNOHANG",))
    nobody, somebody = WaitReturn(0), WaitReturn(7, "ls", 0)
    assert kept(("shell", poll), ("shell", nobody)) == []
    assert kept(("shell", poll), ("shell", WaitReturn(-1, errno=10))) == []
    assert len(kept(("shell", poll), ("shell", somebody))) == 2
    assert len(kept(("shell", Wait(-1)), ("shell", WaitReturn(-1, errno=10)))) == 2


def test_a_group_for_a_child_that_is_another_program_already_is_left_out():
    late, early = SetPgid(7, 7, 13), SetPgid(7, 7)
    assert kept(("shell", late), ("shell", early)) == [("shell", early)]
    assert kept(("py", HIT), ("py", late)) == [("py", HIT), ("py", late)]


def test_pipes_are_lettered_anew_wherever_they_are_named():
    table = {3: SeenDescriptor("pipe C", "read", pipe="C"), 4: SeenDescriptor("pipe B", pipe="B")}
    seen = Observation(
        events=tuple(
            story(("shell", Pipe(3, 4, "12", "C")), ("shell", Rest((("shell", "reads pipe C"),))))
        ),
        names=("shell",),
        moments={"rest": SeenMoment(1, {"shell": ProcessLook(1, "S", descriptors=table)})},
    )
    found = relettered(seen)
    assert found.events[0].what.name == "A"
    assert found.events[1].what.waiting == (("shell", "reads pipe A"),)
    looked = found.moments["rest"].looks["shell"].descriptors
    # B is of an earlier line: it comes after those of this one.
    assert [(one.pipe, one.target) for one in looked.values()] == [("A", "pipe A"), ("B", "pipe B")]


@pytest.mark.skipif(bool(missing("ptrace")), reason="no process may be traced here")
def test_a_pipeline_has_one_pipe_and_each_program_is_executed_once():
    seen = perform_line("printf x | cat")
    assert [one.what.name for one in seen.events if isinstance(one.what, Pipe)] == ["A"]
    assert [one.proc for one in seen.events if isinstance(one.what, Exec)].count("cat") == 1
    assert not [one for one in seen.events if isinstance(one.what, ExecError)]
    assert seen.output == "x"
