"""Small C programs to be stepped, each compiled once, in a separate directory."""

import functools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.step.stepping_session import SteppingSession
from tests.harness.compiled import compile_c

_HEAD = "\n".join(
    f"#include <{name}.h>"
    for name in ("fcntl", "signal", "stdio", "stdlib", "time", "unistd", "sys/wait")
)

THREE = r"""
int main(void) {
    int p[2]; char b[9]; pipe(p);
    if (fork() == 0) { close(p[0]); write(p[1], "hello", 5); _exit(3); }
    if (fork() == 0) {
        close(p[1]); int n = read(p[0], b, 9);
        write(1, b, n); _exit(0);
    }
    close(p[0]); close(p[1]);
    write(1, "parent\n", 7);
    wait(NULL); wait(NULL);
    return 0;
}
"""
"""P0 writes; P1 writes into a pipe that P2 reads and copies to the output."""

TWO_LETTERS = r"""
int main(void) {
    if (fork() == 0) { write(1, "a", 1); _exit(3); }
    write(1, "b", 1); wait(NULL); write(1, "c", 1); return 0;
}
"""
"""Prints abc or bac."""

FORGOTTEN = r"""
int main(void) {
    int p[2]; char b[9]; pipe(p);
    if (fork() == 0) { write(p[1], "hi", 2); _exit(0); }
    wait(NULL);
    while (read(p[0], b, 9) > 0) write(1, b, 2);
    return 0;
}
"""
"""P0 reads to the end of a pipe whose write end it holds itself."""

SIGNALLED = r"""
static void h(int n) { write(1, "H", 1); }
int main(void) {
    pid_t c = fork();
    if (c == 0) { signal(SIGUSR1, h); write(1, "C", 1); _exit(0); }
    kill(c, SIGUSR1); int st; wait(&st); write(1, "E", 1); return 0;
}
"""
"""P0 sends SIGUSR1, perhaps before P1 has a handler, which prints H: E, CE, CHE or HCE."""


PIPE_AFTER_CLOSE = r"""
int main(void) {
    int a[2], b[2]; char c; pipe(a);
    if (fork() == 0) { close(a[1]); read(a[0], &c, 1); _exit(0); }
    close(a[1]);
    pipe(b);
    if (fork() == 0) { write(b[1], "x", 1); _exit(0); }
    read(b[0], &c, 1); wait(NULL); wait(NULL); return 0;
}
"""
"""P0 makes a second pipe in the step that closes an end of the first one."""


ENDLESS = r"""
int main(void) { for (;;) write(1, "x", 1); }
"""


@functools.cache
def compiled(source: str) -> str:
    """Compile a program into an empty directory; return its path."""
    directory = Path(tempfile.mkdtemp(prefix="stepped-", dir=os.environ["HOME"]))
    path = directory / "program"
    source_path = directory.with_suffix(".c")
    source_path.write_text(f"{_HEAD}\n{source}")
    return compile_c(source_path, path, "-O0")


@contextmanager
def stepping(path: str) -> Iterator[SteppingSession]:
    """Hold a program, run in its own directory."""
    program = program_of((path,), directory=os.path.dirname(path))
    with Knowledge(program) as knowledge, SteppingSession(knowledge, "./program") as session:
        yield session
