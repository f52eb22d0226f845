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
from tests.process.diagnose.diagnosis_texts import numbers_of, text_of
from tests.process.forked_children import (
    child,
    diagnosed,
    fork_child,
    pipe,
    sleep_for_ever,
    until,
)


def catches_a_signal():
    signal.signal(signal.SIGUSR1, lambda *_: None)
    sleep_for_ever()


def waits_with_a_limit():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    signal.sigtimedwait([signal.SIGUSR1], 1000)


def waits_for_two_signals():
    wanted = {signal.SIGUSR2, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    signal.sigwait(wanted)


def locks_twice():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def is_busy():
    while True:
        pass


def watches_a_number_that_changed():
    read_end, _ = os.pipe()
    other, _ = os.pipe()
    epoll = select.epoll()
    epoll.register(read_end, select.EPOLLIN)
    watched = os.dup(read_end)
    os.dup2(other, read_end)
    epoll.poll()
    return watched


def polls_with_a_limit():
    read_end, _ = os.pipe()
    poll = select.poll()
    poll.register(read_end, select.POLLIN)
    poll.poll(1000_000)


def accepts():
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"\0simpsh-accepts-{os.getpid()}")
    server.listen()
    server.accept()


def writes_to_a_full_socket():
    near, far = socket.socketpair()
    near.sendall(bytes(1 << 22))
    far.close()


def waits_for_any_of_three():
    for _ in range(3):
        fork_child(sleep_for_ever)
    os.waitid(os.P_ALL, 0, os.WEXITED)


WAITS = [
    (catches_a_signal, "signal", ["SIGUSR1"], []),
    (waits_with_a_limit, "signal", ["SIGUSR1, for 1000 s at most"], []),
    (waits_for_two_signals, "signal", ["SIGHUP and SIGUSR2"], []),
    (locks_twice, "futex", ["futex(2)", "no other thread"], []),
    (is_busy, "running", ["waits for nothing"], []),
    (
        watches_a_number_that_changed,
        "poll",
        ["a number that has another file now"],
        ["The pipe is empty"],
    ),
    (
        polls_with_a_limit,
        "poll",
        [
            "poll(2) returns when it is ready, or after 1000 s.",
            "it becomes ready when a process writes",
        ],
        ["itself.", "end of file"],
    ),
    (accepts, "connection", ["waits for a connection"], []),
    (writes_to_a_full_socket, "socket", ["The socket's buffer is full"], []),
    (waits_for_any_of_three, "child", ["waits for any of its children: "], []),
    (lambda: os.read(os.eventfd(0), 8), "event", ["an eventfd"], []),
]


@pytest.mark.parametrize(
    ("body", "situation", "words", "unsaid"), WAITS, ids=[case[0].__name__ for case in WAITS]
)
def test_what_a_process_waits_for_is_told(body, situation, words, unsaid):
    with child(body) as pid:
        text = text_of(diagnosed(pid, situation))
        assert [word for word in words if word not in text] == []
        assert [word for word in unsaid if word in text] == []


def test_a_sleeping_process_waits_for_a_timer_also_after_it_was_continued():
    with child(time.sleep, 1000) as pid:
        found = diagnosed(pid, "timer")
        (seconds,) = re.findall(r"sleeps for another (\d+)\.\d s", text_of(found))
        assert 900 < int(seconds) <= 1000
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        os.kill(pid, signal.SIGCONT)
        diagnosed(pid, "timer")


def test_the_sleep_command_has_asked_for_its_seconds():
    pid = os.posix_spawn("/bin/sleep", ["sleep", "1000"], os.environ)
    try:
        found = diagnosed(pid, "timer")
        assert f"Process {pid} (sleep 1000) sleeps for 1000 s" in text_of(found)
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        os.kill(pid, signal.SIGCONT)
        assert "sleeps until a time that it has set" in text_of(diagnosed(pid, "timer"))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


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


def test_polling_a_pidfd_waits_for_that_process():
    with child(sleep_for_ever) as other:

        def body():
            select.select([os.pidfd_open(other)], [], [])

        with child(body) as pid:
            found = diagnosed(pid, "poll")
            assert found.waits_for == (other,)
            assert f"waits for the end of process {other}" in text_of(found)
