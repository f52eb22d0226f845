"""Waiting for time, signals, memory and many descriptors at once."""

import os
import re
import select
import signal
import socket
import threading
import time

import pytest

from simpsh import diagnose, until_state
from tests.process.diagnose.diagnosis_texts import numbers_of, pipe, text_of
from tests.process.forked_children import (
    child,
    diagnosed,
    sleep_for_ever,
    until,
)

# -- time, signals, memory, many descriptors ---------------------------------------------------


def test_a_sleeping_process_waits_for_a_timer():
    with child(time.sleep, 1000) as pid:
        found = diagnosed(pid, "timer")
        (seconds,) = re.findall(r"sleeps for another (\d+)\.\d s", text_of(found))
        assert 900 < int(seconds) <= 1000


def test_the_sleep_command_has_asked_for_its_seconds():
    pid = os.posix_spawn("/bin/sleep", ["sleep", "1000"], os.environ)
    try:
        found = diagnosed(pid, "timer")
        assert f"Process {pid} (sleep 1000) sleeps for 1000 s" in text_of(found)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_a_continued_sleep_is_still_a_timer():
    with child(time.sleep, 1000) as pid:
        diagnosed(pid, "timer")
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        os.kill(pid, signal.SIGCONT)
        diagnosed(pid, "timer")


def test_pause_waits_for_a_signal_that_is_caught():
    def body():
        signal.signal(signal.SIGUSR1, lambda *_: None)
        sleep_for_ever()

    with child(body) as pid:
        found = diagnosed(pid, "signal")
        assert "SIGUSR1" in text_of(found)


def test_a_wait_for_signals_tells_its_time_limit():
    def body():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        signal.sigtimedwait([signal.SIGUSR1], 1000)

    with child(body) as pid:
        assert "SIGUSR1, for 1000 s at most" in text_of(diagnosed(pid, "signal"))


def test_sigwait_names_the_signals():
    def body():
        wanted = {signal.SIGUSR2, signal.SIGHUP}
        signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
        signal.sigwait(wanted)

    with child(body) as pid:
        assert "SIGHUP and SIGUSR2" in text_of(diagnosed(pid, "signal"))


def test_a_lock_in_memory_is_a_futex():
    def body():
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    with child(body) as pid:
        found = diagnosed(pid, "futex")
        assert "futex(2)" in text_of(found)
        assert "no other thread" in text_of(found)


def test_other_threads_are_described_too():
    def body():
        thread = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
        thread.start()
        thread.join()

    with child(body) as pid:
        found = until(
            lambda: (
                (one := diagnose(pid)).situation in ("futex", "thread")
                and "sleeps for another" in text_of(one)
                and one
            ),
            "the first thread waits for the second, which sleeps",
        )
        assert "It has 2 threads" in text_of(found)


def test_more_threads_than_are_listed_are_counted_and_a_thread_is_called_one():
    def body():
        for _ in range(7):
            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
        last = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
        last.start()
        last.join()

    with child(body) as pid:
        text = until(
            lambda: "It has 9 threads" in (text := text_of(diagnose(pid))) and text, "9 threads"
        )
        assert "4 more threads are not listed." in text
        assert text.count("  Thread ") == 4
        assert "  Process " not in text


def test_a_busy_process_waits_for_nothing():
    def body():
        while True:
            pass

    with child(body) as pid:
        found = diagnosed(pid, "running")
        assert "waits for nothing" in text_of(found)


def test_poll_tells_of_each_descriptor_who_holds_the_other_end():
    with pipe() as (first, first_write), pipe() as (second, second_write):

        def body():
            os.close(first_write)
            os.close(second_write)
            poll = select.poll()
            poll.register(first, select.POLLIN)
            poll.register(second, select.POLLIN)
            poll.poll()

        with child(body) as pid:
            found = diagnosed(pid, "poll")
            assert found.waits_for == (os.getpid(),)
            text = text_of(found)
            assert f"one of its descriptors {first} and {second}, without a time limit" in text
            assert f"holds a write end as descriptor {first_write}" in text
            assert f"holds a write end as descriptor {second_write}" in text


def test_select_is_read_from_its_bit_masks():
    with pipe() as (read_end, write_end):

        def body():
            os.close(write_end)
            select.select([read_end], [], [], 1000)

        with child(body) as pid:
            text = text_of(diagnosed(pid, "poll"))
            assert f"waits for its descriptor {read_end}, for " in text
            assert f"holds a write end as descriptor {write_end}" in text


def test_epoll_is_read_from_fdinfo():
    with pipe() as (read_end, write_end):

        def body():
            os.close(write_end)
            epoll = select.epoll()
            epoll.register(read_end, select.EPOLLIN)
            epoll.poll()

        with child(body) as pid:
            found = diagnosed(pid, "poll")
            assert f"waits for its descriptor {read_end}, without a time limit" in text_of(found)
            assert numbers_of(found) == {os.getpid(): (write_end,)}


def test_a_poll_for_something_else_than_input_does_not_call_the_pipe_empty():
    with pipe() as (read_end, write_end):
        os.write(write_end, b"x")

        def polls(events):
            poll = select.poll()
            poll.register(read_end, events)
            poll.poll()

        def waits_for_news():
            epoll = select.epoll()
            epoll.register(read_end, select.EPOLLIN | select.EPOLLET)
            epoll.poll()
            epoll.poll()

        def used_up():
            epoll = select.epoll()
            epoll.register(read_end, select.EPOLLIN | select.EPOLLONESHOT)
            epoll.poll()
            epoll.poll()

        for body, words in (
            (lambda: polls(0), "for neither input nor room"),
            (lambda: polls(select.POLLPRI), "for neither input nor room"),
            (waits_for_news, "for what is new there only"),
            (used_up, "is not watched any more (EPOLLONESHOT)"),
        ):
            with child(body) as pid:
                text = text_of(diagnosed(pid, "poll"))
                assert words in text
                assert "empty" not in text


def test_epoll_watches_a_file_and_not_its_number():
    def body():
        read_end, _ = os.pipe()
        other, _ = os.pipe()
        epoll = select.epoll()
        epoll.register(read_end, select.EPOLLIN)
        kept = os.dup(read_end)
        os.dup2(other, read_end)
        epoll.poll()
        return kept

    with child(body) as pid:
        text = text_of(diagnosed(pid, "poll"))
        assert "a number that has another file now" in text
        assert "The pipe is empty" not in text


def test_a_poll_with_a_limit_returns_after_it_and_never_waits_for_itself():
    def body():
        read_end, _ = os.pipe()
        poll = select.poll()
        poll.register(read_end, select.POLLIN)
        poll.poll(1000_000)

    with child(body) as pid:
        text = text_of(diagnosed(pid, "poll"))
        assert "poll(2) returns when it is ready, or after 1000 s." in text
        assert "it becomes ready when a process writes" in text
        assert "itself." not in text
        assert "end of file" not in text


def test_polling_a_pidfd_waits_for_that_process():
    with child(sleep_for_ever) as other:

        def body():
            select.select([os.pidfd_open(other)], [], [])

        with child(body) as pid:
            found = diagnosed(pid, "poll")
            assert found.waits_for == (other,)
            assert f"waits for the end of process {other}" in text_of(found)


def test_a_server_waits_for_a_connection(tmp_path):
    def body():
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"{tmp_path}/s")
        server.listen()
        server.accept()

    with child(body) as pid:
        assert "waits for a connection" in text_of(diagnosed(pid, "connection"))


@pytest.mark.skipif(not hasattr(os, "eventfd"), reason="os.eventfd needs glibc 2.8")
def test_reading_an_eventfd_waits_for_an_event():
    with child(lambda: os.read(os.eventfd(0), 8)) as pid:
        assert "an eventfd" in text_of(diagnosed(pid, "event"))
