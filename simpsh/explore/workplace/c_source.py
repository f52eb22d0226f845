"""A C file is compiled before it is explored: `cc -g -O0`, with the compiler's warnings shown."""

from __future__ import annotations

import os

from simpsh.base.errors import SimpshError
from simpsh.base.wait_status import Exited
from simpsh.kernel.descriptors import dup2
from simpsh.kernel.processes import execve, exit_now, fork
from simpsh.kernel.program_execution import find_program, search_path
from simpsh.kernel.wait_calls import waitpid

_FLAGS = ("-g", "-O0", "-Wall", "-pthread")


class NotCompiled(SimpshError):
    """A C file makes no program."""


def is_c_source(word: str) -> bool:
    """Return whether a word of a command line names a C file that is there."""
    return word.endswith(".c") and os.path.isfile(word)


def compile_source(source: str, folder: str) -> str:
    """Return the path of the program that a C file makes.

    The compiler writes its warnings and mistakes to the standard error.

    Args:
        source: the file.
        folder: where the program is put.

    Raises:
        NotCompiled: there is no compiler, or it refuses the file.
        OSError: EAGAIN; no process can be made.
    """
    path = search_path(os.environ)
    compiler = find_program("cc", path) or find_program("gcc", path)
    if compiler is None:
        raise NotCompiled(f"{source}: no C compiler (cc, gcc) is installed")
    program = os.path.join(folder, os.path.basename(source).removesuffix(".c"))
    argv = (compiler, *_FLAGS, "-o", program, os.path.abspath(source))
    pid = fork()
    if pid == 0:  # in the child
        try:
            dup2(2, 1)
            execve(compiler, argv, os.environ)
        finally:
            exit_now(127)
    ended = waitpid(pid)
    if ended is None or ended[1] != Exited(0):
        raise NotCompiled(f"{source}: it does not compile")
    return program
