"""A signal through a pidfd whose process is gone."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

from simpsh.base.events import SignalSend
from simpsh.course import Run
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.screen.lane_picture import draw
from simpsh.course.screen.screen_forms import ScreenForm, SeenRun
from simpsh.view.event_sentences import sentence
from simpsh.view.styled_text import plain, plain_block
from tests.course.demonstrations import perform
from tests.course.handmade_observations import forks, made, pid_of


def signal_the_collected():
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)
    handle = os.pidfd_open(child)
    os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGTERM)


@pytest.mark.needs("ptrace", "pidfd")
def test_the_picture_and_the_timeline_say_that_the_target_is_gone():
    run = perform(Run(signal_the_collected, id="gone"))
    text = plain_block(draw(run).lines)
    assert "parent cannot send SIGTERM to a gone process: ESRCH" in text
    assert "everybody" not in text
    index = next(i for i, one in enumerate(run.events) if isinstance(one.what, SignalSend))
    assert sentence(run.chronicle, index) == (
        "parent cannot send SIGTERM to a gone process: ESRCH, no such process"
    )


def kills(target, signal_number, errno=0):
    call = "pidfd_send_signal" if errno else "kill"
    return SignalSend(-1 if errno else pid_of(target), signal_number, errno, call)


def crowded(*sendings):
    names = ("parent", "child", "child 2")
    births = [(1, "parent", forks(name)) for name in names[1:]]
    return made(names, [*births, *((2, "parent", one) for one in sendings)])


@pytest.mark.parametrize(
    ("sendings", "rows"),
    [
        # A refused signal is not put together with one that was sent.
        (
            [kills("child", 15, errno=3), kills("child 2", 15)],
            ["cannot send SIGTERM to a gone process: ESRCH", "sends SIGTERM to child 2"],
        ),
        (
            [kills("child", 15), kills("child 2", 9)],
            ["sends SIGTERM to child", "sends SIGKILL to child 2"],
        ),
        ([kills("child", 15), kills("child 2", 15)], ["sends SIGTERM to child and child 2"]),
    ],
)
def test_only_the_same_signal_for_two_is_one_row(sendings, rows):
    text = plain_block(draw(crowded(*sendings), most=3, width=90).lines)
    assert all(f"parent {row}" in text for row in rows), text


@pytest.mark.needs("ptrace")
def test_a_narrow_picture_keeps_what_ends_a_job_and_leaves_out_plain_ends():
    lesson = Library(()).find("orphaned-group")
    step = next(one for one in lesson.steps if isinstance(one, Run) and one.id == "stopped")
    rows = [plain(one) for one in ScreenForm(80).picture(SeenRun(perform(step)), 80, 11)]
    told = "\n".join(rows)
    assert "job continues" in told
    assert "job is killed by SIGHUP" in told
    assert "more (:timeline)" not in told
