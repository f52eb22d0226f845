"""Rest is reported exactly if no process can proceed any more."""

import os
from subprocess import PIPE

import pytest

from simpsh.base import waits
from simpsh.base.events import Exit, Rest
from simpsh.base.targets import PipeEnd
from simpsh.chronicle.chronicle_builder import chronicle_of
from tests.harness.process import started
from tests.harness.recorded import first, record, recorded, whats

pytestmark = pytest.mark.long("each test waits until a family rests")

FORGOTTEN_END = r"""
int main(void) {
    int ends[2]; char byte; pipe(ends);
    if (fork() == 0) { while (read(ends[0], &byte, 1) > 0) ; _exit(0); }
    write(ends[1], "x", 1);
    wait(0);
    return 0;
}
"""

CLOSED_END = FORGOTTEN_END.replace("wait(0)", "close(ends[1]); wait(0)").replace(
    "{ while", "{ close(ends[1]); while"
)

HANGS = {
    "the write end was not closed": (
        FORGOTTEN_END,
        {"P0": (waits.CHILD, ["P1"]), "P1": (waits.EMPTY_PIPE, ["P0", "P1"])},
    ),
    "a full pipe": (
        "int main(void){int e[2];pipe(e);char b[1<<21];write(e[1],b,1<<21);return 0;}",
        {"P0": (waits.FULL_PIPE, ["P0"])},
    ),
    "a pause": ("int main(void){pause();return 0;}", {"P0": (waits.SIGNAL, [])}),
    "a stop": ("int main(void){raise(SIGSTOP);return 0;}", {"P0": (waits.STOPPED, [])}),
    "two locks": (
        r"""
        static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
        static pthread_barrier_t both;
        static void *other(void *unused) {
            pthread_mutex_lock(&b); pthread_barrier_wait(&both); pthread_mutex_lock(&a); return 0;
        }
        int main(void) {
            pthread_t t; pthread_barrier_init(&both, 0, 2); pthread_mutex_lock(&a);
            pthread_create(&t, 0, other, 0); pthread_barrier_wait(&both);
            pthread_mutex_lock(&b); return 0;
        }
        """,
        {"P0": (waits.MEMORY, [])},
    ),
    "two pipes, each reads first": (
        r"""
        int main(void) {
            int to[2], from[2]; char c; pipe(to); pipe(from);
            if (fork() == 0) { close(to[1]); close(from[0]); read(to[0], &c, 1); _exit(0); }
            close(to[0]); close(from[1]);
            read(from[0], &c, 1); write(to[1], &c, 1); wait(0); return 0;
        }
        """,
        {"P0": (waits.EMPTY_PIPE, ["P1"]), "P1": (waits.EMPTY_PIPE, ["P0"])},
    ),
}

HANGS["a vfork whose child does not go on"] = (
    "int main(void){if (vfork() == 0) { pause(); _exit(0); } return 0;}",
    {"P0": (waits.VFORK_CHILD, ["P1"]), "P1": (waits.SIGNAL, [])},
)
HANGS["a clock that has rung"] = (
    """
    void ring(int signal) { write(1, "ding", 4); }
    int main(void) {
        struct itimerval once = {{0, 0}, {0, 20000}};
        signal(SIGALRM, ring); setitimer(ITIMER_REAL, &once, 0);
        pause(); pause(); return 0;
    }
    """.replace("int main", "#include <sys/time.h>\n    int main"),
    {"P0": (waits.SIGNAL, [])},
)


@pytest.mark.usual("the write end was not closed", "two locks")
@pytest.mark.parametrize("name", HANGS)
def test_a_hang_names_each_process_and_its_wait(name, compiled):
    program, waiting = HANGS[name]
    found = recorded(compiled(program), level="io", until_rest=60)
    [rest] = whats(found, Rest)
    at = first(found, Rest)
    chronicle = chronicle_of(found.events, "io")
    assert {
        name: (wait.situation, [edge.process.name for edge in wait.edges])
        for name, wait in rest.waiting
    } == waiting
    assert found.notes == ()
    if name != "the write end was not closed":
        return
    # In the model a stuck reader is asleep.
    states = {name: process.state_at(at) for name, process in chronicle.processes.items()}
    assert states == {"P0": "waiting", "P1": "asleep"}
    [pipe] = [pipe for pipe in chronicle.pipes.values() if pipe.name == "A"]
    writers = chronicle.holders(PipeEnd(pipe.inode, "w"), at)
    assert [name for name, _ in writers] == ["P0", "P1"]


RETURNING = {
    "a sleep": "int main(void){usleep(150000);return 0;}",
    "an alarm": "static void f(int s){_exit(0);} int main(void){signal(SIGALRM,f);"
    "ualarm(150000,0);for(;;)pause();}",
    "an alarm in whole seconds": "static void f(int s){_exit(0);} int main(void){"
    "signal(SIGALRM,f);alarm(1);for(;;)pause();}",
    "a pipe that is closed": CLOSED_END,
    "a child that works": "int main(void){if(fork()==0){for(volatile long i=0;i<30000000;i++);"
    "_exit(0);}wait(0);return 0;}",
}


@pytest.mark.usual("an alarm")
@pytest.mark.parametrize("name", RETURNING)
def test_a_process_that_wakes_after_a_time_is_never_at_rest(name, compiled):
    found = recorded(compiled(RETURNING[name]), level="io", until_rest=60)
    assert whats(found, Rest) == []
    assert {what.status for what in whats(found, Exit)} == {0}


@pytest.mark.usual
def test_a_pipe_held_from_outside_proves_nothing(compiled):
    program = compiled("int main(void){char c;return read(0,&c,1);}")
    read_end, write_end = os.pipe()
    try:
        found = record([program], level="io", until_rest=0.4, descriptors={0: read_end})
    finally:
        os.close(read_end)
        os.close(write_end)
    assert whats(found, Rest) == []
    assert found.notes == ()


MUTEX_IN_A_FILE = r"""
#include <sys/mman.h>
int main(int argc, char **argv) {
    int file = open(argv[1], O_RDWR | O_CREAT, 0600);
    ftruncate(file, 4096);
    pthread_mutex_t *mutex = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (argc > 2) {
        pthread_mutexattr_t shared;
        pthread_mutexattr_init(&shared);
        pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
        pthread_mutex_init(mutex, &shared);
    }
    pthread_mutex_lock(mutex);
    write(1, "x", 1);
    pause();
}
"""


def test_a_mutex_held_from_outside_proves_nothing(compiled, tmp_path):
    program, path = compiled(MUTEX_IN_A_FILE), str(tmp_path / "mutex")
    with started([program, path, "first"], stdout=PIPE) as holder:
        assert holder.stdout.read(1) == b"x"
        assert whats(recorded(program, path, level="io", until_rest=1), Rest) == []
