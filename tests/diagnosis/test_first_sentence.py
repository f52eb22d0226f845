"""The first sentence names the processes waited for, whatever the call; the proof agrees."""

import ctypes
import fcntl
import os
import re
import select
import signal
import socket
import termios
import threading
import time

import pytest

from tests.diagnosis.diagnosis_texts import text_of
from tests.harness.process import (
    child,
    children_of,
    fork_child,
    on_terminal,
    sleep_for_ever,
    wait_until,
)
from tests.process.diagnosed_children import diagnosed, diagnosis_at_rest


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


TERMINAL_CALLS = {
    "TCSETSF2": lambda: fcntl.ioctl(0, 0x402C542D, bytes(64)),
    "TCFLSH": lambda: termios.tcflush(0, termios.TCIFLUSH),
    "TCXONC": lambda: termios.tcflow(0, termios.TCOON),
    "TCSBRK": lambda: termios.tcdrain(0),
    "TIOCSPGRP": lambda: os.tcsetpgrp(0, os.getpgid(0)),
}


@pytest.mark.parametrize("call", TERMINAL_CALLS)
def test_each_call_that_stops_a_background_process_at_its_terminal_is_known(call):
    def leader():
        pid = fork_child(lambda: (os.setpgid(0, 0), TERMINAL_CALLS[call]()))
        os.waitpid(pid, os.WUNTRACED)
        sleep_for_ever()

    with on_terminal(leader) as leading:
        pid = wait_until(lambda: children_of(leading), "a child")[0]
        text = text_of(diagnosed(pid, "stopped at terminal"))
    assert "was about to write to, or set, its terminal /dev/pts/" in text
    assert "no process of its group is in such a call" not in text


def test_the_holder_of_the_terminals_other_side_is_named():
    with on_terminal(lambda: os.read(0, 1)) as pid:
        text = text_of(diagnosed(pid, "keyboard"))
        assert re.search(rf"Process {os.getpid()} \(.*\) has device /dev/.*ptmx open, as", text)


def test_a_process_whose_main_thread_has_ended_waits_in_another_thread():
    libc = ctypes.CDLL(None)

    def body():
        threading.Thread(target=time.sleep, args=(1000,)).start()
        libc.pthread_exit(None)

    with child(lambda: os.waitpid(fork_child(body), 0)) as pid:
        living = wait_until(lambda: children_of(pid), "a child")[0]
        found = diagnosed(living, "threads only")
        assert "waits for its thread " in found.sentences[0]
        assert ", which sleeps for another " in found.sentences[0]
        text = text_of(diagnosed(pid, "child"))
        assert f"The first thread of process {living} has ended, another one lives." in text
        assert "cannot be collected yet" not in text


def test_a_socket_held_by_the_process_alone_is_in_the_proof():
    def body():
        ours, theirs = socket.socketpair()
        server = socket.create_server(("127.0.0.1", 0))
        select.select([ours, server], [], [])
        theirs.close()

    with child(body) as pid:
        words = "waits for the next connection at the socket ["
        found = diagnosis_at_rest(pid, lambda found: words in found.sentences[0], words)
        assert re.search(r"It has the socket \[\d+\] open itself, as descriptor", text_of(found))
        assert found.circle == ()
