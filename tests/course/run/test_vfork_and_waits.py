"""Several that are left behind, a parent that vfork stops, a wait that wants no status."""

from __future__ import annotations

import os
import signal

import pytest

from simpsh.course import C, Run, anyone, before, everyone_called, processes, replace
from simpsh.course.screen.lane_picture import draw
from simpsh.process.machine_permits import missing
from simpsh.view.styled_text import plain_block
from tests.course.demonstrations import perform

parent, child = processes("parent", "child")


def two_sleepers() -> None:
    """Two children are left behind."""
    for _ in range(2):
        child = os.fork()
        if child == 0:
            signal.pause()


def test_several_may_be_named_at_once_as_meant_to_be_left():
    def problems(*leaves):
        step = Run(two_sleepers, id="x", leaves=leaves)
        return list(step.problems(perform(step)))

    assert problems(anyone) == []
    assert problems(everyone_called("child")) == []
    assert problems() == ["it leaves processes: child (S), child 2 (S)"]
    assert problems(child) == ["it leaves processes: child 2 (S)"]


BORROWED = C(
    """#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (vfork() == 0)
        _exit(0);
    write(1, "2", 1);
    wait(0);
}
""",
    births=("child",),
)
needs_compiler = pytest.mark.skipif(bool(missing("compiler")), reason="no C compiler")


@needs_compiler
def test_who_has_lent_its_memory_by_vfork_goes_on_after_its_child():
    expected = before(child.ends, parent.writes("2"))
    step = Run(BORROWED, id="x")
    assert expected.judge(perform(step)).holds
    assert not expected.judge(perform(step, replace("vfork", "fork"))).holds


@needs_compiler
def test_a_wait_that_wants_no_status_is_a_collecting_like_any_other():
    rows = plain_block(
        draw(
            perform(Run(BORROWED, id="x")),
        ).lines
    )
    assert "parent collects child: status 0" in rows
    assert "asks: no child" not in rows
