"""Deadlocks and absent holders are reported only if no unseen process could end the wait."""

import ctypes
import errno
import os
import platform
import signal
import socket
import threading
import time

import pytest

from simpsh import descriptors
from simpsh.kernel.namespaces import CLONE_NEWNET, CLONE_NEWPID, unshare
from simpsh.process import socket_table
from simpsh.process.process_tree import children
from tests.diagnosis.diagnosis_texts import ask_each_other, circle_of, numbers_of, text_of
from tests.harness.process import (
    child,
    children_of,
    fork_child,
    gated,
    in_private_pid_namespace,
    pipe,
    sleep_for_ever,
    wait_until,
)
from tests.process.diagnosed_children import diagnosed, diagnosis_at_rest

CLONE_FILES = 0x400


def test_what_a_thread_or_a_handler_may_end_is_not_known():
    def prepare():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, lambda *_: None)
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()

    def reads_its_own_pipe():
        prepare()
        read_end, _ = os.pipe()
        os.read(read_end, 1)

    for body in (lambda: ask_each_other(prepare), reads_its_own_pipe):
        with child(body) as pid:
            found = diagnosed(pid, "empty pipe")
            assert (found.verdict, found.circle) != ("stuck", (pid,)), text_of(found)
            assert "deadlock" not in text_of(found)
    assert "it never gets the end of file." in text_of(found)
    assert list(numbers_of(found)) == [pid]


def test_a_circle_among_other_holders_is_not_the_deadlock_of_a_reader_that_someone_else_feeds():
    with pipe() as (read_end, write_end):

        def read():
            os.close(write_end)
            os.read(read_end, 1)

        with child(read) as reader, child(sleep_for_ever), child(ask_each_other):
            found = circle_of(reader)
            assert (found.verdict, found.is_deadlock) == ("running", False)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="knows the number of exit(2) on x86-64")
def test_a_process_whose_main_thread_has_ended_is_alive_and_found_as_a_holder():
    with pipe() as (read_end, write_end):

        def holder():
            os.close(read_end)
            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
            ctypes.CDLL(None).syscall(60, 0)  # exit(2) ends this thread only

        def reader():
            os.close(write_end)
            os.read(read_end, 1)

        with child(holder) as holding, child(reader) as reading:
            assert "1 other thread left" in text_of(diagnosed(holding, "threads only"))
            assert numbers_of(diagnosed(reading, "empty pipe"))[holding] == (write_end,)
            assert descriptors(holding) is not None


@pytest.mark.needs("root", "namespaces")
def test_in_a_pid_namespace_a_holder_may_be_outside():
    """The reader and diagnose are inside, the writer is outside, as for a container's stdin."""

    def inside():
        os.close(write_end)
        with child(lambda: os.read(read_end, 1)) as pid:
            found = diagnosed(pid, "empty pipe")
            assert "no table that we may read shows it" in text_of(found)
            assert found.verdict == "not known"

    with pipe() as (read_end, write_end):
        in_private_pid_namespace(inside)


@pytest.mark.needs("root", "namespaces")
def test_a_wait_for_a_number_of_an_inner_pid_namespace_names_the_child():
    def outside():
        unshare(CLONE_NEWPID)
        os.waitpid(fork_child(inside), 0)

    def inside():
        os.waitpid(fork_child(sleep_for_ever), 0)

    with child(outside) as pid:
        inner = wait_until(lambda: children(pid), "the first process inside")[0].pid
        inmost = wait_until(lambda: children(inner), "its child")[0].pid
        found = diagnosed(inner, "child")
        assert found.waits_for == (inmost,)
        assert f"waits for process {inmost} " in text_of(found)


@pytest.mark.needs("root", "namespaces")
def test_the_end_of_pid_1_waits_until_the_others_of_its_namespace_are_collected():
    def outside():
        unshare(CLONE_NEWPID)
        _, gate = gated()
        fork_child(lambda: (os.close(gate), sleep_for_ever()))
        os.close(gate)
        sleep_for_ever()

    with child(outside) as pid:
        first, other = wait_until(lambda: len(both := children(pid)) == 2 and both, "two children")
        words = ", which has not collected it, and "
        found = diagnosis_at_rest(first.pid, lambda found: words in found.sentences[0], words)
        assert (found.situation, found.waits_for) == ("namespace", (other.pid,))
        assert f" waits for process {pid} " in found.sentences[0]


@pytest.mark.needs("root", "namespaces")
@pytest.mark.parametrize("is_entered", [True, False])
def test_the_other_end_in_another_network_namespace_is_known_if_it_can_be_entered(
    is_entered, monkeypatch
):
    def refused(_):
        raise PermissionError(errno.EPERM, "as for an ordinary user")

    def body():
        unshare(CLONE_NEWNET)
        ours, theirs = socket.socketpair()
        fork_child(lambda: (ours.close(), sleep_for_ever()))
        theirs.close()
        ours.recv(1)

    with child(body) as pid:
        words = "because the socket is in another network namespace"
        if is_entered:
            words = "holds the other end of the socket"
        else:
            monkeypatch.setattr(socket_table, "in_network_of", refused)
        before = os.readlink("/proc/thread-self/ns/net")
        found = diagnosis_at_rest(pid, lambda found: words in text_of(found), words)
        assert os.readlink("/proc/thread-self/ns/net") == before
        assert list(found.waits_for) == (children_of(pid) if is_entered else [])
    assert (found.verdict, found.symptom) == ("at rest" if is_entered else "not known", "")
