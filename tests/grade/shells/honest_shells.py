"""Shells that deserve every point: those of a distribution, and ten in four languages.

The sources are small_shell.c, .py, .pl and .go in this folder. HonestShell.command() builds a
shell where it must be built, and skips the test if its language is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.c_programs import compile_c

_HERE = Path(__file__).parent


class HonestShell(NamedTuple):
    """A shell with job control that makes no mistake."""

    name: str
    argv: tuple[str, ...] = ()
    """Its command line, if it is installed."""
    ending: str = ""
    """Else that of its source: c, py, pl, go."""
    options: tuple[str, ...] = ()
    """For the compiler."""
    lacks: tuple[str, ...] = ()
    """The checks that it rightly does not pass."""

    def __str__(self) -> str:
        return self.name

    def command(self, folder: Path) -> tuple[str, ...]:
        """Return its command line; its program is made in a folder, once."""
        source, program = _HERE / f"small_shell.{self.ending}", folder / self.name
        match self.ending:
            case "c":
                if not program.exists():
                    compile_c(source, program, "-O1", *self.options, "-lpthread")
                return (str(program),)
            case "go":
                if not program.exists():
                    _build_go(source, program)
                return (str(program),)
            case "pl":
                return (_found("perl"), str(source))
            case "py":
                return (sys.executable, str(source))
            case _:
                return (_found(self.argv[0]), *self.argv[1:])


HONEST_SHELLS = (
    HonestShell("bash", ("bash",)),
    HonestShell("dash", ("dash",)),
    HonestShell("mksh", ("mksh",)),
    HonestShell("busybox", ("busybox", "sh")),
    HonestShell("yash", ("yash", "--norcfile")),
    # Its start-up file makes processes for the prompt, and forbids > to empty a file.
    HonestShell(
        "yash-with-its-file", ("yash",), lacks=("run.alone", "empty-line.forks", "output.empties")
    ),
    HonestShell("zsh", ("zsh", "-f")),
    HonestShell("fork", ending="c"),
    HonestShell("vfork", ending="c", options=("-DSTART=1",)),
    HonestShell("posix_spawn", ending="c", options=("-DSTART=2",)),
    HonestShell("clone3-line-editor", ending="c", options=("-DSTART=3", "-DINPUT=1")),
    HonestShell("pipe-until-exec", ending="c", options=("-DSTART=4", "-DSIGNALLED=256")),
    HonestShell("pipe-until-ready", ending="c", options=("-DSTART=5", "-DSIGNALLED=384")),
    HonestShell("second-thread", ending="c", options=("-DINPUT=2",)),
    HonestShell("python-subprocess-readline", ending="py"),
    HonestShell("perl-sigchld", ending="pl"),
    HonestShell("go-threads", ending="go"),
)


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def _build_go(source: Path, program: Path) -> None:
    cache = os.environ.get("GOCACHE") or os.path.expanduser("~/.cache/go-build")
    environment = {**os.environ, "GOCACHE": cache, "GO111MODULE": "off", "CGO_ENABLED": "0"}
    argv = [_found("go"), "build", "-o", str(program), str(source)]
    subprocess.run(argv, check=True, env=environment)
