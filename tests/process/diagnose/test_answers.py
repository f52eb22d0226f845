"""The answer comes first, in one sentence; each sentence of its proof says how it is known."""

import multiprocessing
import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from simpsh import diagnose, until_state
from simpsh.course.lesson.lesson_library import Library
from simpsh.process.diagnose.diagnosis import SYMPTOMS, diagnose_job
from tests.process.diagnose.diagnosis_texts import circle_of, text_of
from tests.process.forked_children import (
    child,
    diagnosed,
    end,
    fork_child,
    on_terminal,
    sleep_for_ever,
    until,
)
from tests.support.c_programs import compile_c


def answered(pid, words):
    return until(lambda: words in (one := diagnose(pid)).sentences[0] and one, words)


def test_the_end_of_a_chain_is_named_first_and_each_sentence_has_its_evidence():
    argv = ["sh", "-c", "sleep 1000 | cat | wc -l & wait"]
    with subprocess.Popen(argv) as process:
        try:
            found = answered(
                process.pid, "(P1: sleep 1000), which holds the write end of the pipe ["
            )
            assert ", and sleeps for 1000 s" in found.sentences[0]
            assert (found.symptom, found.lesson) == ("E-PIPE-HANG", "pipe-hang")
            kinds = [
                re.match(r"  (seen|inferred by [^:]+|not seen|E-[A-Z-]+): ", line)
                for line in found.lines()
            ]
            assert all(kinds[1:])
            assert len({*found.lines()}) == len(found.lines())
            job = [int(pid) for pid in _children(process.pid)]
            words = f"All others wait for process {job[0]} (P1: sleep 1000), which holds the write"
            until(lambda: words in diagnose_job(job, process.pid, {}).sentences[0], words)
        finally:
            end(process.pid)


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


def connected(kind):
    if kind != "TCP":
        return socket.socketpair(type=kind)
    with socket.create_server(("127.0.0.1", 0)) as server:
        return socket.create_connection(server.getsockname()), server.accept()[0]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM, "TCP", "limited"])
def test_two_that_receive_from_each_other_are_a_circle_unless_the_socket_has_a_time_limit(kind):
    def body():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        ours, theirs = connected("TCP" if kind == "limited" else kind)
        fork_child(lambda: (ours.close(), theirs.recv(1)))
        theirs.close()
        if kind == "limited":
            seconds = (1000).to_bytes(8, "little") + bytes(8)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
        ours.recv(1)

    with child(body) as pid:
        if kind == "limited":
            text = until(
                lambda: "after 1000 s" in (text := text_of(diagnose(pid))) and text, "limit"
            )
            assert "wait for each other" not in text
        else:
            assert circle_of(pid).circle == (pid, *map(int, _children(pid)))


def test_a_queue_that_is_joined_before_it_is_read_is_a_circle_with_a_thread():
    def puts(queue):
        queue.put(bytes(1 << 20))

    def body():
        forking = multiprocessing.get_context("fork")
        queue = forking.Queue()
        process = forking.Process(target=puts, args=(queue,))
        process.start()
        process.join()

    with child(body) as pid:
        found = circle_of(pid)
        [putting] = map(int, _children(pid))
        assert {pid, putting} < {*found.circle}
        assert len(found.circle) == 3
        assert " wait for each other: " in found.sentences[0]
        assert f"Thread {max(found.circle)} of process {putting} " in text_of(found)
        assert found.symptom == "E-PIPE-FULL"


def test_a_circle_beside_a_thread_that_sleeps_is_no_deadlock():
    def body():
        ours, theirs = socket.socketpair()
        fork_child(lambda: (ours.close(), theirs.recv(1)))
        theirs.close()
        threading.Thread(target=lambda: (time.sleep(1000), ours.send(b"x"))).start()
        ours.recv(1)

    with child(body) as pid:
        text = text_of(circle_of(pid))
        assert "it could be a deadlock, unless " in text
        assert f"another thread of process {pid}" in text


DEAD_OWNER = r"""
#include <pthread.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **words) {
    struct sembuf wanted[2] = {{2, -1, 0}, {1, 0, 0}};
    struct { long kind; char text[8]; } message;
    if (words[1][0] == 'm') msgrcv(atoi(words[2]), &message, 8, 0, 0);
    if (words[1][0] == 's') semop(atoi(words[2]), wanted, 2);
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_t *mutex = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_init(mutex, &shared);
    if (fork() == 0) {
        pthread_mutex_lock(mutex);
        _exit(0);
    }
    wait(0);
    return pthread_mutex_lock(mutex);
}
"""


def test_a_lock_whose_owner_is_dead_and_the_id_of_a_system_v_semaphore_are_told(tmp_path):
    (tmp_path / "waits.c").write_text(f"#include <stdlib.h>\n{DEAD_OWNER}")
    program = compile_c(tmp_path / "waits.c", tmp_path / "waits", "-pthread")
    made = subprocess.run(["ipcmk", "-S", "3", "-Q"], capture_output=True, text=True, check=True)
    semaphores, queue = sorted(re.findall(r"(\w+) id: (\d+)", made.stdout))
    try:
        for argv, words in (
            (["dead"], "a mutex that was taken by thread"),
            (
                ["semaphores", semaphores[1]],
                f"set {semaphores[1]} until its semaphore 2 is at least 1",
            ),
            (["messages", queue[1]], f"a message in the System V queue {queue[1]} "),
        ):
            with subprocess.Popen([program, *argv]) as process:
                try:
                    answered(process.pid, words)
                finally:
                    process.kill()
    finally:
        subprocess.run(["ipcrm", "-s", semaphores[1], "-q", queue[1]], check=True)


def test_a_signal_that_is_pending_and_blocked_or_waits_for_a_stop_to_end_is_told():
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


def test_a_reader_of_its_terminal_that_is_stopped_in_the_background_needs_fg():
    def leader():
        pid = fork_child(lambda: (os.setpgid(0, 0), os.read(0, 10)))
        os.waitpid(pid, os.WUNTRACED)
        sleep_for_ever()

    with on_terminal(leader) as leading:
        pid = int(until(lambda: _children(leading), "a child")[0])
        diagnosed(leading, "signal")
        found = diagnosed(pid, "stopped")
    assert "at its terminal: by SIGTTIN, or by ^Z before that" in found.sentences[0]
    assert "SIGTTIN stops it again. fg in its shell" in text_of(found)


def test_each_symptom_has_a_lesson():
    lessons = {*Library().ids}
    assert {lesson for _, lesson in SYMPTOMS.values()} <= lessons
