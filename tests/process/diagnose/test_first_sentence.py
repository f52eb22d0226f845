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

from tests.harness.process import (
    child,
    children_of,
    fork_child,
    on_terminal,
    sleep_for_ever,
    wait_until,
)
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.diagnosed_children import diagnosed, diagnosis_at_rest


def assert_true_to_its_proof(found):
    """Check that each holder named in the first sentence holds that pipe in the proof."""
    first, proof = found.sentences[0], "\n".join(found.sentences[1:])
    assert "deadlock" not in first or found.circle
    if found.waits_for:
        assert "None of the" not in first
    # Match each process with the pipes that it holds according to the sentence.
    for named, pipes in re.findall(r"process (\d+) \([^()]*\), which (holds [^,.]*)", first):
        for end_of, pipe in re.findall(r"the (write|read) end of the pipe \[(\d+)\]", pipes):
            parts = re.split(r"(?= \w+ the pipe \[\d+\] as descriptor)", proof)
            about = next(part for part in parts if f" the pipe [{pipe}] as desc" in part)
            assert f"Process {named} (" in about, text_of(found)
            assert f"holds a {end_of} end" in about


def many_ends(seed):
    """Wait for pipes, an eventfd and a socket held by other processes, as the seed says."""
    state, held = seed, {}
    reads = []
    # Each holder inherits the eventfd and the other end of the socket.
    event = os.eventfd(0) if seed % 3 == 0 else -1
    ours, theirs = socket.socketpair()
    for _ in range(2 + seed % 3):
        read_end, write_end = os.pipe()
        reads.append((read_end, write_end))
    for holder in range(1 + seed % 4):
        state = (state * 1103515245 + 12345) % (1 << 31)
        held[holder] = {index for index in range(len(reads)) if state >> (8 + index) & 1}

        def holds(indexes=held[holder]):
            ours.close()
            for index, (read_end, write_end) in enumerate(reads):
                os.close(read_end)
                if index not in indexes:
                    os.close(write_end)
            sleep_for_ever()

        fork_child(holds)
    for _, write_end in reads:
        os.close(write_end)
    ends = [read_end for read_end, _ in reads]
    # Skip pipes without a writer: they would be at end of file immediately.
    used = [
        end for index, end in enumerate(ends) if any(index in indexes for indexes in held.values())
    ]
    theirs.close()
    used += [event] if event >= 0 else []
    used += [ours.fileno()] if seed % 4 == 1 else []
    limit = [None, 3600][seed % 2]
    if not used:
        sleep_for_ever()
    if seed % 5 < 4:
        poll = select.epoll() if seed % 2 else select.poll()
        for one in used:
            poll.register(one, select.POLLIN)
        poll.poll(limit and limit * (1 if seed % 2 else 1000))
    select.select(used, [], [], limit)


@pytest.mark.usual("0", "1")
@pytest.mark.long("24 families of drawn programs")
@pytest.mark.parametrize("seed", range(24))
def test_no_first_sentence_contradicts_its_proof_or_misses_an_edge(seed):
    with child(many_ends, seed) as pid:

        def is_settled(found):
            text = " ".join(found.sentences)
            return found.situation in ("poll", "signal") and "is ready to run" not in text

        found = diagnosis_at_rest(pid, is_settled, "all wait")
        assert_true_to_its_proof(found)
        named = {int(number) for number in re.findall(r"process (\d+)", found.sentences[0])}
        holders = {holder.pid for holder in found.holders}
        assert set(found.waits_for) <= holders
        if found.situation == "poll":
            assert named & holders
            assert "3600 s" in found.sentences[0] or seed % 2 == 0


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
        assert re.search(
            rf"Process {os.getpid()} \(.*\) holds its master, the other side, as", text
        )


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
        assert "whose first thread has ended, while another one lives" in text
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
        assert "It holds the other end, the socket [" in text_of(found)
        assert found.circle == ()
