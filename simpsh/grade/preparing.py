"""From a source that was handed in to a program: compilers and make run inside the cage, too."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from simpsh.grade.building import NotBuilt
from simpsh.grade.confined import run_confined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.grade.cage import Cage

_FLAGS = ("-std=gnu11", "-Wall", "-Wextra", "-O0", "-g")
_SECONDS = 60.0


def prepared(path: str, cage: Cage) -> tuple[str, ...]:
    """Return the command line of the program that a file is or becomes.

    Args:
        path: a Python file, a C file, what may be executed, or what a Makefile beside it makes.
        cage: where what must be built is built.

    Raises:
        NotBuilt: it does not compile, or may not be executed.
        OSError: EAGAIN …; no process can be made.
    """
    if path.endswith(".py"):
        return (sys.executable, path)
    if path.endswith(".c"):
        path = _from_c(path, cage)
    elif _has_makefile(path):
        _make(path, cage)
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        raise NotBuilt(f"{os.path.basename(path)}: it is not there, or may not be executed")
    return (path,)


def _from_c(path: str, cage: Cage) -> str:
    """Build a program as its Makefile says, or from this one source."""
    if _has_makefile(path):
        program = path.removesuffix(".c")
        _make(program, cage)
        return program
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotBuilt("no C compiler (cc, gcc) is installed here")
    program = path.removesuffix(".c") + ".program"
    _build(cage, (compiler, *_FLAGS, "-o", program, path, "-lpthread"), path)
    return program


def _has_makefile(path: str) -> bool:
    return os.path.isfile(os.path.join(os.path.dirname(path), "Makefile"))


def _make(path: str, cage: Cage) -> None:
    maker = shutil.which("make")
    if maker is None:
        raise NotBuilt("make is not installed here")
    _build(cage, (maker, "-s", os.path.basename(path)), path)


def _build(cage: Cage, argv: Sequence[str], path: str) -> None:
    done = run_confined(cage, argv, os.path.dirname(path), _SECONDS)
    if done.is_good:
        return
    if done.status is None:
        raise NotBuilt(f"{os.path.basename(path)}: it was not built in {_SECONDS:g} seconds")
    lines = [line.replace(f"{os.path.dirname(path)}/", "") for line in done.output.splitlines()]
    words = next((line for line in lines if "error" in line), lines[-1] if lines else "no word")
    raise NotBuilt(f"it was not built: {words}")
