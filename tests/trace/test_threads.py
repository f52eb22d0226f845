"""Threads and storms of processes: every birth and every end is recorded, in order."""

import pytest

from simpsh.base.events import Exit, Fork, Pipe, Read, Reap, ThreadExit, Write
from simpsh.base.targets import Member, Recorder
from simpsh.chronicle.chronicle_builder import chronicle_of
from tests.harness.recorded import ROUNDS, disorder, recorded, whats
from tests.trace.test_tracer import ALL_LEVELS

pytestmark = pytest.mark.long("each program is recorded at each level")

FORKING_THREADS = r"""
static void *nothing(void *unused) { return 0; }
static void *work(void *unused) {
    for (int i = 0; i < 5; i++) {
        pthread_t one; pthread_create(&one, 0, nothing, 0);
        pid_t pid = fork();
        if (pid == 0) { execl("/bin/true", "true", (char *) 0); _exit(1); }
        waitpid(pid, 0, 0);
        pthread_join(one, 0);
    }
    return 0;
}
int main(void) {
    pthread_t all[4];
    for (int i = 0; i < 4; i++) pthread_create(all + i, 0, work, 0);
    for (int i = 0; i < 4; i++) pthread_join(all[i], 0);
    return 3;
}
"""
FIRST_THREAD_ENDS = r"""
/* The first thread ends; the second makes two pipes, and a child that uses both. */
static void *work(void *unused) {
    for (char state = 0; state != 'Z'; ) {
        char line[200]; int file = open("/proc/self/stat", O_RDONLY);
        line[read(file, line, 199)] = 0; close(file);
        state = strrchr(line, ')')[2];
    }
    int to[2], from[2]; char c;
    pipe(to); pipe(from);
    pid_t pid = fork();
    if (pid == 0) { read(to[0], &c, 1); write(from[1], "x", 1); _exit(4); }
    write(to[1], "y", 1);
    read(from[0], &c, 1);
    int status; waitpid(pid, &status, 0);
    exit(WEXITSTATUS(status) + 3);
}
int main(void) {
    pthread_t one;
    pthread_create(&one, 0, work, 0);
    pthread_exit(0);
}
"""
EXEC_AMONG_FORKING_THREADS = r"""
/* Threads fork until another executes a program, and end in the middle of it. */
static void *work(void *unused) { for (;;) { if (fork() == 0) _exit(0); wait(0); } }
static void *change(void *unused) {
    usleep(2000);
    execl("/bin/sh", "sh", "-c", "exit 6", (char *) 0);
    return 0;
}
int main(void) {
    pthread_t one;
    for (int i = 0; i < 3; i++) pthread_create(&one, 0, work, 0);
    pthread_create(&one, 0, change, 0);
    pthread_exit(0);
}
"""
THREAD_BY_BARE_CLONE = r"""
/* CLONE_THREAD with SIGCHLD in the low byte: the kernel reports a fork. */
#include <sched.h>
#include <sys/syscall.h>
static char stack[65536] __attribute__((aligned(16)));
static volatile int done;
static int work(void *unused) { done = 1; syscall(SYS_exit, 0); return 0; }
int main(void) {
    clone(work, stack + sizeof stack,
          CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | SIGCHLD, 0);
    while (!done) usleep(100);
    return 5;
}
"""


def is_told_whole(found, status, forks):
    """Check that every birth and the end of the first process are recorded in order."""
    assert found.notes == ()
    assert disorder(found.events) == []
    births = [what for what in whats(found, Fork) if not what.thread]
    assert not [what for what in births if what.inferred]
    assert len(births) == forks
    ends = [event for event in found.events if isinstance(event.what, Exit)]
    assert len(ends) == forks + 1
    assert [event.what.status for event in ends if event.proc == "P0"] == [status << 8]


def recordings(program, level, rounds):
    """Yield recordings of the same program; SIMPSH_ROUNDS asks for more."""
    for _ in range(ROUNDS or rounds):
        yield recorded(program, level=level)


@pytest.mark.usual("calls")
@ALL_LEVELS
def test_threads_that_start_threads_and_processes(compiled, level):
    for found in recordings(compiled(FORKING_THREADS), level, 2):
        is_told_whole(found, 3, 20)
        assert len([what for what in whats(found, Fork) if what.thread]) == 24
        assert {what.by for what in whats(found, Reap)} == {Member("P0"), Recorder("simpsh")}


@pytest.mark.usual("io")
@ALL_LEVELS
def test_pipes_stay_apart_after_the_first_thread_has_ended(compiled, level):
    found = recorded(compiled(FIRST_THREAD_ENDS), level=level)
    is_told_whole(found, 7, 1)
    if level != "events":
        pipes = [what.pipe for what in whats(found, Pipe)]
        assert len({*pipes, ""}) == 3
    if level == "io":
        reads = [what.pipe for what in whats(found, Read) if what.pipe]
        assert reads == [what.pipe for what in whats(found, Write)] == pipes


@ALL_LEVELS
def test_an_exec_among_threads_that_fork(compiled, level):
    for found in recordings(compiled(EXEC_AMONG_FORKING_THREADS), level, 3):
        assert found.notes == ()
        assert disorder(found.events) == []
        ends = [event for event in found.events if isinstance(event.what, Exit)]
        assert [event.what.status for event in ends if event.proc == "P0"] == [6 << 8]


UNTRACED = r"""
#include <sys/syscall.h>
/* CLONE_UNTRACED asks that no tracer is given the child: by clone, then by clone3. */
int main(void) {
    unsigned long long asked[11] = {0x800000, 0, 0, 0, SIGCHLD};
    for (int i = 0; i < 2; i++) {
        pid_t pid = i ? syscall(435, asked, sizeof asked)
                      : syscall(SYS_clone, 0x800000 | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) _exit(5 + i);
        waitpid(pid, 0, 0);
    }
    return 0;
}
"""


def test_the_birth_of_an_untraced_child_is_recorded(compiled):
    recording = recorded(compiled(UNTRACED), level="calls")
    assert len(whats(recording, Fork)) == 2
    assert [exit_.status for exit_ in whats(recording, Exit)] == [5 << 8, 6 << 8, 0]


ENDS_WITH_ITS_THREADS = r"""
static void *wait_for_ever(void *unused) { for (;;) pause(); return unused; }
int main(int argc, char **argv) {
    pthread_t one;
    for (int i = 0; i < 8; i++) pthread_create(&one, 0, wait_for_ever, 0);
    return 3;
}
"""


@pytest.mark.usual("events")
@ALL_LEVELS
def test_threads_that_end_with_their_process_end_before_it(compiled, level):
    for found in recordings(compiled(ENDS_WITH_ITS_THREADS), level, 10):
        is_told_whole(found, 3, 0)
        assert whats(found, ThreadExit) == []


# -- many processes and random kills: no hang, and no effect is recorded before its cause ------


STORM = r"""
/* 100 processes: children that live, fork on, exit, stop and are killed, by a given seed. */
static unsigned state;
static unsigned next(unsigned below) {
    state = state * 1103515245u + 12345u;
    return (state >> 16) % below;
}
static void life(void) {
    switch (next(6)) {
    case 0: _exit(next(200));
    case 1: if (fork() == 0) { usleep(next(3000)); _exit(1); } _exit(2);      /* an orphan */
    case 2: raise(SIGKILL);
    case 3: execl("/bin/true", "true", (char *) 0); _exit(127);
    case 4: for (;;) pause();
    default: { pid_t p = fork(); if (!p) _exit(3); waitpid(p, 0, 0); usleep(next(2000)); _exit(0); }
    }
}
int main(int argc, char **argv) {
    state = atoi(argv[1]);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int count = atoi(argv[2]); pid_t pids[1000];
    for (int i = 0; i < count; i++) {
        unsigned seed = next(1000000);
        pids[i] = fork();
        if (pids[i] == 0) { state = seed; life(); }
        if (next(3) == 0) kill(pids[next(i + 1)], next(2) ? SIGKILL : SIGTERM);
        if (next(4) == 0) { kill(pids[i], SIGSTOP); kill(pids[i], next(2) ? SIGCONT : SIGKILL); }
    }
    for (int i = 0; i < count; i++) kill(pids[i], SIGKILL);
    while (wait(0) > 0) ;
    return 0;
}
"""


@pytest.mark.usual
@pytest.mark.parametrize("level", ["events", "calls", "io"])
def test_a_storm_of_processes_and_kills_is_recorded_in_order(compiled, level):
    program = compiled(STORM)
    rounds, count = ROUNDS or 3, 100 if ROUNDS else 40
    for seed in range(1, rounds + 1):
        found = recorded(program, str(seed), str(count), level=level)
        assert found.notes == ()
        assert disorder(found.events) == []
        forks = [what for what in whats(found, Fork) if not what.thread]
        assert len(forks) >= count
        assert len(whats(found, Exit)) == len(forks) + 1
        chronicle = chronicle_of(found.events, level)
        assert all(edge.source < edge.target for edge in chronicle.edges)
        assert all(process.exit is not None for process in chronicle.processes.values())


@pytest.mark.usual
def test_a_parent_killed_before_its_report_does_not_lose_its_child(compiled):
    program = compiled(
        r"""
        int main(int argc, char **argv) {
            prctl(PR_SET_CHILD_SUBREAPER, 1);
            for (int i = 0; i < atoi(argv[1]); i++) {
                pid_t pid = fork();
                if (pid == 0) { setpgid(0, 0); for (;;) if (fork() == 0) _exit(0); else wait(0); }
                usleep(300 + 37 * i % 900);
                kill(pid, SIGKILL);
                while (wait(0) > 0) ;
            }
            return 0;
        }
        """
    )
    for _ in range(ROUNDS or 2):
        found = recorded(program, "30", level="events")
        assert found.notes == ()
        assert disorder(found.events) == []
