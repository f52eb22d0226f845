"""Work in another process: the answer arrives, and nothing is left whichever process ends first."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
from contextlib import suppress
from functools import partial

import pytest

from simpsh.base.errors import SimpshError, place_of
from simpsh.base.wait_status import Exited, Killed
from simpsh.kernel.machine import ptrace
from simpsh.process.child_changes import ChildStart, Execute
from simpsh.process.subreaper import collect_all
from simpsh.process.worker import Channel, Worker, WorkerBroken, WorkerEnded, in_own_process
from simpsh.trace.tracer.process_tracer import seize_options
from simpsh.trace.tracer.traced_command import start_seized
from tests.harness.process import children_of, has_no_children, wait_until


def echo(channel: Channel) -> None:
    while (value := channel.receive()) is not None:
        channel.send((os.getpid(), value))


def test_each_worker_sees_only_the_end_of_its_own_channel():
    before = sorted(os.listdir("/proc/self/fd"))
    first, second = Worker(echo), Worker(echo)
    large = b"x" * 1_000_000
    for worker in (first, second):
        worker.channel.send(large)
        assert worker.channel.receive() == (worker.pid, large)
    # The second worker closed its copy of the first worker's channel, so the first sees EOF.
    assert first.end() == Exited(0)
    assert second.end(at_once=True) == Killed(signal.SIGKILL)
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert children_of(os.getpid()) == []


def test_a_worker_ends_with_the_process_that_made_it_even_in_the_middle_of_its_work():
    read_end, write_end = os.pipe()
    maker = os.fork()
    if maker == 0:
        Worker(lambda _channel: (os.write(write_end, b"r"), signal.pause()))
        signal.pause()
    os.close(write_end)
    assert os.read(read_end, 1) == b"r"
    os.kill(maker, signal.SIGKILL)
    # End of file shows that the worker, which had the last write end, is gone.
    assert os.read(read_end, 1) == b""
    os.close(read_end)
    os.waitpid(maker, 0)
    wait_until(has_no_children, "the orphan, which the test runner has adopted, is collected")


has_armed_hook: list[bool] = []


def interrupt_while_forking():
    if has_armed_hook and has_armed_hook.pop():
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_while_a_library_prepares_for_fork_is_not_lost():
    os.register_at_fork(before=interrupt_while_forking)
    before = sorted(os.listdir("/proc/self/fd"))
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    has_armed_hook.append(True)
    try:
        with pytest.raises(KeyboardInterrupt):
            in_own_process(signal.pause, 5)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert children_of(os.getpid()) == []
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_an_unpicklable_value_and_broken_work_are_reported_in_one_line():
    read_end, write_end = os.pipe()
    os.write(write_end, b"echo hello to a channel\n")
    os.close(write_end)
    with pytest.raises(WorkerBroken, match="another program has written"):
        Channel(read_end).receive()
    os.close(read_end)
    with pytest.raises(WorkerBroken, match="the process that watches broke: ZeroDivisionError"):
        in_own_process(lambda: 1 // 0, 5)
    with pytest.raises(WorkerBroken, match=r"the process that watches broke: .*lambda"):
        in_own_process(lambda: lambda: 1, 5)
    with pytest.raises(WorkerEnded, match="was ended"):
        in_own_process(lambda: os.kill(os.getpid(), signal.SIGKILL), 5)
    with pytest.raises(FileNotFoundError) as caught:
        in_own_process(lambda: in_own_process(lambda: os.stat("/no/such/file"), 5), 5)
    # The exception still says where it was raised, two processes away.
    assert re.fullmatch(r"test_worker\.py, line \d+", place_of(caught.value))


@pytest.mark.parametrize(
    ("problem", "raised", "words"),
    [
        (KeyError("a defect"), WorkerBroken, r"watches broke: KeyError\('a defect'\)"),
        (SimpshError("refused"), SimpshError, "refused"),
        (OSError(errno.ENOSPC, "full"), OSError, "full"),
    ],
)
def test_what_ends_a_worker_is_raised_after_its_answers(problem, raised, words):
    def serve(channel: Channel) -> None:
        channel.send("an answer")
        raise problem

    worker = Worker(serve)
    assert worker.channel.receive() == "an answer"
    with pytest.raises(raised, match=words):
        worker.channel.receive()
    assert worker.channel.receive() is None
    assert worker.end() == Exited(1)


def leave_a_child_at_its_exit_stop():
    """Receive the exit stop of a traced child, then return without continuing the child."""
    pid = start_seized(ChildStart(Execute(("true",))), seize_options("io", dies_with_tracer=True))
    while ptrace.next_status(pid).word >> 16 != ptrace.EVENT_EXIT:
        ptrace.cont(pid)
    collect_all()
    return True


def test_a_worker_ends_although_it_left_a_traced_child_at_its_exit_stop():
    # in_own_process() collects the child; if the child is not continued, an alarm ends this wait.
    assert in_own_process(leave_a_child_at_its_exit_stop, 0)


def ends_itself_after(calls, folder):
    """Create a folder and a child; get SIGTERM at the `calls`-th function call from here."""
    os.mkdir(folder)
    if os.fork() == 0:
        signal.pause()
    left = calls

    def count(_frame, what, _argument):
        nonlocal left
        left -= what in ("call", "c_call")
        if left == 0:
            sys.setprofile(None)
            os.kill(os.getpid(), signal.SIGTERM)

    sys.setprofile(count)


def test_a_worker_terminated_at_any_moment_of_its_exit_cleans_up(tmp_path):
    folder = os.path.join(tmp_path, "folder")
    answered = 0
    for calls in range(1, 80, 2):
        with suppress(WorkerBroken):
            in_own_process(partial(ends_itself_after, calls, folder), 5, partial(os.rmdir, folder))
            answered += 1
        assert not os.path.exists(folder), f"asked to end at call {calls}"
        assert children_of(os.getpid()) == []
    # SIGTERM came before the answer in some rounds and after it in others.
    assert 0 < answered < 40
