"""The first sentence is the answer; each sentence of the proof names its evidence."""

import inspect
import os
import re
import select
import signal
import socket
import subprocess
import time

import pytest

from simpsh import diagnose, until_state
from simpsh.base.waits import Situation, Waker
from simpsh.diagnosis import answer as diagnosis
from simpsh.diagnosis.symptoms import AWAITED
from tests.diagnosis.diagnosis_texts import circle_of, text_of
from tests.harness.process import (
    child,
    children_of,
    end,
    fork_child,
    pipe,
    sleep_for_ever,
    wait_until,
)
from tests.process.diagnosed_children import diagnosed, diagnosis_at_rest


def test_the_end_of_a_chain_is_named_first_and_each_sentence_has_its_evidence():
    argv = ["sh", "-c", "sleep 1000 | cat | wc -l & wait"]
    with subprocess.Popen(argv) as process:
        try:
            # Wait for the sleep: before it the process is reported as running.
            words = ", and sleeps for 1000 s"
            found = diagnosis_at_rest(process.pid, lambda it: words in it.sentences[0], words)
            holds = "(P1: sleep 1000), which holds the write end of the pipe ["
            assert holds in found.sentences[0]
            assert (found.verdict, found.symptom, found.lesson) == ("at rest", "", "")
            kinds = [
                re.match(r"  (seen|inferred by [^:]+|not seen|wakes it): ", line)
                for line in found.lines()
            ]
            assert all(kinds[1:])
            assert len({*found.lines()}) == len(found.lines())
        finally:
            end(process.pid)


def connect_line(kind):
    if kind != "TCP":
        return socket.socketpair(type=kind)
    with socket.create_server(("127.0.0.1", 0)) as server:
        return socket.create_connection(server.getsockname()), server.accept()[0]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM, "TCP"])
def test_two_processes_that_receive_from_each_other_without_a_time_limit_are_a_circle(kind):
    def body():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        ours, theirs = connect_line(kind)
        fork_child(lambda: (ours.close(), theirs.recv(1)))
        theirs.close()
        ours.recv(1)

    with child(body) as pid:
        found = circle_of(pid)
        assert found.circle == (pid, *children_of(pid))
        assert "SO_RCVTIMEO" not in found.sentences[0]


def test_pending_signals_of_a_process_that_blocks_them_or_is_stopped_are_listed():
    def body():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        sleep_for_ever()

    with child(body) as pid:
        diagnosed(pid, "signal")
        os.kill(pid, signal.SIGTERM)
        assert f"SIGTERM is pending for process {pid}, which blocks it." in text_of(diagnose(pid))
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        os.kill(pid, signal.SIGHUP)
        text = text_of(diagnosed(pid, "stopped"))
        assert f"SIGHUP is pending for process {pid}, which is stopped." in text


def test_a_zombie_has_the_advice_for_its_parent_whatever_that_waits_for():
    with pipe() as (read_end, _):

        def body():
            fork_child(lambda: None)
            os.read(read_end, 1)

        with child(body) as pid:
            [dead] = wait_until(lambda: children_of(pid), "a child")
            assert diagnosed(dead, "zombie").symptom == "E-ZOMBIE"


def test_the_documented_situations_are_all_that_there_are():
    source = inspect.getsource(diagnosis)
    words = re.search(r'situation: str\s+"""(.*?)\."""', source, re.DOTALL)[1]
    situations = {" ".join(word.split()) for word in re.split("[,;]", words)}
    assert len(situations) > 30
    assert situations == {it.word for it in Situation.BY_WORD.values()} - {"idle loop"}


def test_each_waker_has_its_words():
    assert {*Waker.BY_WORD.values()} == {*AWAITED}


def test_a_healthy_wait_ends_with_the_event_that_ends_it_and_advises_no_change():
    with child(lambda: time.sleep(1000)) as pid:
        found = diagnosed(pid, "timer")
    assert found.lines()[-1] == "  wakes it: the end of a sleep."
    assert (found.verdict, found.status, found.change) == ("at rest", 0, "")


def reads_pipes_that_others_hold():
    """Poll three pipes; each of two children holds the write ends of two."""
    pairs = [os.pipe() for _ in range(3)]
    for kept in (0, 2):

        def holds(kept=kept):
            for index, (read_end, write_end) in enumerate(pairs):
                os.close(read_end)
                if index not in (1, kept):
                    os.close(write_end)
            sleep_for_ever()

        fork_child(holds)
    for _, write_end in pairs:
        os.close(write_end)
    select.select([read_end for read_end, _ in pairs], [], [])


def test_each_holder_of_the_proof_has_that_pipe_as_these_descriptors():
    with child(reads_pipes_that_others_hold) as pid:
        found = diagnosis_at_rest(pid, lambda it: len(it.waits_for) == 2, "two holders")
        said = re.findall(
            r"Process (\d+) .* has the write end of (.*) open, as descriptors? (\d+)",
            "\n".join(found.sentences),
        )
        assert len(said) == 4
        for holder, pipe, number in said:
            inode = os.stat(f"/proc/{holder}/fd/{number}").st_ino
            assert pipe == f"the pipe [{inode}]"
        assert {int(holder) for holder, *_ in said} == {*found.waits_for}


def test_no_answer_advises_to_kill_a_dead_process_or_a_waiting_shell():
    def dies():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        if fork_child(lambda: os.kill(os.getpid(), signal.SIGTERM)):
            sleep_for_ever()

    with child(dies) as pid:
        dead = wait_until(lambda: children_of(pid), "a child")[0]
        assert "kill -KILL" not in text_of(diagnosed(dead, "zombie"))

    def has_news_of_a_child():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        fork_child(lambda: None)
        os.waitpid(fork_child(sleep_for_ever), 0)

    with child(has_news_of_a_child) as pid:
        wait_until(lambda: len(children_of(pid)) == 2, "two children")
        found = diagnosed(pid, "child")
        assert "SIGCHLD" not in text_of(found)
