"""Waiting for children, at the terminal, stopped, traced, dead."""

import contextlib
import ctypes
import os
import signal
import tty

from simpsh import Signal, diagnose, until_state
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process.process_tree import birth_paths, children
from tests.process.diagnose.diagnosis_texts import stopped_children_of, text_of, zombies_of
from tests.process.forked_children import (
    child,
    diagnosed,
    end,
    fork_child,
    pipe,
    sleep_for_ever,
    until,
)
from tests.support.c_programs import compile_c

# -- children ----------------------------------------------------------------------------------


def waits_for_child(then=sleep_for_ever, options=0):
    def body():
        os.waitpid(fork_child(then), options)

    return body


def test_a_parent_waits_for_its_child():
    with child(waits_for_child()) as pid:
        found = diagnosed(pid, "child")
        (grandchild,) = found.waits_for
        assert f"waits for its child {grandchild} (P1: " in text_of(found)


def test_the_processes_of_a_family_are_called_by_their_birth_paths():
    def has_grandchildren():
        fork_child(sleep_for_ever)
        os.waitpid(fork_child(waits_for_child()), 0)

    with child(has_grandchildren) as pid:
        until(lambda: len(birth_paths(pid)) == 4, "all are born")
        elder, younger = (process.pid for process in children(pid))
        (grandchild,) = (process.pid for process in children(younger))
        names = {pid: "P0", elder: "P1", younger: "P2", grandchild: "P2.1"}
        assert birth_paths(pid) == names
        assert birth_paths(grandchild) == {}, "a process alone has its number"
        sentences = diagnosed(pid, "child").sentences
        assert sentences[0].startswith(f"Process {pid} (P0: ")
        assert f"its child {younger} (P2: " in sentences[0]
        assert f"its child {grandchild} (P2.1: " in sentences[-1]


def test_a_wait_for_a_stopped_child_lasts_and_says_why():
    def stops():
        os.kill(os.getpid(), signal.SIGSTOP)

    with child(waits_for_child(stops)) as pid:
        (grandchild,) = diagnosed(pid, "child").waits_for
        until_state(grandchild, "T")
        text = text_of(diagnosed(pid, "child"))
        assert f"Process {grandchild} is stopped, and the wait is for an end only" in text
        assert "is stopped by SIGSTOP" in text or "is stopped." in text


def test_waitid_by_pidfd_names_the_child():
    def body():
        grandchild = fork_child(sleep_for_ever)
        os.waitid(os.P_PIDFD, os.pidfd_open(grandchild), os.WEXITED)

    with child(body) as pid:
        found = diagnosed(pid, "child")
        assert f"waits for its child {found.waits_for[0]} " in text_of(found)


def test_a_zombie_is_its_parents_to_collect():
    def body():
        fork_child(lambda: 42)
        sleep_for_ever()

    with child(body) as pid:
        zombie = until(lambda: zombies_of(pid), "a zombie")[0]
        found = diagnose(zombie)
        assert found.situation == "zombie"
        assert found.waits_for == (pid,)
        text = text_of(found)
        assert f"its parent {pid} " in text
        assert "normal termination: exit status: 42" in text


def test_a_child_without_an_exit_signal_is_not_waited_for():
    def body():
        libc = ctypes.CDLL(None)
        clone = NUMBERS["clone"]
        if libc.syscall(clone, 0, 0, 0, 0, 0) == 0:
            sleep_for_ever()
        fork_child(sleep_for_ever)
        os.wait()

    with child(body) as pid:
        found = until(
            lambda: (one := diagnose(pid)).situation == "child" and one, "it waits for a child"
        )
        ordinary = max(one.pid for one in children(pid))
        assert len(children(pid)) == 2
        assert found.waits_for == (ordinary,)


def test_a_wait_for_a_process_that_is_traced_names_it():
    libc = ctypes.CDLL(None, use_errno=True)
    with child(sleep_for_ever) as traced:

        def tracer():
            if libc.ptrace(0x4206, traced, 0, 0):  # PTRACE_SEIZE
                return 77
            os.waitpid(traced, 0x40000000)  # __WALL
            return 0

        with child(tracer) as pid:
            found = diagnosed(pid, "child")
            assert found.waits_for == (traced,)
            assert f"waits for a process that it traces, {traced} " in found.sentences[0]


def test_a_zombie_that_is_traced_is_its_tracers_to_collect():
    libc = ctypes.CDLL(None, use_errno=True)
    with pipe() as (gate, opening), pipe() as (ready, says):

        def dies():
            os.read(gate, 1)

        def parent():
            pid = fork_child(dies)
            os.write(says, b"%d" % pid)
            os.waitpid(pid, 0)

        with child(parent) as waiting:
            pid = int(os.read(ready, 20))

            def tracer():
                assert libc.ptrace(0x4206, pid, 0, 0) == 0  # PTRACE_SEIZE
                os.write(opening, b"x")
                sleep_for_ever()

            with child(tracer) as tracing:
                until(lambda: zombies_of(waiting), "a zombie")
                found = diagnose(pid)
                assert found.waits_for == (tracing,)
                assert f"its tracer, process {tracing} " in found.sentences[0]
                words = "which has ended but cannot be collected yet"
                assert words in diagnosed(waiting, "child").sentences[0]


def test_the_parent_of_a_vfork_child_waits_for_its_exec(tmp_path):
    fifo = f"{tmp_path}/fifo"
    os.mkfifo(fifo)

    def body():
        # The child opens the FIFO before it executes anything, and nobody opens the other side.
        actions = [(os.POSIX_SPAWN_OPEN, 0, fifo, os.O_RDONLY, 0)]
        os.posix_spawn("/bin/true", ["true"], {}, file_actions=actions)

    with child(body) as pid:
        found = diagnosed(pid, "vfork child")
        (spawned,) = found.waits_for
        diagnosed(spawned, "FIFO without a writer")


VFORKS = r"""
#include <pthread.h>
#include <unistd.h>
static int ends[2];
static void *forks(void *unused) {
    char byte;
    read(ends[0], &byte, 1);
    if (fork() == 0) pause();
    for (;;) pause();
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


def test_the_child_of_another_thread_is_not_the_one_of_vfork(tmp_path):
    (tmp_path / "vforks.c").write_text(VFORKS)
    program = compile_c(tmp_path / "vforks.c", tmp_path / "vforks", "-pthread")
    with child(lambda: os.execv(program, [program])) as pid:
        elder, _ = until(lambda: len(both := children(pid)) == 2 and both, "two children")
        found = diagnosed(pid, "vfork child")
        assert found.waits_for == (elder.pid,)
        assert f"its child {elder.pid} (" in found.sentences[0]
        assert "lends the child the parent's memory" in text_of(found)


def test_a_child_that_holds_its_parent_may_have_memory_of_its_own():
    def body():
        clone_vfork, end_signal = 0x4000, signal.SIGCHLD
        if ctypes.CDLL(None).syscall(NUMBERS["clone"], clone_vfork | end_signal, 0, 0, 0, 0) == 0:
            sleep_for_ever()

    with child(body) as pid:
        found = diagnosed(pid, "vfork child")
        assert found.waits_for == (children(pid)[0].pid,)
        assert "lends" not in text_of(found)


# -- the terminal, stops, tracing --------------------------------------------------------------


@contextlib.contextmanager
def on_terminal(body):
    """A session leader on a terminal of its own."""
    pid, master = os.forkpty()
    if pid == 0:
        try:
            body()
        finally:
            os._exit(0)
    try:
        yield pid
    finally:
        end(pid)
        os.close(master)


def test_reading_the_terminal_in_the_foreground_waits_for_the_keyboard():
    with on_terminal(lambda: os.read(0, 10)) as pid:
        found = diagnosed(pid, "keyboard")
        assert "it waits for the keyboard" in text_of(found)


def in_background(then):
    def leader():
        def body():
            os.setpgid(0, 0)
            then()

        pid = fork_child(body)
        # Looked at only: a kernel that tells the signal does so until it is waited for.
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
        sleep_for_ever()

    return leader


def test_a_background_read_is_stopped_by_sigttin():
    with on_terminal(in_background(lambda: os.read(0, 10))) as leader:
        pid = until(lambda: stopped_children_of(leader), "a stopped child")[0]
        found = diagnosed(pid, "stopped")
        text = text_of(found)
        assert "is stopped by SIGTTIN" in text
        assert f"it is in group {pid}, the foreground group is {leader}" in text


def test_a_stop_signal_that_the_parent_has_collected_is_not_guessed():
    def leader():
        pid = fork_child(lambda: os.read(0, 10))
        os.waitpid(pid, os.WUNTRACED)
        sleep_for_ever()

    with on_terminal(leader) as leading:
        pid = until(lambda: children(leading), "a child")[0].pid
        diagnosed(pid, "keyboard")
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        diagnosed(leading, "signal")
        text = text_of(diagnose(pid))
        assert "SIGTTIN" not in text
        assert "only its parent is told" in text
        assert "is stopped by SIGSTOP" in text_of(diagnose(pid, Signal(signal.SIGSTOP)))


def test_a_stop_signal_that_was_sent_is_no_reading_of_the_terminal():
    with on_terminal(in_background(sleep_for_ever)) as leader:
        pid = until(lambda: children(leader), "a child")[0].pid
        until(lambda: os.getpgid(pid) == pid, "it is in the background")
        diagnosed(pid, "signal")
        os.kill(pid, signal.SIGTTIN)
        until_state(pid, "T")
        text = text_of(diagnose(pid))
        assert "is stopped by SIGTTIN" in text
        assert "may not read" not in text


def test_a_terminal_that_takes_single_bytes_does_not_wait_for_a_line():
    def body():
        tty.setraw(0)
        os.read(0, 10)

    with on_terminal(body) as pid:
        found = diagnosed(pid, "keyboard")
        assert "read(2) returns as soon as one byte is typed" in text_of(found)
        assert "^D" not in text_of(found)


def test_a_terminal_of_no_session_has_no_foreground_group():
    def body():
        _, other = os.openpty()
        os.read(other, 10)

    with on_terminal(body) as pid:
        found = diagnosed(pid, "keyboard")
        assert "foreground group" not in text_of(found)
        assert "when a line is typed, or at ^D" in text_of(found)


def test_a_background_tcsetpgrp_is_stopped_by_sigttou():
    with on_terminal(in_background(lambda: os.tcsetpgrp(0, os.getpid()))) as leader:
        pid = until(lambda: stopped_children_of(leader), "a stopped child")[0]
        assert "is stopped by SIGTTOU" in text_of(diagnosed(pid, "stopped"))


def test_a_stop_signal_is_named():
    with child(sleep_for_ever) as pid:
        os.kill(pid, signal.SIGSTOP)
        until_state(pid, "T")
        found = diagnose(pid)
        assert found.situation == "stopped"
        assert "is stopped by SIGSTOP" in text_of(found)
        assert f"kill -CONT {pid}" in text_of(found)


def test_a_traced_process_is_held_by_its_tracer():
    def body():
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.ptrace(0, 0, 0, 0) == 0  # PTRACE_TRACEME
        os.kill(os.getpid(), signal.SIGSTOP)

    with child(body) as pid:
        until_state(pid, "t")
        found = diagnose(pid)
        assert found.situation == "traced"
        assert found.waits_for == (os.getpid(),)
