"""The shell's own work is left out of a line's observation."""

from __future__ import annotations

import pytest

from simpsh.base.events import (
    Event,
    Exec,
    ExecError,
    Exit,
    Pipe,
    Read,
    SetPgid,
    Stop,
    Wait,
    WaitReturn,
    Write,
)
from simpsh.course.run.demonstration_setup import without_noise
from simpsh.course.run.line_orders import perform_line
from simpsh.kernel.descriptors import OWN_LOWEST as OWN


def story(*told):
    """Events of processes, by name."""
    return [Event(1, what, place, place + 1, who) for place, (who, what) in enumerate(told)]


HIT, MISS, LAST = Exec(("ls",), "/b/ls"), ExecError("/a/ls", 2), ExecError("/b/ls", 2)


KILLED, STOPPED, NOT_FOUND = Exit(9), Stop(19), Exit(127 << 8)
OWN_PIPE, GO, WENT = Pipe(3, 4, "11", "A"), Write(OWN, 2, "", "gg"), Read(OWN, 1, "", 0, "g")
DATA, HIGH = Write(1, 3, "11", "gg"), Write(OWN, 3, "", "gg")
POLL, LATE, EARLY = Wait(-1, ("WNOHANG",)), SetPgid(7, 7, 13), SetPgid(7, 7)
NO_CHILD, ENDED = WaitReturn(-1, errno=10), WaitReturn(7, "ls", 0)
STORIES = {
    "of a search along PATH the last attempt counts": (
        (("sh", MISS), ("sh", LAST), ("other", MISS), ("sh", HIT)),
        (("other", MISS), ("sh", HIT)),
    ),
    "of one that fails, too": ((("sh", MISS), ("sh", LAST)), (("sh", LAST),)),
    "a search that a signal ended": ((("sh", MISS), ("sh", KILLED)), (("sh", KILLED),)),
    "one that a signal stopped": ((("sh", MISS), ("sh", STOPPED)), (("sh", STOPPED),)),
    "what follows a search that failed": (
        (("sh", LAST), ("sh", NOT_FOUND)),
        (("sh", LAST), ("sh", NOT_FOUND)),
    ),
    # `exec N>file` is the line's own, and cat has it from there.
    "the gate of a pipeline, and not what a line has": (
        (
            *(("shell", OWN_PIPE), ("shell", GO), ("cat", WENT)),
            *(("cat", HIT), ("cat", DATA), ("cat", HIGH)),
        ),
        (("shell", OWN_PIPE), ("cat", HIT), ("cat", DATA), ("cat", HIGH)),
    ),
    "a look that found no child": ((("shell", POLL), ("shell", WaitReturn(0))), ()),
    "a look where there is no child": ((("shell", POLL), ("shell", NO_CHILD)), ()),
    "a look that found one": (
        (("shell", POLL), ("shell", ENDED)),
        (("shell", POLL), ("shell", ENDED)),
    ),
    "a wait": (
        (("shell", Wait(-1)), ("shell", NO_CHILD)),
        (("shell", Wait(-1)), ("shell", NO_CHILD)),
    ),
    "a group for what is another program already": (
        (("shell", LATE), ("shell", EARLY)),
        (("shell", EARLY),),
    ),
    "a group that a program sets": ((("py", HIT), ("py", LATE)), (("py", HIT), ("py", LATE))),
}


@pytest.mark.parametrize(("events", "left"), STORIES.values(), ids=STORIES)
def test_what_a_shell_does_for_itself_is_left_out(events, left):
    assert [(event.proc, event.what) for event in without_noise(story(*events))] == list(left)


@pytest.mark.needs("ptrace")
def test_a_pipeline_has_one_pipe_and_each_program_is_executed_once():
    seen = perform_line("printf x | cat")
    assert [one.what.name for one in seen.events if isinstance(one.what, Pipe)] == ["A"]
    assert [one.proc for one in seen.events if isinstance(one.what, Exec)].count("cat") == 1
    assert not [one for one in seen.events if isinstance(one.what, ExecError)]
    assert seen.output == "x"
