"""Rarer calls that wait: splice, sendfile, connect, groups of children, threads left alone."""

import contextlib
import ctypes
import os
import platform
import socket
import termios
import threading
import time

import pytest

from simpsh import descriptors
from simpsh.process import process_snapshot
from tests.process.diagnose.diagnosis_texts import numbers_of, text_of
from tests.process.forked_children import (
    child,
    diagnosed,
    fork_child,
    pipe,
    skip_without_kernel_functions,
    sleep_for_ever,
)


def test_splicing_from_an_empty_pipe_waits_for_its_writer(tmp_path):
    def body():
        os.close(write_end)
        os.splice(read_end, os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT), 10)

    with pipe() as (read_end, write_end), child(body) as pid:
        found = diagnosed(pid, "empty pipe")
        assert numbers_of(found) == {os.getpid(): (write_end,)}


def test_sending_a_file_into_a_full_socket_waits_for_the_other_end(tmp_path):
    (tmp_path / "file").write_bytes(bytes(1 << 22))

    def body():
        with (tmp_path / "file").open("rb") as file:
            os.sendfile(near.fileno(), file.fileno(), 0, 1 << 22)

    near, far = socket.socketpair()
    with near, far, child(body) as pid:
        found = diagnosed(pid, "socket")
        assert f"writes to the socket [{os.fstat(near.fileno()).st_ino}]" in text_of(found)


@pytest.fixture
def splicing():
    """A process that splices into a full pipe, and the descriptor that reads that pipe here."""

    def body():
        os.close(full_read)
        os.set_blocking(full_write, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(full_write, bytes(4096))
        os.set_blocking(full_write, True)
        os.write(write_end, b"something to move")
        os.splice(read_end, full_write, 10)

    with pipe() as (read_end, write_end), pipe() as (full_read, full_write), child(body) as pid:
        yield pid, full_read


def test_splicing_into_a_full_pipe_waits_for_its_reader(splicing):
    skip_without_kernel_functions()
    pid, full_read = splicing
    found = diagnosed(pid, "full pipe")
    assert numbers_of(found) == {os.getpid(): (full_read,)}


def test_where_the_kernel_names_no_function_it_is_not_said_which_pipe_makes_splice_wait(
    splicing, monkeypatch
):
    monkeypatch.setattr(process_snapshot, "parse_kernel_function", lambda *_: "")
    found = diagnosed(splicing[0], "moving")
    assert "The first is empty, or the second is full." in text_of(found)
    assert "moves data from the pipe [" in text_of(found)


def test_connecting_waits_until_the_server_accepts(tmp_path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{tmp_path}/s")
    server.listen(0)

    def connects():
        clients = []
        while True:
            clients.append(socket.socket(socket.AF_UNIX))
            clients[-1].connect(f"{tmp_path}/s")

    with server, child(connects) as pid:
        assert "no process has answered yet" in text_of(diagnosed(pid, "socket"))


def test_a_wait_for_a_group_names_its_members_only():
    def body():
        fork_child(sleep_for_ever)
        member = fork_child(lambda: (os.setpgid(0, 0), sleep_for_ever()))
        with contextlib.suppress(PermissionError):
            os.setpgid(member, member)
        os.waitpid(-member, 0)

    with child(body) as pid:
        found = diagnosed(pid, "child")
        assert len(found.waits_for) == 1
        assert os.getpgid(found.waits_for[0]) == found.waits_for[0]


def test_output_that_is_held_up_waits_for_the_terminal():
    master, slave = os.openpty()
    try:
        termios.tcflow(slave, termios.TCOOFF)
        with child(os.write, slave, b"held up\n") as pid:
            found = diagnosed(pid, "terminal output")
            assert f"as descriptor {slave}" in text_of(found)
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="knows the number of exit(2) on x86-64")
def test_a_process_whose_first_thread_has_ended_is_not_called_dead():
    def body():
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
        ctypes.CDLL(None).syscall(60, 0)  # exit(2) ends this thread only

    with child(body) as pid:
        found = diagnosed(pid, "threads only")
        assert "1 other thread continues" in text_of(found)
        assert descriptors(pid) is not None


def test_a_stranger_among_the_threads_is_asked_by_its_own_number():
    def body():
        thread = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
        thread.start()
        os.write(write_end, b"%d" % thread.native_id)
        sleep_for_ever()

    with pipe() as (read_end, write_end), child(body) as pid:
        thread = int(os.read(read_end, 20))
        found = diagnosed(thread, "timer")
        assert "sleeps for another" in text_of(found)
        assert found.sentences[0].startswith(f"Thread {thread} of process {pid} (")
