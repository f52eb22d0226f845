"""The verdict: stuck, at rest or not known, from the facts about who may still end a wait."""

import ctypes
import errno
import fcntl
import os
import pty
import select
import signal
import socket
import struct
import tempfile
import termios
import time

import pytest

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.base.targets import Outsider
from simpsh.base.waits import Edge, Wait
from simpsh.diagnosis import examination
from simpsh.diagnosis.answer import diagnose
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process import file_holders
from tests.diagnosis.diagnosis_texts import text_of
from tests.harness.process import (
    child,
    children_of,
    fork_child,
    sleep_for_ever,
    wait_until,
    wait_until_at_rest,
)
from tests.process.diagnosed_children import diagnosis_at_rest


def idle_worker():
    """Keep a worker that reads its requests from a pipe."""
    read_end, _ = os.pipe()
    fork_child(lambda: os.read(read_end, 1))
    signal.pause()


def mounts():
    with open("/proc/self/mountinfo") as table:
        poll = select.poll()
        poll.register(table, select.POLLPRI)
        poll.poll()


def sigchld_server():
    wanted = {signal.SIGCHLD, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    fork_child(sleep_for_ever)
    signal.sigwait(wanted)


AT_REST = {
    "worker-of-a-pool": (idle_worker, 1, "signal"),
    "mounts": (mounts, 0, "kernel event"),
    "sigchld-server": (sigchld_server, 0, "signal"),
}


def words_of(found):
    return {waker.word for wait in found.waits.values() for waker in wait.wakers}


def diagnosed_below(pid, generation, is_it, words):
    """Return the diagnosis at rest of a process, or of its first child."""
    if generation:
        pid = wait_until(lambda: children_of(pid), "a child")[0]
    return diagnosis_at_rest(pid, is_it, words)


@pytest.mark.parametrize("name", AT_REST)
def test_an_idle_program_is_at_rest_and_gets_no_advice(name):
    body, generation, waker = AT_REST[name]
    with child(body) as pid:
        found = diagnosed_below(
            pid, generation, lambda it: it.verdict == "at rest" and waker in words_of(it), waker
        )
    assert (found.symptom, found.lesson, found.change, found.status) == ("", "", "", 0)
    assert found.sentences[0].endswith("; nothing here is seen to be stuck.")
    assert "\n  wakes it: " in text_of(found)


def stops():
    os.kill(os.getpid(), signal.SIGSTOP)


def pipe_of(body):
    """Return the read end of a pipe that only a child with this body can write to."""
    read_end, write_end = os.pipe()
    fork_child(lambda: (os.close(read_end), body()))
    os.close(write_end)
    return read_end


def polls_with_a_limit():
    descriptor = os.pidfd_open(fork_child(stops))
    select.select([descriptor], [], [], 3600)


def polls_a_pipe_of_a_sleeper():
    select.select([pipe_of(stops), pipe_of(sleep_for_ever)], [], [])


def polls_an_epoll_that_a_sleeper_shares():
    """The sleeper may register another descriptor."""
    poll = select.epoll()
    poll.register(pipe_of(stops), select.EPOLLIN)
    fork_child(sleep_for_ever)
    poll.poll()


def reads_a_terminal_for_some_seconds():
    master, terminal = pty.openpty()
    settings = termios.tcgetattr(terminal)
    settings[3] &= ~termios.ICANON
    settings[6][termios.VMIN], settings[6][termios.VTIME] = 0, 255
    termios.tcsetattr(terminal, termios.TCSANOW, settings)
    fork_child(lambda: (os.close(terminal), stops()))
    os.close(master)
    os.read(terminal, 1)


def polls_a_listener_in_an_epoll():
    with socket.create_server(("127.0.0.1", 0)) as server:
        first, poll = select.epoll(), select.epoll()
        first.register(server, select.EPOLLIN)
        poll.register(first, select.EPOLLIN)
        poll.register(pipe_of(stops), select.EPOLLIN)
        poll.poll()


def reads_from_two_writers():
    read_end, write_end = os.pipe()
    for body in (stops, sleep_for_ever):
        fork_child(body)
    os.close(write_end)
    os.read(read_end, 1)


def waits_for_a_process_that_polls():
    """Three processes wait in a chain, and the last one for either of two."""
    os.read(pipe_of(lambda: os.read(pipe_of(polls_a_pipe_of_a_sleeper), 1)), 1)


WAYS_OUT = (
    *(polls_with_a_limit, polls_a_pipe_of_a_sleeper, polls_a_listener_in_an_epoll),
    *(reads_from_two_writers, waits_for_a_process_that_polls),
    reads_a_terminal_for_some_seconds,
)


@pytest.mark.parametrize("body", WAYS_OUT)
def test_a_wait_that_can_end_in_one_of_several_ways_is_not_stuck(body):
    """Another way, for which a stopped process is needed, is named."""
    with child(body) as pid:
        words = "; it is not stuck, but process "
        found = diagnosis_at_rest(pid, lambda it: words in it.sentences[0], words)
    assert (found.verdict, found.symptom, found.status) == ("at rest", "", 0)


def polls_pipes_of_stopped():
    select.select([pipe_of(stops), pipe_of(stops)], [], [])


def catches_all_that_end_it():
    """Have the handlers of bash, whose SIGALRM is no sign of an alarm."""
    for number in (signal.SIGALRM, signal.SIGVTALRM):
        signal.signal(number, lambda *_: None)
    os.read(pipe_of(stops), 1)


def polls_a_terminal_of_a_stopped_program():
    master, terminal = pty.openpty()
    fork_child(lambda: (os.close(terminal), stops()))
    os.close(master)
    select.select([terminal], [], [])


def waits_until_two_have_closed_a_pipe():
    """Poll a write end that is only reported when all read ends are closed."""
    read_end, write_end = os.pipe()
    for body in (stops, sleep_for_ever):
        fork_child(body)
    os.close(read_end)
    poll = select.poll()
    poll.register(write_end, 0)
    poll.poll()


def waits_for_two_shared_locks():
    with tempfile.NamedTemporaryFile(dir=os.environ["HOME"]) as file:
        for body in (stops, sleep_for_ever):
            with open(file.name) as other:
                fcntl.flock(other, fcntl.LOCK_SH)
                fork_child(body)
        fcntl.flock(file, fcntl.LOCK_EX)


WITHOUT_WAY_OUT = (
    *(polls_pipes_of_stopped, catches_all_that_end_it),
    polls_a_terminal_of_a_stopped_program,
)


@pytest.mark.parametrize("body", WITHOUT_WAY_OUT)
def test_a_wait_of_which_no_way_out_is_left_is_stuck(body):
    with child(body) as pid:
        found = diagnosis_at_rest(pid, lambda it: it.verdict == "stuck", "stuck")
    assert (found.verdict, found.symptom, found.status) == ("stuck", "E-STOPPED", 1)


def has_an_alarm():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.alarm(3600)
    os.read(pipe_of(stops), 1)


def has_a_timer():
    """Its signal would end the process."""
    event = struct.pack("Pii48x", 0, signal.SIGUSR1, 0)
    assert call("timer_create", time.CLOCK_MONOTONIC, event, bytearray(8)) == 0
    os.read(pipe_of(stops), 1)


def has_an_end_in_an_io_uring():
    """A sleeper has registered the write end, and closed it."""
    read_end, write_end = os.pipe()
    fork_child(lambda: (os.close(read_end), stops()))

    def registers():
        ring = call("io_uring_setup", 1, bytes(120))
        call("io_uring_register", ring, 2, struct.pack("i", write_end), 1)
        os.close(read_end)
        os.close(write_end)
        sleep_for_ever()

    fork_child(registers)
    os.close(write_end)
    os.read(read_end, 1)


def call(name, *arguments):
    """Make a system call."""
    library = ctypes.CDLL(None, use_errno=True)
    given = [
        ctypes.c_char_p(bytes(each)) if isinstance(each, bytes | bytearray) else each
        for each in arguments
    ]
    return library.syscall(NUMBERS[name], *given)


NOT_SHOWN = (
    *(has_an_alarm, has_a_timer, has_an_end_in_an_io_uring),
    # Perhaps each of several processes must act, and one cannot.
    *(waits_until_two_have_closed_a_pipe, waits_for_two_shared_locks),
    polls_an_epoll_that_a_sleeper_shares,
)


@pytest.mark.parametrize("body", NOT_SHOWN)
def test_what_may_end_a_wait_but_does_not_show_makes_it_not_known(body):
    if body is has_an_end_in_an_io_uring:
        call("io_uring_setup", 0, bytes(120))
        if ctypes.get_errno() != errno.EINVAL:
            pytest.skip("the kernel forbids io_uring here")
    with child(body) as pid:
        words = "; whether it is stuck is not known."
        found = diagnosis_at_rest(pid, lambda it: it.sentences[0].endswith(words), words)
    assert (found.verdict, found.symptom, found.status) == ("not known", "", 3)


def test_a_wait_that_begins_again_at_each_look_is_not_stuck(monkeypatch):
    """A writer to a terminal that is read seems to be stopped by ^S in each look at it."""
    asking, asked = socket.socketpair()

    def body():
        asking.close()
        while asked.recv(1):
            asked.send(b"x")

    find = examination._finding

    def runs_meanwhile(case, stopped_by):
        finding = find(case, stopped_by)
        if case.pid == pid:
            asking.send(b"x")
            asking.recv(1)
            wait_until_at_rest()
        return changed(finding, edges=(), holders=(), wakers=())

    with asking, asked, child(body) as pid:
        wait_until_at_rest()
        monkeypatch.setattr(examination, "_finding", runs_meanwhile)
        found = diagnose(pid)
    assert (found.verdict, found.symptom, words_of(found)) == ("at rest", "", {"itself"})


def test_the_outlook_of_a_wait_follows_from_its_facts():
    other = Edge(Outsider("cat", 7))
    assert Wait(waits.EMPTY_PIPE, edges=(other,)).outlook == "held"
    assert Wait(waits.EMPTY_PIPE, edges=(other,), limit=1.0).outlook == "at rest"
    assert Wait(waits.MEMORY).outlook == "closed"
    assert Wait(waits.STOPPED, wakers=(waits.BY_SIGNAL,)).outlook == "closed"
    assert Wait(waits.SOCKET, wakers=(waits.BY_UNSEEN,)).outlook == "not known"
    assert Wait(waits.SOCKET, wakers=(waits.BY_CLIENT,)).outlook == "at rest"


def test_a_reader_may_wait_for_any_writer_but_a_writer_waits_for_a_reader(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    for flags, verdict, status in ((os.O_RDONLY, "at rest", 0), (os.O_WRONLY, "not known", 3)):
        with child(os.open, path, flags) as pid:
            found = diagnosis_at_rest(
                pid, lambda it: "opens the FIFO" in it.sentences[0], "it opens"
            )
        assert (found.verdict, found.symptom, found.status) == (verdict, "", status)


def test_the_descriptors_of_all_processes_are_read_once_for_many_waits(monkeypatch):
    """A desktop's message bus polls dozens of sockets, and so do the processes at their ends."""

    def body():
        poll = select.poll()
        for _ in range(8):
            poll.register(pipe_of(sleep_for_ever), select.POLLIN)
        poll.poll()

    read = file_holders.numbers
    counted = []
    monkeypatch.setattr(
        file_holders,
        "numbers",
        lambda directory: (counted.append(directory.pid), read(directory))[1],
    )
    with child(body) as pid:
        found = diagnosis_at_rest(pid, lambda it: len(it.waits_for) == 8, "8 writers")
        assert found.verdict == "at rest"
        looks = 2  # the graph may be built again if the family has changed meanwhile
        assert counted.count(pid) <= looks
