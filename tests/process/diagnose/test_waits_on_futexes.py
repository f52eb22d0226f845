"""Waiting for a lock in memory: whose mutex, and the circle; never an owner that is none."""

import contextlib
import os
import subprocess

import pytest

from simpsh import diagnose
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.forked_children import end, until
from tests.support.c_programs import compile_c

SOURCE = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t *first, *second;
static pthread_barrier_t both_hold_one;

static void *other(void *unused) {
    pthread_mutex_lock(second);
    pthread_barrier_wait(&both_hold_one);
    pthread_mutex_lock(first);
    return unused;
}

int main(int count, char **words) {
    const char *how = words[1];
    pthread_t thread;
    pthread_mutexattr_t kind;
    char *memory = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t shared;
    pthread_barrier_t *barrier = (pthread_barrier_t *)(memory + 1024);
    first = (pthread_mutex_t *)memory;
    second = first + 1;
    pthread_mutexattr_init(&kind);
    if (strstr(how, "recursive")) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    if (strstr(how, "checked")) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    if (strstr(how, "robust")) pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    if (strstr(how, "processes")) pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(first, &kind);
    pthread_mutex_init(second, &kind);
    if (strstr(how, "processes")) {
        pthread_barrierattr_init(&shared);
        pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
        pthread_barrier_init(barrier, &shared, 2);
        int is_child = fork() == 0;
        pthread_mutex_lock(is_child ? second : first);
        pthread_barrier_wait(barrier);
        pthread_mutex_lock(is_child ? first : second);
    } else if (strstr(how, "semaphore")) {
        sem_t *semaphore = (sem_t *)(memory + 2048);
        sem_init(semaphore, strstr(how, "shared") != 0, 0);
        if (strstr(how, "shared")) fork();
        sem_wait(semaphore);
    } else if (strstr(how, "condition")) {
        static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
        pthread_mutex_lock(first);
        pthread_cond_wait(&condition, first);
    } else if (strstr(how, "itself")) {
        pthread_mutex_lock(first);
        pthread_mutex_lock(first);
    } else {
        pthread_barrier_init(&both_hold_one, 0, 2);
        pthread_create(&thread, 0, other, 0);
        pthread_mutex_lock(first);
        pthread_barrier_wait(&both_hold_one);
        if (strstr(how, "timed")) {
            struct timespec limit;
            clock_gettime(CLOCK_REALTIME, &limit);
            limit.tv_sec += 1000;
            pthread_mutex_timedlock(second, &limit);
        }
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
    return until(lambda: words in text_of(one := diagnose(pid)) and one, words)


def others(pid):
    return [int(name) for name in os.listdir(f"/proc/{pid}/task") if int(name) != pid]


@pytest.mark.parametrize("how", ["plain", "recursive", "checked", "robust"])
def test_two_threads_that_hold_each_others_mutex_are_a_deadlock(program, how):
    with running(program, how) as pid:
        found = told(pid, "a deadlock")
        (thread,) = others(pid)
        assert found.situation == "futex"
        assert found.circle == (pid, thread)
        assert found.waits_for == (thread,)
        assert f"waits for a mutex that its own thread {thread} holds" in found.sentences[0]
        assert f"Thread {thread} waits for a mutex that its own first thread holds" in text_of(
            found
        )
        assert f"in a circle ({pid} waits for {thread} waits for {pid})" in text_of(found)


@pytest.mark.parametrize("how", ["processes", "processes, robust"])
def test_two_processes_that_hold_each_others_mutex_are_a_deadlock(program, how):
    with running(program, how) as pid:
        found = told(pid, "a deadlock")
        (child,) = found.waits_for
        assert found.circle == (pid, child)
        assert f"a mutex that process {child} (" in found.sentences[0]
        assert others(child) == []


def test_who_locks_a_mutex_twice_waits_for_itself(program):
    with running(program, "itself") as pid:
        found = told(pid, "waits for a mutex that it holds itself")
        assert found.circle == (pid,)
        assert "It waits for itself: a deadlock." in found.sentences


def test_a_lock_with_a_time_limit_is_no_deadlock(program):
    with running(program, "timed") as pid:
        found = told(pid, "for a limited time")
        (thread,) = others(pid)
        assert f"its own thread {thread} holds" in found.sentences[0]
        assert found.circle == ()
        assert "deadlock" not in text_of(found)


def test_the_waiters_of_a_semaphore_are_counted_and_no_owner_is_named(program):
    with running(program, "semaphore") as pid:
        found = told(pid, "1 thread waits at it")
        assert "a semaphore that stands at 0" in found.sentences[0]
        assert "It has no other thread that could add to it" in text_of(found)
    with running(program, "shared semaphore") as pid:
        found = told(pid, "2 threads wait at it")
        assert found.waits_for == ()
        assert "which one will is not known" in text_of(found)


def test_a_condition_is_neither_a_mutex_nor_a_semaphore(program):
    with running(program, "condition") as pid:
        found = told(pid, "a lock or condition in memory")
        assert found.waits_for == ()
        assert "mutex" not in text_of(found)
        assert "semaphore" not in text_of(found)
