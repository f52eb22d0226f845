"""Waiting for time, signals, memory and many descriptors at once."""

import ctypes
import os
import re
import select
import signal
import time

from simpsh import until_state
from simpsh.diagnosis import blocked_process
from simpsh.kernel.machine.syscall_table import NUMBERS
from tests.diagnosis.diagnosis_texts import text_of
from tests.harness.process import child, pipe
from tests.process.diagnosed_children import diagnosed, diagnosis_at_rest


def stopped_and_continued(pid):
    os.kill(pid, signal.SIGSTOP)
    until_state(pid, "T")
    os.kill(pid, signal.SIGCONT)


def test_a_sleeping_process_waits_for_a_timer_even_after_it_was_continued():
    with child(time.sleep, 1000) as pid:
        found = diagnosed(pid, "timer")
        (seconds,) = re.findall(r"sleeps for another (\d+)\.\d s", text_of(found))
        assert 900 < int(seconds) <= 1000
        stopped_and_continued(pid)
        diagnosed(pid, "timer")
    with child(lambda: os.execv("/bin/sleep", ["sleep", "1000"])) as pid:
        words = f"Process {pid} (sleep 1000) sleeps for 1000 s"
        diagnosis_at_rest(pid, lambda it: words in text_of(it), words)
        stopped_and_continued(pid)
        assert words in text_of(diagnosed(pid, "timer"))


def test_a_call_with_32_bit_times_is_recognized_by_its_number(monkeypatch):
    # As on 32-bit x86, where a timespec is two 32-bit words; here the second word is zero.
    number = NUMBERS["clock_nanosleep"]
    monkeypatch.setattr(blocked_process, "SHORT_TIMES", {number: "clock_nanosleep"})
    with child(lambda: os.execv("/bin/sleep", ["sleep", "1000.5"])) as pid:
        words = f"Process {pid} (sleep 1000.5) sleeps for 1000 s"
        diagnosis_at_rest(pid, lambda it: words in text_of(it), words)


def polls(*watched):
    poll = select.poll()
    for number, events in watched:
        poll.register(number, events)
    poll.poll()


def polls_by_epoll(number, events, times):
    epoll = select.epoll()
    epoll.register(number, events)
    for _ in range(times):
        epoll.poll()


def test_a_poll_for_other_events_than_input_does_not_call_the_pipe_empty():
    with pipe() as (read_end, write_end):
        os.write(write_end, b"x")
        once, news = select.EPOLLIN | select.EPOLLONESHOT, select.EPOLLIN | select.EPOLLET
        for body, words in (
            (lambda: polls((read_end, 0)), "only POLLERR or POLLHUP comes"),
            (lambda: polls_by_epoll(read_end, news, 2), "waits for process "),
            (lambda: polls_by_epoll(read_end, once, 2), "waits for an event at the pipe ["),
        ):
            with child(body) as pid:
                diagnosis = diagnosed(pid, "poll")
                assert words in text_of(diagnosis)
                # The process that holds the other end can cause the next event, if only by its end.
                is_over = diagnosis.verdict == "not known"
                assert diagnosis.waits_for == (() if is_over else (os.getpid(),))


def test_a_restarted_poll_has_the_same_answer():
    def body():
        ctypes.CDLL(None).poll((ctypes.c_int * 2)(read_end, 1), 1, 1000_000)

    with pipe() as (read_end, _), child(body) as pid:
        diagnosed(pid, "poll")
        stopped_and_continued(pid)
        assert diagnosed(pid, "poll").waits_for == (os.getpid(),)
