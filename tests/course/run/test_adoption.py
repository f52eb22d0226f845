"""A zombie whose parent dies is adopted, and collected by the adopter."""

from __future__ import annotations

import os
import signal

import pytest

from simpsh.base.events import Exit, Reap, Reparent
from simpsh.course import Run
from simpsh.process.machine_permits import missing
from tests.course.demonstrations import perform


def killed_with_its_child():
    stopper = os.fork()
    if stopper == 0:  # in the stopper
        os.setpgid(0, 0)
        neighbour = os.fork()
        if neighbour == 0:  # in its neighbour
            signal.pause()
        os.kill(0, signal.SIGTERM)
    os.waitpid(stopper, 0)


@pytest.fixture
def watched():
    if missing("ptrace"):
        pytest.skip(missing("ptrace"))


@pytest.mark.usefixtures("watched")
def test_a_zombie_whose_parent_dies_is_adopted_and_then_collected():
    for _ in range(10):
        seen = perform(Run(killed_with_its_child, id="both"))
        told = [
            (type(event.what).__name__, seen.name_of(event.proc))
            for event in seen.events
            if (isinstance(event.what, Exit) and event.proc in ("stopper", "neighbour"))
            or (isinstance(event.what, Reparent) and event.proc == "neighbour")
            or (isinstance(event.what, Reap) and event.what.child == "neighbour")
        ]
        (last,) = (
            one.what
            for one in seen.events
            if isinstance(one.what, Reap)
            if one.what.child == "neighbour"
        )
        assert last.by == "reaper"
        assert told[-1] == ("Reap", "reaper")
        assert told.index(("Exit", "stopper")) < told.index(("Reparent", "neighbour"))
