"""Waiting for locks, of files and in memory: who holds them? Never an owner that is none."""

import contextlib
import fcntl
import os
import struct
import subprocess

import pytest

from simpsh import diagnose
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.forked_children import (
    child,
    diagnosed,
    end,
    end_orphan,
    fork_child,
    pipe,
    sleep_for_ever,
)
from tests.support.c_programs import compile_c
from tests.support.processes import wait_until

F_OFD_SETLKW = 38

# -- of files ------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked_and_waiting(path, take, ask):
    """One child holds a lock, another waits for it; both pids."""
    with pipe() as (read_end, write_end):

        def holder():
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
            take(descriptor)
            os.write(write_end, b"x")
            sleep_for_ever()

        def waiter():
            ask(os.open(path, os.O_RDWR))

        with child(holder) as holding:
            os.read(read_end, 1)
            with child(waiter) as waiting:
                yield holding, waiting


def exclusive(descriptor):
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def record(descriptor):
    fcntl.lockf(descriptor, fcntl.LOCK_EX, 10, 5)


def ofd(descriptor):
    asks_for(F_OFD_SETLKW, 0, 0)(descriptor)


@pytest.mark.parametrize(
    ("how", "words"), [(exclusive, "flock(2)"), (record, "a record lock"), (ofd, "F_OFD_SETLKW")]
)
def test_a_lock_is_held_by_the_process_that_took_it(tmp_path, how, words):
    with locked_and_waiting(f"{tmp_path}/file", how, how) as (holding, waiting):
        found = diagnosed(waiting, "lock")
        assert found.waits_for == (holding,)
        assert found.sentences[0].startswith(f"Process {waiting} (")
        assert f"which holds the lock on {tmp_path}/file, and " in found.sentences[0]
        assert words in text_of(found)


def asks_for(kind, first, length):
    def asks(descriptor):
        wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, first, length, 0)
        fcntl.fcntl(descriptor, kind, wanted)

    return asks


@pytest.mark.parametrize(
    ("elsewhere", "in_the_way"),
    [
        (asks_for(fcntl.F_SETLKW, 100, 3), asks_for(fcntl.F_SETLKW, 10, 5)),
        (asks_for(fcntl.F_SETLKW, 0, 10), asks_for(F_OFD_SETLKW, 50, 5)),
    ],
    ids=["one kind", "two kinds"],
)
def test_only_the_record_lock_in_the_way_counts(tmp_path, elsewhere, in_the_way):
    path = f"{tmp_path}/file"

    def bystander():
        elsewhere(os.open(path, os.O_RDWR | os.O_CREAT))
        os.write(write_end, b"x")
        sleep_for_ever()

    with pipe() as (read_end, write_end), child(bystander):
        os.read(read_end, 1)
        with locked_and_waiting(path, in_the_way, in_the_way) as (holding, waiting):
            assert diagnosed(waiting, "lock").waits_for == (holding,)


def test_a_lock_that_is_shared_with_the_one_who_asks_is_not_in_the_way(tmp_path):
    path = f"{tmp_path}/file"

    def shares(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_SH)

    def asks(descriptor):
        shares(descriptor)
        fork_child(sleep_for_ever)
        exclusive(descriptor)

    with locked_and_waiting(path, shares, asks) as (holding, waiting):
        assert diagnosed(waiting, "lock").waits_for == (holding,)


def test_a_flock_that_a_child_inherited_is_the_childs(tmp_path):
    path = f"{tmp_path}/file"

    def taker():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        exclusive(descriptor)
        os.write(write_end, b"%d" % fork_child(sleep_for_ever))

    with pipe() as (read_end, write_end):
        taker_pid = fork_child(taker)
        heir = int(os.read(read_end, 20))
        os.waitpid(taker_pid, 0)
        with child(lambda: exclusive(os.open(path, os.O_RDWR))) as waiting:
            found = diagnosed(waiting, "lock")
            assert found.waits_for == (heir,)
            assert f"waits for process {heir} " in text_of(found)
        end_orphan(heir)


# -- in memory -----------------------------------------------------------------------------------

SOURCE = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t *first, *second;
static sem_t *semaphore;
static pthread_barrier_t both_hold_one;

static void *other(void *unused) {
    pthread_mutex_lock(second);
    pthread_barrier_wait(&both_hold_one);
    pthread_mutex_lock(first);
    return unused;
}

static void gives_both(int number) {
    pthread_mutex_unlock(first);
    sem_post(semaphore);
}

int main(int count, char **words) {
    const char *how = words[1];
    struct timespec limit;
    pthread_t thread;
    pthread_mutexattr_t kind;
    char *memory = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t shared;
    pthread_barrier_t *barrier = (pthread_barrier_t *)(memory + 1024);
    first = (pthread_mutex_t *)memory;
    second = first + 1;
    semaphore = (sem_t *)(memory + 2048);
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 1000;
    if (strstr(how, "handler")) signal(SIGALRM, gives_both);
    pthread_mutexattr_init(&kind);
    if (strstr(how, "recursive")) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    if (strstr(how, "checked")) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    if (strstr(how, "processes")) pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(first, &kind);
    pthread_mutex_init(second, &kind);
    if (strstr(how, "dead")) {
        if (fork() == 0) {
            pthread_mutex_lock(first);
            _exit(0);
        }
        wait(0);
        pthread_mutex_lock(first);
    } else if (strstr(how, "processes")) {
        pthread_barrierattr_init(&shared);
        pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
        pthread_barrier_init(barrier, &shared, 2);
        int is_child = fork() == 0;
        pthread_mutex_lock(is_child ? second : first);
        pthread_barrier_wait(barrier);
        pthread_mutex_lock(is_child ? first : second);
    } else if (strstr(how, "semaphore")) {
        sem_init(semaphore, strstr(how, "shared") != 0, 0);
        if (strstr(how, "shared") && !strstr(how, "alone")) fork();
        sem_wait(semaphore);
    } else if (strstr(how, "condition")) {
        static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
        pthread_mutex_lock(first);
        if (strstr(how, "timed")) pthread_cond_timedwait(&condition, first, &limit);
        pthread_cond_wait(&condition, first);
    } else if (strstr(how, "itself")) {
        pthread_mutex_lock(first);
        pthread_mutex_lock(first);
    } else {
        pthread_barrier_init(&both_hold_one, 0, 2);
        pthread_create(&thread, 0, other, 0);
        pthread_mutex_lock(first);
        pthread_barrier_wait(&both_hold_one);
        if (strstr(how, "timed")) pthread_mutex_timedlock(second, &limit);
        pthread_mutex_lock(second);
    }
    return count;
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("futexes")
    (folder / "waits.c").write_text(SOURCE)
    return compile_c(folder / "waits.c", folder / "waits", "-pthread")


@contextlib.contextmanager
def running(program, how):
    process = subprocess.Popen([program, how])
    try:
        yield process.pid
    finally:
        end(process.pid)
        process.wait()


def told(pid, words):
    """The diagnosis of a process once it has these words."""
    return wait_until(lambda: words in text_of(one := diagnose(pid)) and one, words)


def others(pid):
    return [int(name) for name in os.listdir(f"/proc/{pid}/task") if int(name) != pid]


@pytest.mark.parametrize("how", ["plain", "recursive", "checked"])
def test_two_threads_that_hold_each_others_mutex_are_a_deadlock(program, how):
    with running(program, how) as pid:
        found = told(pid, "a deadlock")
        (thread,) = others(pid)
        assert found.situation == "futex"
        assert found.circle == (pid, thread)
        assert found.waits_for == (thread,)
        assert f"waits for a mutex that its own thread {thread} holds" in text_of(found)
        words = f"Thread {thread} waits for a mutex that its own first thread holds"
        assert words in text_of(found)
        assert f"in a circle: {pid} for {thread}, {thread} for {pid}." in text_of(found)


def test_two_processes_that_hold_each_others_mutex_are_a_deadlock(program):
    with running(program, "processes") as pid:
        found = told(pid, "a deadlock")
        (child,) = found.waits_for
        assert found.circle == (pid, child)
        assert f"a mutex that process {child} (" in text_of(found)
        assert others(child) == []


def test_a_mutex_whose_owner_has_ended_is_told_and_is_no_circle(program):
    with running(program, "dead, processes") as pid:
        found = told(pid, "waits for a mutex that was taken by thread")
        assert "which has ended" in found.sentences[0]
        assert "EOWNERDEAD" in text_of(found)
        assert found.circle == ()


def test_who_locks_a_mutex_twice_waits_for_itself_unless_a_handler_gives_it_back(program):
    with running(program, "itself") as pid:
        found = told(pid, "waits for a mutex that it holds itself")
        assert found.circle == (pid,)
        assert found.sentences[0].endswith(") waits for itself: a deadlock.")
    with running(program, "itself, handler") as pid:
        handler = f"a handler of process {pid} (SIGALRM)"
        found = told(pid, f"waits for itself: a deadlock, unless {handler}")
        assert ": a deadlock." not in text_of(found)


def test_a_lock_with_a_time_limit_is_no_deadlock(program):
    with running(program, "timed") as pid:
        found = told(pid, ", or for 9")
        (thread,) = others(pid)
        assert f"its own thread {thread} holds" in text_of(found)
        assert found.circle == ()
        assert "deadlock" not in text_of(found)


def test_the_waiters_of_a_semaphore_are_counted_and_no_owner_is_named(program):
    with running(program, "semaphore") as pid:
        found = told(pid, "1 thread waits at it")
        assert "a semaphore that stands at 0" in text_of(found)
        assert "no thread is left that could add to it" in found.sentences[0]
    with running(program, "shared semaphore") as pid:
        found = told(pid, "2 threads wait at it")
        # No process but these two has mapped the memory.
        assert (found.circle, found.is_deadlock) == ((pid, *found.waits_for), True)
    with running(program, "shared semaphore, alone") as pid:
        found = told(pid, "1 thread waits at it")
        assert "no other process has mapped it" in found.sentences[0]


def test_a_condition_is_neither_a_mutex_nor_a_semaphore(program):
    for how, words in (
        ("condition", "a lock or condition in memory"),
        ("condition, timed", ", or for 9"),
    ):
        with running(program, how) as pid:
            found = told(pid, words)
            assert found.waits_for == ()
            assert "mutex" not in text_of(found)
            assert "semaphore" not in text_of(found)
            assert "no thread is left that could wake it" in found.sentences[0]
