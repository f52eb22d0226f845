"""Double forks, and the subreaper, from which no descendant escapes."""

import asyncio
import multiprocessing
import os
import resource
import signal
import subprocess
from contextlib import suppress

import pytest

from simpsh import Killed, Subreaper, double_fork, family, reap_all, until_state
from tests.harness.process import (
    as_ordinary_user,
    child,
    fork_child,
    has_no_children,
    pipe,
    run_alone,
    sleep_for_ever,
    wait_until,
)

# -- double fork -------------------------------------------------------------------------------


def test_a_double_fork_leaves_no_child_and_its_target_never_returns():
    def body():
        read_end, write_end = os.pipe()
        pid = double_fork(lambda: os.write(write_end, b"%d %d" % (os.getpid(), os.getppid())))
        assert has_no_children()
        reported, parent = map(int, os.read(read_end, 64).split())
        assert reported == pid
        assert parent != os.getpid()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        assert double_fork(lambda: 0) > 0
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with Subreaper() as subtree:
            for target in (lambda: 9, lambda: 1 / 0, lambda: exec("raise SystemExit(4)"), int):
                double_fork(target)
            wait_until(
                lambda: [one.process.state for one in family(os.getpid())[1:]] == ["Z"] * 4,
                "all four have ended",
            )
        assert sorted(info.status.code for info in subtree.collected) == [0, 1, 4, 9]

    assert "ZeroDivisionError" in run_alone(body)
    wait_until(has_no_children, "the adopted grandchildren are collected")


def test_a_failed_fork_raises_the_systems_error():
    def body():
        # Only one more process is allowed: the first fork succeeds, the second fails.
        resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
        with pytest.raises(BlockingIOError):
            double_fork(lambda: 0)
        assert has_no_children()

    # Use a uid of no other test, because all processes of the user count.
    as_ordinary_user(body, 54399)


def leave_nothing(start, deadline_seconds=5.0):
    """Run `start` under a Subreaper in a child; check that no process is left."""

    def body():
        with Subreaper(deadline_seconds=deadline_seconds):
            start()
        assert has_no_children()
        assert [one.process.pid for one in family(os.getpid())] == [os.getpid()]

    run_alone(body)


def test_a_subreaper_ends_processes_that_began_a_session_or_forked_twice():
    def start():
        with pipe() as (read_end, write_end):

            def stays():
                os.setsid()
                os.write(write_end, b"x")
                sleep_for_ever()

            fork_child(stays)
            fork_child(lambda: fork_child(lambda: (os.setsid(), fork_child(stays))))
            double_fork(stays)
            got = b""
            while len(got) < 3:
                got += os.read(read_end, 3)

    leave_nothing(start)


def test_a_subreaper_terminates_stopped_processes_and_kills_those_that_ignore_sigterm():
    def body():
        with Subreaper(deadline_seconds=30) as subtree:
            pid = fork_child(sleep_for_ever)
            os.kill(pid, signal.SIGSTOP)
            until_state(pid, "T")
        assert [info.status for info in subtree.collected] == [Killed(15)]

        def stubborn():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.write(write_end, b"x")
            sleep_for_ever()

        read_end, write_end = os.pipe()
        with Subreaper(deadline_seconds=0.05) as subtree:
            fork_child(stubborn)
            os.read(read_end, 1)
        assert [info.status for info in subtree.collected] == [Killed(9)]

    run_alone(body)


def test_a_subreaper_ends_a_process_that_forks_on_sigterm():
    def start():
        def breeds():
            def handler(*_):
                fork_child(
                    lambda: (signal.signal(signal.SIGTERM, signal.SIG_IGN), sleep_for_ever())
                )
                os._exit(0)

            signal.signal(signal.SIGTERM, handler)
            os.write(write_end, b"x")
            sleep_for_ever()

        read_end, write_end = os.pipe()
        fork_child(breeds)
        os.read(read_end, 1)

    leave_nothing(start, deadline_seconds=0.2)


def test_a_subreaper_ends_a_family_that_continues_to_fork():
    def start():
        def relay():
            os.nice(10)
            # Each process forks the next and exits: there are always a few, with ever new pids.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                if os.fork():
                    os._exit(0)

        fork_child(relay)

    leave_nothing(start, deadline_seconds=0.05)


def test_a_subreaper_spares_earlier_children_and_their_descendants():
    def body():
        read_end, write_end = os.pipe()
        gate_read, gate_write = os.pipe()

        def elder():
            os.read(gate_read, 1)
            os.write(write_end, b"%d\n" % fork_child(sleep_for_ever))
            sleep_for_ever()

        with child(elder) as pid:
            with Subreaper() as subtree:
                fork_child(sleep_for_ever)
                os.write(gate_write, b"x")
                grandchild = int(os.read(read_end, 20))
            assert len(subtree.collected) == 1
            assert [one.process.pid for one in family(pid)] == [pid, grandchild]
            until_state(grandchild, "S")

    run_alone(body)


def test_after_an_exception_no_process_is_left_and_orphans_are_adopted_as_before():
    def body():
        def fails():
            fork_child(sleep_for_ever)
            raise KeyError

        with pytest.raises(KeyError), Subreaper():
            fails()
        assert has_no_children()
        with Subreaper() as subtree:
            assert os.waitpid(fork_child(lambda: 3), 0)[1] == 3 << 8
        assert subtree.collected == []
        read_end, write_end = os.pipe()
        gate_read, gate_write = os.pipe()

        def grandchild():
            os.close(gate_write)
            os.read(gate_read, 1)
            os.write(write_end, b"%d" % os.getppid())

        os.waitpid(fork_child(lambda: fork_child(grandchild) and None), 0)
        os.close(gate_write)
        assert int(os.read(read_end, 20)) != os.getpid()

    run_alone(body)
    wait_until(has_no_children, "the adopted grandchild is collected")


# -- children that another module collects ------------------------------------------------------


def of_subprocess():
    popen = subprocess.Popen(["sh", "-c", "exit 3"])
    return popen.pid, popen.wait


def of_multiprocessing():
    process = multiprocessing.get_context("fork").Process(target=os._exit, args=(3,))
    process.start()
    return process.pid, lambda: process.join() or process.exitcode


@pytest.mark.parametrize("start", [of_subprocess, of_multiprocessing])
def test_the_status_of_a_popen_is_left_to_it(start):
    def body():
        with Subreaper() as subtree:
            pid, wait = start()
            until_state(pid, "Z")
            own = fork_child(lambda: 4)
            until_state(own, "Z")
            assert [info.pid for info in reap_all()] == [own]
        assert subtree.collected == []
        assert wait() == 3
        with Subreaper() as subtree:
            pid, wait = start()
        assert wait() in (3, -signal.SIGTERM)
        assert subtree.collected == []

    run_alone(body)


def test_the_status_of_an_asyncio_process_is_left_to_it():
    async def main():
        with Subreaper():
            process = await asyncio.create_subprocess_exec("sh", "-c", "exit 3")
            # A thread of asyncio may have reaped it already.
            with suppress(ProcessLookupError):
                until_state(process.pid, "Z")
            assert reap_all() == ()
        return await process.wait()

    run_alone(lambda: asyncio.run(main()) != 3)


def test_a_popen_that_was_deleted_has_no_status_to_leave():
    def body():
        with pytest.warns(ResourceWarning, match="still running"):
            pid = subprocess.Popen(["sleep", "60"]).pid
        os.kill(pid, signal.SIGKILL)
        until_state(pid, "Z")
        assert [info.pid for info in reap_all()] == [pid]

    run_alone(body)
