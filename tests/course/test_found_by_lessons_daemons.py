"""What lessons about pid files and daemons need: fresh directories, adopted zombies, no isatty."""

from __future__ import annotations

import os
import signal

import pytest

from simpsh.course import Run
from simpsh.course.needs import missing
from simpsh.course.own_process import in_own_process
from simpsh.course.performing import perform
from simpsh.course.plain_runs import plain_runs
from simpsh.course.screen.picture import draw
from simpsh.course.screen.styled import plain_block
from simpsh.events import Exit, Reap, Reparent


def makes_a_directory():
    os.mkdir("door")
    os.write(1, b"made")


def opens_a_file():
    with open("log", "w") as log:
        print("a word", file=log)


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


def test_every_plain_run_begins_in_an_empty_directory():
    assert in_own_process(lambda: plain_runs(makes_a_directory, 5, 10), 20) == {"made": 5}


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


@pytest.mark.usefixtures("watched")
def test_that_python_asks_whether_a_file_is_a_terminal_is_not_told():
    seen = perform(Run(opens_a_file, id="file"))
    assert "ioctl" not in plain_block(draw(seen).lines)
