"""Processes that wait for children or the terminal, and stopped, traced or dead ones."""

import ctypes
import os
import signal
import threading
import time

import pytest

from simpsh import Signal, diagnose, until_state
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process.process_tree import birth_paths, children
from tests.diagnosis.diagnosis_texts import children_in, text_of
from tests.harness.process import child, fork_child, on_terminal, pipe, sleep_for_ever, wait_until
from tests.process.diagnosed_children import diagnosed

WALL = 0x40000000

# -- children ----------------------------------------------------------------------------------


def waits_for_child(then=sleep_for_ever):
    return lambda: os.waitpid(fork_child(then), 0)


def test_the_processes_of_a_family_are_called_by_their_birth_paths():
    def has_grandchildren():
        fork_child(sleep_for_ever)
        os.waitpid(fork_child(waits_for_child()), 0)

    with child(has_grandchildren) as pid:
        wait_until(lambda: len(birth_paths(pid)) == 4, "all are born")
        elder, younger = (process.pid for process in children(pid))
        (grandchild,) = (process.pid for process in children(younger))
        names = {pid: "P0", elder: "P1", younger: "P2", grandchild: "P2.1"}
        assert birth_paths(pid) == names
        assert birth_paths(grandchild) == {}, "a process alone has its number"
        diagnosed(younger, "child")
        found = diagnosed(pid, "child")
        assert found.waits_for == (younger,)
        assert text_of(found).startswith(f"Process {pid} (P0: ")
        assert f"waits for process {younger} (P2: " in text_of(found)
        assert f"process {grandchild} (P2.1: " in text_of(found)


def waits_by_number(stopped, other):
    os.waitpid(other, 0)


def waits_for_any(stopped, other):
    os.wait()


def waits_by_pidfd(stopped, other):
    os.waitid(os.P_PIDFD, os.pidfd_open(other), os.WEXITED)


@pytest.mark.parametrize(
    ("wait", "count", "verdict"),
    [
        (waits_by_number, 1, "at rest"),
        (waits_for_any, 2, "at rest"),
        (waits_by_pidfd, 2, "not known"),
    ],
)
def test_the_child_that_is_waited_for_is_known_by_its_number(wait, count, verdict):
    def body():
        stopped = fork_child(lambda: os.kill(os.getpid(), signal.SIGSTOP))
        until_state(stopped, "T")
        wait(stopped, fork_child(sleep_for_ever))

    with child(body) as pid:
        wait_until(lambda: len(children(pid)) == 2, "both children run")
        found = diagnosed(pid, "child")
        assert (found.verdict, len(found.waits_for)) == (verdict, count)
        assert max(one.pid for one in children(pid)) in found.waits_for


def test_a_zombie_waits_for_its_parent():
    with child(lambda: (fork_child(lambda: 42), sleep_for_ever())) as pid:
        zombie = wait_until(lambda: children_in(pid, "Z"), "a zombie")[0]
        found = diagnose(zombie)
        assert found.situation == "zombie"
        assert found.waits_for == (pid,)
        assert f"is dead, and waits for process {pid} " in found.sentences[0]
        assert "normal termination: exit status: 42" in text_of(found)


def seizes(pid, then):
    """Return a body that seizes a process and then calls `then`."""

    def body():
        ptrace.seize(pid, 0)
        then()

    return body


def test_a_tracer_waits_for_its_tracee():
    with (
        child(sleep_for_ever) as traced,
        child(seizes(traced, lambda: os.waitpid(traced, WALL))) as pid,
    ):
        found = diagnosed(pid, "child")
        assert found.waits_for == (traced,)


def test_the_parent_of_a_vfork_child_waits_even_if_it_shares_no_memory():
    def holds_its_parent():
        flags = 0x4000 | signal.SIGCHLD  # CLONE_VFORK, without CLONE_VM
        if ctypes.CDLL(None).syscall(NUMBERS["clone"], flags, 0, 0, 0, 0) == 0:
            sleep_for_ever()

    with child(holds_its_parent) as pid:
        found = diagnosed(pid, "vfork child")
        assert found.waits_for == (children(pid)[0].pid,)


# -- threads -----------------------------------------------------------------------------------


def test_a_thread_is_diagnosed_by_its_own_id():
    def body():
        thread = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
        thread.start()
        os.write(write_end, b"%d" % thread.native_id)
        sleep_for_ever()

    with pipe() as (read_end, write_end), child(body) as pid:
        thread = int(os.read(read_end, 20))
        found = diagnosed(thread, "timer")
        assert "sleeps for another" in text_of(found)
        assert text_of(found).startswith(f"Thread {thread} of process {pid} (")


# -- the terminal, stops, tracing --------------------------------------------------------------


def reads_a_terminal_of_no_session():
    _, other = os.openpty()
    os.read(other, 10)


@pytest.mark.parametrize(
    ("body", "situation", "words", "unsaid"),
    [
        (lambda: os.read(0, 10), "keyboard", "it waits for the keyboard", "It is in group"),
        (reads_a_terminal_of_no_session, "terminal input", "reads the terminal", "foreground"),
    ],
    ids=["in the foreground", "no session"],
)
def test_a_reader_of_a_terminal_waits_for_whoever_has_the_master(body, situation, words, unsaid):
    with on_terminal(body) as pid:
        text = text_of(diagnosed(pid, situation))
        assert words in text
        assert unsaid not in text


def in_background(then):
    def leader():
        pid = fork_child(lambda: (os.setpgid(0, 0), then()))
        # WNOWAIT: some kernels show the stop signal only until the stop has been waited for.
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
        sleep_for_ever()

    return leader


def test_a_forbidden_terminal_access_stops_a_background_job():
    give = lambda: os.tcsetpgrp(0, os.getpgrp())  # noqa: E731 - one of two bodies
    for body, name in ((lambda: os.read(0, 10), "SIGTTIN"), (give, "SIGTTOU")):
        with on_terminal(in_background(body)) as leader:
            pid = wait_until(lambda: children_in(leader, "T"), "a stopped child")[0]
            text = text_of(diagnosed(pid, "stopped at terminal"))
            assert f"is stopped by {name}; it is stuck." in text
            assert f"in group {pid}, the terminal's foreground group is {leader}." in text


def test_a_stop_signal_that_the_parent_has_collected_is_not_guessed():
    def leader():
        os.waitpid(fork_child(lambda: os.read(0, 10)), os.WUNTRACED)
        sleep_for_ever()

    with on_terminal(leader) as leading:
        pid = wait_until(lambda: children(leading), "a child")[0].pid
        diagnosed(pid, "keyboard")
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        diagnosed(leading, "signal")
        text = text_of(diagnose(pid))
        assert "SIGTTIN" not in text
        assert "only its parent gets to know" in text
        text = text_of(diagnose(pid, Signal(signal.SIGSTOP)))
        assert "is stopped by SIGSTOP" in text
        assert f"kill -CONT {pid}" in text
