"""Collecting children: all at once, by handler, by flag."""

import os
import signal

import pytest

from simpsh import (
    Exited,
    ReapingHandler,
    ignore_children,
    no_stop_notices,
    no_zombies,
    until_state,
)
from tests.process.forked_children import (
    child,
    fork_child,
    has_no_children,
    run_alone,
    sleep_for_ever,
    until,
)


def dead_children(count):
    """Children that have ended and were not collected; the pids, with code = place."""
    pids = [fork_child(lambda code=code: code) for code in range(count)]
    for pid in pids:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pids


def test_the_handler_collects_every_child_however_few_signals_came():
    def body():
        calls = []
        signal.signal(signal.SIGCHLD, lambda number, _: calls.append(number))
        previous = signal.getsignal(signal.SIGCHLD)
        dead_children(9)
        with child(sleep_for_ever) as living, ReapingHandler() as handler:
            # Those who died before it was installed are collected too.
            assert len(handler.collected) == 9
            handler.collected.clear()
            calls.clear()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            pids = dead_children(10)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            until(lambda: calls, "the handler has run")
            assert sorted(info.pid for info in handler.collected) == sorted(pids)
            assert calls == [signal.SIGCHLD]
            assert handler.status_of(pids[7]).status == Exited(7)
            assert handler.status_of(1) is None
            assert os.waitpid(living, os.WNOHANG) == (0, 0), "the living are not waited for"
        assert signal.getsignal(signal.SIGCHLD) is previous
        assert has_no_children()

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
        handler = signal.getsignal(signal.SIGCHLD)
        with ignore_children():
            assert signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGCHLD) is handler

    run_alone(body)


def stopped_without_notice():
    """Stop, continue and end a child, and count the signals: only the end gives one."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    with child(sleep_for_ever) as pid:
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED)
        os.kill(pid, signal.SIGCONT)
        os.waitid(os.P_PID, pid, os.WCONTINUED)
        assert signal.SIGCHLD not in signal.sigpending()
        os.kill(pid, signal.SIGKILL)
        until_state(pid, "Z")


def test_no_stop_notices_leaves_only_the_end_and_a_handlers_flags_come_back():
    def body():
        with no_stop_notices():
            with ReapingHandler() as handler:
                assert handler.collected == []
                assert handler.status_of(os.getpid()) is None
            stopped_without_notice()
        signal.sigtimedwait({signal.SIGCHLD}, 0)
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
