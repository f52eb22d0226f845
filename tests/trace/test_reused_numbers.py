"""A write names its real file, however its descriptor came to refer to another one.

The tracer looks a descriptor up once, and again after each call that may have changed it.
"""

import os

import pytest

from simpsh.base.events import Exit, Write
from simpsh.trace import tracee_proc
from tests.harness.recorded import recorded, whats
from tests.trace.test_cost import BYTES, calls_of

pytestmark = pytest.mark.long("each way to reuse a number")

NOT_PERMITTED = 77
CHANGES = {
    "close": 'change(&number); say(3, "y");',
    "close_range": 'syscall(SYS_close_range, 3, 3, 0); open_as(3, "y"); say(3, "y");',
    "dup2": 'open_as(4, "y"); dup2(4, 3); say(3, "y");',
    "dup3": 'open_as(4, "y"); dup3(4, 3, O_CLOEXEC); say(3, "y");',
    "pipe": 'int ends[2]; if (pipe(ends)) return 1; dup2(ends[1], 3); say(3, "pipe");'
    'open_as(6, "y"); dup2(6, 3); say(3, "y");',
    "exec": 'change(&number); say(3, "y"); fcntl(3, F_SETFD, FD_CLOEXEC);'
    'execl(argv[0], argv[0], "again", NULL);',
    "again": 'say(3, "x");',
    "fork": 'if (fork() == 0) { change(&number); say(3, "y"); _exit(0); }wait(NULL); say(3, "x");',
    "thread": "pthread_t other; pthread_create(&other, NULL, change_here, &number);"
    'pthread_join(other, NULL); say(3, "y");',
    "clone": "clone(change, stack + sizeof stack, CLONE_FILES | SIGCHLD, &number);"
    'wait(NULL); say(3, "y");',
    "io_uring": r"""
    struct io_uring_params about = {0};
    int ring = syscall(SYS_io_uring_setup, 1, &about);
    if (ring < 0) return 77;
    say(3, "x");
    char *queue = mmap(NULL, about.sq_off.array + 64, PROT_READ | PROT_WRITE,
                       MAP_SHARED, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *entries = mmap(NULL, sizeof *entries, PROT_READ | PROT_WRITE,
                                        MAP_SHARED, ring, IORING_OFF_SQES);
    entries[0].opcode = IORING_OP_CLOSE; entries[0].fd = 3;
    *(unsigned *) (queue + about.sq_off.array) = 0;
    *(unsigned *) (queue + about.sq_off.tail) = 1;
    syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
    open_as(3, "y"); say(3, "y");""",
}
"""By name, C statements after a write to the file x as 3."""

PROGRAM = r"""
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/mman.h>
static void open_as(int number, const char *name) {
    if (open(name, O_WRONLY | O_CREAT, 0600) != number) _exit(2);
}
static void say(int number, const char *name) {
    if (write(number, name, strlen(name)) < 0) _exit(3);
}
static int change(void *number) { close(*(int *) number); open_as(*(int *) number, "y"); return 0; }
static void *change_here(void *number) { change(number); return NULL; }
static char stack[65536] __attribute__((aligned(16)));
int main(int argc, char **argv) {
    int number = 3;
    open_as(3, "x"); say(3, "x");
"""
for name, statements in CHANGES.items():
    PROGRAM += f'if (argc > 1 && strcmp(argv[1], "{name}") == 0) {{ {statements} return 0; }}\n'
PROGRAM += "return 4; }"


FILES = {
    "close": ["x", "y"],
    "close_range": ["x", "y"],
    "dup2": ["x", "y"],
    "dup3": ["x", "y"],
    "pipe": ["x", None, "y"],
    "exec": ["x", "y", "x", None],
    "again": ["x", None],
    "fork": ["x", "y", None],
    "thread": ["x", "y"],
    "clone": ["x", "y"],
    "io_uring": ["x", None, "y"],
}
"""The file that each write names; None if it is the same as before, or a pipe."""


@pytest.mark.usual("close", "dup2", "exec")
@pytest.mark.parametrize("change", CHANGES)
def test_a_write_to_a_reused_number_names_its_own_file(change, compiled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = recorded(compiled(PROGRAM), change, level="io")
    status = whats(found, Exit)[-1].status
    if status == NOT_PERMITTED << 8:
        pytest.skip("io_uring is not permitted")
    assert status == 0
    files = [write.file and os.path.basename(write.file.path) for write in whats(found, Write)]
    assert files == FILES[change]


@pytest.mark.parametrize("look_up", ["target_of", "is_file"])
def test_a_descriptor_is_looked_up_once(look_up, compiled, monkeypatch):
    program = compiled(BYTES)
    few = calls_of(monkeypatch, tracee_proc, look_up, program, "1", level="io")
    assert calls_of(monkeypatch, tracee_proc, look_up, program, "500", level="io") == few
