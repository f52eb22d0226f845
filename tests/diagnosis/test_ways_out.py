"""Deadlocks and absent holders are reported only if no unseen process could end the wait."""

import os
import socket

import pytest

from simpsh.kernel.namespaces import CLONE_NEWNET, CLONE_NEWPID, unshare
from simpsh.process.process_tree import children
from tests.diagnosis.diagnosis_texts import ask_each_other, circle_of, text_of
from tests.harness.process import (
    child,
    fork_child,
    in_private_pid_namespace,
    pipe,
    sleep_for_ever,
    wait_until,
)
from tests.process.diagnosed_children import diagnosed, diagnosis_at_rest

CLONE_FILES = 0x400


def test_a_circle_among_other_holders_is_not_the_deadlock_of_a_reader_that_someone_else_feeds():
    with pipe() as (read_end, write_end):

        def read():
            os.close(write_end)
            os.read(read_end, 1)

        with child(read) as reader, child(sleep_for_ever), child(ask_each_other):
            found = circle_of(reader)
            assert (found.verdict, found.is_deadlock) == ("running", False)


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
def test_the_other_end_in_another_network_namespace_is_not_known():
    def body():
        unshare(CLONE_NEWNET)
        ours, theirs = socket.socketpair()
        fork_child(lambda: (ours.close(), sleep_for_ever()))
        theirs.close()
        ours.recv(1)

    words = "in another network namespace"
    with child(body) as pid:
        found = diagnosis_at_rest(pid, lambda found: words in text_of(found), words)
    assert (found.verdict, found.symptom) == ("not known", "")
