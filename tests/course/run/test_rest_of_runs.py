"""A family is at rest if each process sleeps in a call that no member is going to end."""

import fcntl
import os
import signal
import time

import pytest

from simpsh.base.events import Rest
from simpsh.course.claims.demonstration import listing
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import body_of
from simpsh.course.run.demonstration_setup import DEADLINE_SECONDS, DemonstrationSetup
from simpsh.view.event_sentences import Naming
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform
from tests.course.records import C, Kill, Run
from tests.harness.process import child

pytestmark = pytest.mark.long("each test waits until a family rests")


def run(code, **fields):
    return perform(Run(code, id="x", **fields))


def waiting(seen):
    """Return the reasons for waiting at the first rest."""
    [index, *_] = seen.rests
    naming = Naming(seen.chronicle, index)
    return {name: naming.wait(name, wait) for name, wait in seen.events[index].what.waiting}


@pytest.mark.usual
def test_a_short_sleep_is_no_rest_and_one_that_outlasts_the_run_is_rest_at_once():
    seen = run(demo.sleeps_a_little)
    assert (seen.output, seen.hangs) == ("it ended\n", False)
    assert not [event for event in seen.events if isinstance(event.what, Rest)]
    began = time.monotonic()
    seen = run(demo.sleeps_long)
    assert time.monotonic() - began < DEADLINE_SECONDS
    assert waiting(seen)["child"] == "sleeps until a time that it has set"
    [(name, seconds)] = next(e.what for e in seen.events if isinstance(e.what, Rest)).wakes
    assert (name, seconds > DEADLINE_SECONDS) == ("child", True)
    assert seen.moments["rest"].looks["child"].call == "clock_nanosleep"
    assert seen.problem == ""


@pytest.mark.usual("selects_nothing-child-waits for a signal")
@pytest.mark.parametrize(
    ("code", "process", "words"),
    [
        (demo.selects_nothing, "child", "waits for a signal"),
        (demo.waits_for_a_lock, "parent", "waits for child to end"),
        (demo.waits_for_a_lock, "child", "waits for a lock on "),
        (demo.opens_a_fifo, "parent", "opens the FIFO fifo for reading, and no process has"),
        (demo.talk_by_a_socket, "parent", "waits at a socket"),
        (demo.talk_by_a_socket, "child", "waits at a socket"),
        (
            demo.fills_a_pipe,
            "child",
            "writes to pipe A, which is full and which parent and child itself could empty",
        ),
    ],
)
def test_each_process_at_rest_is_described(code, process, words):
    seen = run(code)
    assert waiting(seen)[process].startswith(words)
    assert seen.hangs


def test_polling_for_the_end_of_a_process_is_rest_until_the_user_kills_it():
    seen = run(demo.polls_a_pidfd, at_rest=[Kill("child")])
    assert waiting(seen) == {"parent": "waits for child", "child": "waits for a signal"}
    assert seen.left == {}


@pytest.mark.usual("poll")
@pytest.mark.parametrize(
    "waits",
    [
        "long times; read(clock, &times, 8);",
        "struct pollfd one = {clock, POLLIN, 0}; poll(&one, 1, -1);",
        "fd_set set; FD_ZERO(&set); FD_SET(clock, &set); select(clock + 1, &set, 0, 0, 0);",
        "struct epoll_event one = {EPOLLIN}; int many = epoll_create1(0);"
        "epoll_ctl(many, EPOLL_CTL_ADD, clock, &one); epoll_wait(many, &one, 1, -1);",
    ],
    ids=["read", "poll", "select", "epoll"],
)
def test_a_family_with_a_pending_timer_is_not_at_rest(waits):
    source = f"""
    #include <poll.h>
    #include <stdio.h>
    #include <sys/epoll.h>
    #include <sys/select.h>
    #include <sys/timerfd.h>
    #include <unistd.h>
    int main(void) {{
        struct itimerspec soon = {{{{0, 0}}, {{0, 200000000}}}};
        int clock = timerfd_create(CLOCK_MONOTONIC, 0);
        timerfd_settime(clock, 0, &soon, 0);
        {waits}
        puts("it rang");
        return 0;
    }}"""
    seen = run(C(source))
    assert (seen.hangs, seen.output) == (False, "it rang\n")


def lease_given_up_late(path, is_taken):
    """Block every open of the file for a while, then let it return."""
    file = os.open(path, os.O_RDWR)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGIO])
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    os.close(is_taken)
    signal.sigwait([signal.SIGIO])
    # Long enough for several looks at a family that does nothing but wait in open.
    time.sleep(0.3)
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)


@pytest.mark.needs("gcc")
def test_a_process_that_opens_a_file_on_a_disk_is_not_at_rest(tmp_path):
    path = tmp_path / "leased"
    path.write_text("text")
    ready, is_taken = os.pipe()
    source = f"""
    #include <fcntl.h>
    #include <stdio.h>
    int main(void) {{ if (open("{path}", O_RDONLY) > 0) puts("open"); return 0; }}"""
    with child(lease_given_up_late, path, is_taken):
        os.close(is_taken)
        assert os.read(ready, 1) == b""
        os.close(ready)
        seen = run(C(source))
    assert (seen.hangs, seen.output) == (False, "open\n")


def observed(code, seconds):
    step = Run(code, id="x")
    return observe(body_of(step, listing(step)), DemonstrationSetup(deadline_seconds=seconds))


@pytest.mark.usual
def test_a_restless_process_is_ended_after_the_deadline_and_a_longer_sleep_is_rest():
    seen = observed(demo.never_ends, 0.3)
    assert seen.problem == "it was ended after 0.3 seconds"
    assert (seen.left, seen.hangs) == ({"parent": "R"}, False)
    # The second sleep exceeds the remaining time but not the time limit.
    seen = observed(demo.asks_again_and_again, 3)
    assert not [event for event in seen.events if isinstance(event.what, Rest)]
    assert (seen.problem, seen.hangs) == ("it was ended after 3 seconds", False)
    # A sleep as long as the time limit counts as rest, even when part of it has passed.
    words = waiting(observed(demo.sleeps_long, 1000)).values()
    assert "sleeps until a time that it has set" in words
