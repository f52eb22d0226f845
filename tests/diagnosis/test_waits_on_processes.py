"""Processes that wait for children or the terminal, and stopped, traced or dead ones."""

import contextlib
import ctypes
import os
import signal
import threading
import time

import pytest

from simpsh import Signal, diagnose, until_state
from simpsh.diagnosis import wait_graph
from simpsh.diagnosis.examination import examined
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import birth_paths, children
from tests.diagnosis.diagnosis_texts import children_in, text_of
from tests.harness.compiled import compile_c
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


def waits_by_pidfd():
    os.waitid(os.P_PIDFD, os.pidfd_open(fork_child(sleep_for_ever)), os.WEXITED)


def waits_for_a_group():
    fork_child(sleep_for_ever)
    member = fork_child(lambda: (os.setpgid(0, 0), sleep_for_ever()))
    with contextlib.suppress(PermissionError):
        os.setpgid(member, member)
    os.waitpid(-member, 0)


@pytest.mark.parametrize("body", [waits_by_pidfd, waits_for_a_group])
def test_only_the_child_that_is_waited_for_is_named(body):
    with child(body) as pid:
        found = diagnosed(pid, "child")
        assert found.waits_for == (max(one.pid for one in children(pid)),)
        assert f"waits for process {found.waits_for[0]} " in text_of(found)


def test_a_wait_for_a_stopped_child_is_explained():
    with child(waits_for_child(lambda: os.kill(os.getpid(), signal.SIGSTOP))) as pid:
        (grandchild,) = diagnosed(pid, "child").waits_for
        until_state(grandchild, "T")
        text = text_of(diagnosed(pid, "child"))
        assert f"Process {grandchild} is stopped, and the wait is for an end only" in text
        assert "is stopped by SIGSTOP" in text or "is stopped." in text


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


def test_a_tracer_waits_for_its_tracee_and_collects_its_zombie():
    with (
        child(sleep_for_ever) as traced,
        child(seizes(traced, lambda: os.waitpid(traced, WALL))) as pid,
    ):
        found = diagnosed(pid, "child")
        assert found.waits_for == (traced,)
    with pipe() as (gate, opening), child(waits_for_child(lambda: os.read(gate, 1))) as waiting:
        pid = wait_until(lambda: children(waiting), "its child")[0].pid
        tracer = seizes(pid, lambda: (os.write(opening, b"x"), sleep_for_ever()))
        with child(tracer) as tracing:
            wait_until(lambda: children_in(waiting, "Z"), "a zombie")
            found = diagnose(pid)
            assert found.waits_for == (tracing,)
            assert "which traces it and has not collected it" in found.sentences[0]
            words = "has ended, but cannot be collected yet"
            assert words in text_of(diagnosed(waiting, "child"))


def test_the_parent_of_a_vfork_child_waits_even_if_it_shares_no_memory():
    def holds_its_parent():
        flags = 0x4000 | signal.SIGCHLD  # CLONE_VFORK, without CLONE_VM
        if ctypes.CDLL(None).syscall(NUMBERS["clone"], flags, 0, 0, 0, 0) == 0:
            sleep_for_ever()

    with child(holds_its_parent) as pid:
        found = diagnosed(pid, "vfork child")
        assert found.waits_for == (children(pid)[0].pid,)
        assert "The child has" not in text_of(found)


VFORKS = r"""
#include <pthread.h>
#include <unistd.h>
static int ends[2];
static void *forks(void *unused) {
    char byte;
    read(ends[0], &byte, 1);
    if (fork() == 0) pause();
    for (;;) pause();
    return unused;
}
int main(void) {
    pthread_t thread;
    pipe(ends);
    pthread_create(&thread, 0, forks, 0);
    if (vfork() == 0) {
        write(ends[1], "x", 1);
        for (;;) pause();
    }
}
"""


def test_the_child_of_another_thread_is_not_the_vfork_child(tmp_path):
    (tmp_path / "vforks.c").write_text(VFORKS)
    program = compile_c(tmp_path / "vforks.c", tmp_path / "vforks", "-pthread")
    with child(lambda: os.execv(program, [program])) as pid:
        elder, _ = wait_until(lambda: len(both := children(pid)) == 2 and both, "two children")
        found = diagnosed(pid, "vfork child")
        assert found.waits_for == (elder.pid,)
        assert "The child has the parent's memory" in text_of(found)


EXECUTES_LATER = r"""
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    char byte;
    if (vfork() == 0) {
        read(0, &byte, 1);
        execl("/bin/sleep", "sleep", "1000", (char *)0);
        _exit(127);
    }
    wait(NULL);
}
"""


def test_a_child_that_executes_between_two_looks_is_no_vfork_child(tmp_path, monkeypatch):
    (tmp_path / "later.c").write_text(EXECUTES_LATER)
    program = compile_c(tmp_path / "later.c", tmp_path / "later")
    with pipe() as (read_end, write_end):

        def executes_later():
            os.dup2(read_end, 0)
            os.execv(program, [program])

        with child(executes_later) as pid:
            assert diagnosed(pid, "vfork child").waits_for == (children(pid)[0].pid,)
            looks = []

            def examine(task, *rest):
                seen = examined(task, *rest)
                looks.append(task)
                if looks == [pid]:
                    os.write(write_end, b"x")
                    (executing,) = children(pid)
                    wait_until(lambda: command(executing.pid) == "sleep 1000", "it executes")
                    # The parent leaves vfork (D), and sleeps in wait (S).
                    for each in (executing.pid, pid):
                        until_state(each, "S")
                return seen

            monkeypatch.setattr(wait_graph, "examined", examine)
            found = diagnose(pid)
    assert found.situation == "child", text_of(found)
    assert "execute a program" not in text_of(found)


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
    give = lambda: os.tcsetpgrp(0, os.getpgrp())  # noqa: E731 - one of three bodies
    for body, words in (
        (lambda: os.read(0, 10), "is stopped by SIGTTIN"),
        (give, "is stopped by SIGTTOU"),
        (lambda: os.waitpid(fork_child(give), 0), "was about to write to, or set, its terminal"),
    ):
        with on_terminal(in_background(body)) as leader:
            pid = wait_until(lambda: children_in(leader, "T"), "a stopped child")[0]
            text = text_of(diagnosed(pid, "stopped at terminal"))
            assert words in text
            assert f"it is in group {pid}, the foreground group is {leader}" in text
    with on_terminal(in_background(sleep_for_ever)) as leader:
        pid = wait_until(lambda: children(leader), "a child")[0].pid
        wait_until(lambda: os.getpgid(pid) == pid, "it is in the background")
        diagnosed(pid, "signal")
        os.kill(pid, signal.SIGTTIN)
        until_state(pid, "T")
        text = text_of(diagnose(pid))
        assert "is stopped by SIGTTIN" in text
        assert "Its cause was not watched" in text
        assert "may not read" not in text


def test_a_stop_signal_that_the_parent_has_collected_is_not_guessed():
    def leader(then=lambda: os.read(0, 10)):
        os.waitpid(fork_child(then), os.WUNTRACED)
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

    def ignores_what_stops_its_group():
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
        reads = fork_child(lambda: (signal.signal(signal.SIGTTIN, signal.SIG_DFL), os.read(0, 9)))
        until_state(reads, "T")
        os.kill(os.getpid(), signal.SIGSTOP)

    with on_terminal(lambda: leader(ignores_what_stops_its_group)) as leading:
        diagnosed(leading, "signal")
        pid = wait_until(lambda: children_in(leading, "T"), "a stopped child")[0]
        assert "SIGTTIN" not in text_of(diagnosed(pid, "stopped"))
