"""From a source file to a program: C is compiled, Python is run, what may be executed is."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from simpsh.course.compiling import CompilerSays, compiled
from simpsh.errors import SimpshError

if TYPE_CHECKING:
    from collections.abc import Sequence


class NotBuilt(SimpshError):
    """A source does not become a program; the message says why in one line."""


def program_of(path: str) -> tuple[str, ...]:
    """Return the command line of the program that a file is or becomes.

    Args:
        path: a Python file, a C file, or anything that may be executed.

    Raises:
        NotBuilt: it is not there, does not compile, or may not be executed.
        NotObservable: there is no C compiler here.
    """
    if not os.path.isfile(path):
        raise NotBuilt(f"{path}: there is no such file")
    if path.endswith(".py"):
        return (sys.executable, os.path.abspath(path))
    if path.endswith(".c"):
        return (_from_c(path),)
    if not os.access(path, os.X_OK):
        raise NotBuilt(f"{path}: it may not be executed; try chmod +x, or name a .py or .c file")
    return (os.path.abspath(path),)


def command_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the command line for a program and its first arguments, as a student names them."""
    return (*program_of(words[0]), *words[1:])


def _from_c(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        source = file.read()
    try:
        return compiled(source, (f"-I{os.path.dirname(os.path.abspath(path))}",))
    except CompilerSays as complaint:
        raise NotBuilt(f"{path}: {complaint}") from complaint
