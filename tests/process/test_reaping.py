"""Collecting children: all at once, by handler, by flag, by nobody, by a subreaper."""

import os
import signal

import pytest

from simpsh import (
    Exited,
    Killed,
    ReapingHandler,
    Subreaper,
    double_fork,
    family,
    ignore_children,
    no_stop_notices,
    no_zombies,
    reap_all,
    until_state,
)
from tests.process.forking import child, fork_child, make_way, run_alone, sleep_for_ever, until


def dead_children(count):
    """Children that have ended and were not collected; the pids, with code = place."""
    pids = [fork_child(lambda code=code: code) for code in range(count)]
    for pid in pids:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pids


def has_no_children():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


# -- reap_all ----------------------------------------------------------------------------------


def test_reap_all_collects_the_dead_and_leaves_the_living():
    def body():
        pids = dead_children(5)
        with child(sleep_for_ever) as living:
            collected = reap_all()
            assert {info.pid: info.status for info in collected} == {
                pid: Exited(code) for code, pid in enumerate(pids)
            }
            assert reap_all() == ()
            assert os.waitpid(living, os.WNOHANG) == (0, 0)
        assert reap_all() == ()

    run_alone(body)


# -- ReapingHandler ----------------------------------------------------------------------------


def test_the_handler_collects_every_child_however_few_signals_came():
    def body():
        calls = []

        def previous(number, frame):
            calls.append(number)

        signal.signal(signal.SIGCHLD, previous)
        with ReapingHandler() as handler:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            pids = dead_children(10)
            assert handler.collected == []
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            until(lambda: calls, "the handler has run")
            assert sorted(info.pid for info in handler.collected) == sorted(pids)
            assert calls == [signal.SIGCHLD]
            assert handler.status_of(pids[7]).status == Exited(7)
            assert handler.status_of(1) is None
        assert signal.getsignal(signal.SIGCHLD) is previous
        assert has_no_children()

    run_alone(body)


def test_a_handler_that_waits_once_leaves_zombies_and_ours_does_not():
    """The mistaken variant beside ours, on the same ten deaths behind one signal."""

    def body():
        def mistaken(number, frame):
            os.waitpid(-1, os.WNOHANG)
            seen.append(number)

        seen = []
        signal.signal(signal.SIGCHLD, mistaken)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        dead_children(10)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        until(lambda: seen, "the mistaken handler has run")
        zombies = [one for one in family(os.getpid()) if one.process.state == "Z"]
        assert len(zombies) == 9
        with ReapingHandler() as handler:
            # Those who died before it was installed are collected too.
            assert len(handler.collected) == 9
        assert has_no_children()

    run_alone(body)


def test_the_handlers_flags_and_disposition_come_back():
    def body():
        with no_stop_notices():
            with ReapingHandler():
                pass
            stopped_without_notice()

    run_alone(body)


def test_two_children_with_one_number_are_two_entries():
    handler = ReapingHandler()
    assert handler.collected == []
    assert handler.status_of(os.getpid()) is None


# -- ignoring ----------------------------------------------------------------------------------


def test_ignored_children_vanish_and_a_wait_finds_none():
    def body():
        with ignore_children():
            pid = fork_child(lambda: 7)
            with pytest.raises(ChildProcessError):
                os.waitpid(pid, 0)
        assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL
        # As before: the next one becomes a zombie again, with its status.
        assert os.waitstatus_to_exitcode(os.waitpid(fork_child(lambda: 7), 0)[1]) == 7

    run_alone(body)


def test_no_zombies_still_calls_the_handler():
    def body():
        calls = []
        signal.signal(signal.SIGCHLD, lambda *_: calls.append(1))
        with no_zombies():
            with pytest.raises(ChildProcessError):
                os.waitpid(fork_child(lambda: 7), 0)
            until(lambda: calls, "the handler has run")
        calls.clear()
        assert os.waitstatus_to_exitcode(os.waitpid(fork_child(lambda: 7), 0)[1]) == 7
        until(lambda: calls, "the handler runs as before")

    run_alone(body)


def stopped_without_notice():
    """Stop, continue and end a child, and count the signals: only the end gives one."""
    calls = []
    flags_kept = signal.getsignal(signal.SIGCHLD)
    assert flags_kept in (signal.SIG_DFL, signal.SIG_IGN) or callable(flags_kept)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    with child(sleep_for_ever) as pid:
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED)
        os.kill(pid, signal.SIGCONT)
        os.waitid(os.P_PID, pid, os.WCONTINUED)
        assert signal.SIGCHLD not in signal.sigpending()
        os.kill(pid, signal.SIGKILL)
        until_state(pid, "Z")
    assert calls == []


def test_no_stop_notices_leaves_only_the_end():
    def body():
        signal.signal(signal.SIGCHLD, lambda *_: None)
        setting = no_stop_notices()
        stopped_without_notice()
        assert signal.SIGCHLD in signal.sigpending()
        signal.sigtimedwait({signal.SIGCHLD}, 0)
        setting.restore()
        with child(sleep_for_ever) as pid:
            os.kill(pid, signal.SIGSTOP)
            os.waitid(os.P_PID, pid, os.WSTOPPED)
            assert signal.SIGCHLD in signal.sigpending()

    run_alone(body)


# -- double fork -------------------------------------------------------------------------------


def test_after_a_double_fork_there_is_nobody_to_wait_for():
    read_end, write_end = os.pipe()

    def body():
        me = os.getpid()

        def target():
            os.write(write_end, b"%d %d\n" % (os.getpid(), os.getppid()))

        pid = double_fork(target)
        assert pid > 0
        assert has_no_children()
        reported, parent = map(int, os.read(read_end, 64).split())
        assert reported == pid
        assert parent != me

    run_alone(body)
    until(has_no_children_left, "the adopted grandchild is collected")
    os.close(read_end)
    os.close(write_end)


def has_no_children_left():
    return has_no_children()


def test_the_target_of_a_double_fork_never_comes_back():
    def body():
        with Subreaper() as subtree:
            double_fork(lambda: 9)
            double_fork(lambda: 1 / 0)
            double_fork(lambda: exec("raise SystemExit(4)"))
            double_fork(lambda: None)
            until(
                lambda: len([1 for one in family(os.getpid()) if one.process.state == "Z"]) == 4,
                "4",
            )
        assert sorted(info.status.code for info in subtree.collected) == [0, 1, 4, 9]

    assert "ZeroDivisionError" in run_alone(body)


def test_a_double_fork_works_where_children_are_ignored():
    def body():
        with ignore_children():
            assert double_fork(lambda: 0) > 0

    run_alone(body)
    until(has_no_children_left, "the adopted grandchild is collected")


def test_a_fork_that_fails_is_the_systems_error():
    def body():
        import resource

        if os.getuid() == 0:
            os.setgroups([])
            os.setresgid(54399, 54399, 54399)
            os.setresuid(54399, 54399, 54399)
        # One more process is allowed: the first fork succeeds, the second cannot.
        resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
        with pytest.raises(BlockingIOError):
            double_fork(lambda: 0)
        assert has_no_children()

    if os.getuid() != 0:
        pytest.skip("counts the processes of a user who has no others: needs root to become one")
    run_alone(body)


# -- Subreaper ---------------------------------------------------------------------------------


def leave_nothing(start, deadline_seconds=5.0):
    """Run `start` under a Subreaper in a process of its own; check that nothing is left."""

    def body():
        with Subreaper(deadline_seconds=deadline_seconds) as subtree:
            start()
        assert has_no_children()
        assert [one.process.pid for one in family(os.getpid())] == [os.getpid()]
        return subtree

    return run_alone(lambda: body() and None)


def await_report(count, starts):
    """Run the starters, each given a function that reports; wait for `count` reports."""
    read_end, write_end = os.pipe()
    starts(lambda: os.write(write_end, b"x"))
    got = b""
    while len(got) < count:
        got += os.read(read_end, count)
    os.close(read_end)
    os.close(write_end)


def test_a_subreaper_ends_whoever_began_a_session_or_forked_twice():
    def start():
        def starts(report):
            def new_session():
                os.setsid()
                report()
                sleep_for_ever()

            def twice():
                fork_child(lambda: (os.setsid(), fork_child(lambda: (report(), sleep_for_ever()))))

            fork_child(new_session)
            fork_child(twice)
            double_fork(lambda: (report(), sleep_for_ever()))

        await_report(3, starts)

    leave_nothing(start)


def test_a_subreaper_ends_the_stopped_by_sigterm():
    def body():
        with Subreaper(deadline_seconds=30) as subtree:
            pid = fork_child(sleep_for_ever)
            os.kill(pid, signal.SIGSTOP)
            until_state(pid, "T")
        assert [info.status for info in subtree.collected] == [Killed(15)]

    run_alone(body)


def test_a_subreaper_kills_who_ignores_sigterm():
    def body():
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


def test_a_subreaper_ends_who_answers_sigterm_with_children():
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


def test_a_subreaper_ends_a_family_that_goes_on_forking():
    def start():
        def relay():
            make_way()
            # Each generation bears the next and ends: never more than a few, never the same.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                if os.fork():
                    os._exit(0)

        fork_child(relay)

    leave_nothing(start, deadline_seconds=0.05)


def test_a_subreaper_spares_those_who_were_there_before_and_their_children():
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


def test_a_subreaper_ends_the_subtree_after_an_exception_and_passes_it_on():
    def body():
        def fails():
            fork_child(sleep_for_ever)
            raise KeyError

        with pytest.raises(KeyError), Subreaper():
            fails()
        assert has_no_children()

    run_alone(body)


def test_children_may_be_waited_for_inside_the_block():
    def body():
        with Subreaper() as subtree:
            assert os.waitpid(fork_child(lambda: 3), 0)[1] == 3 << 8
        assert subtree.collected == []

    run_alone(body)


def test_after_the_block_orphans_go_where_they_went_before():
    def body():
        with Subreaper():
            pass
        read_end, write_end = os.pipe()
        gate_read, gate_write = os.pipe()

        def middle():
            def grandchild():
                os.close(gate_write)
                os.read(gate_read, 1)
                os.write(write_end, b"%d" % os.getppid())

            fork_child(grandchild)

        os.waitpid(fork_child(middle), 0)
        os.close(gate_write)
        assert int(os.read(read_end, 20)) != os.getpid()

    run_alone(body)
    until(has_no_children_left, "the adopted grandchild is collected")
