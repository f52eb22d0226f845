"""Shells that deserve every point: those of a distribution, and ten in four languages.

The sources are small_shell.c, .py, .pl and .go in this folder. Use them so:

    @pytest.mark.parametrize("shell", HONEST_SHELLS, ids=str)
    def test_it(shell, tmp_path):
        argv = shell.command(tmp_path)      # built where it must be; skips if a language is missing
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
    ending: str
    """Of its source: c, py, pl, go."""
    options: tuple[str, ...] = ()
    """For the compiler."""
    status: str = ""
    lacks: tuple[str, ...] = ()

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
            case _:
                return (sys.executable, str(source))


class InstalledShell(NamedTuple):
    """A shell of a distribution, and what it rightly does not get."""

    name: str
    argv: tuple[str, ...]
    status: str = ""
    """What it calls the last exit status; empty for `$?`."""
    lacks: tuple[str, ...] = ()
    """The checks that it does not pass."""

    def __str__(self) -> str:
        return self.name

    def command(self, _folder: Path) -> tuple[str, ...]:
        """Return its command line; skips if it is not installed."""
        return (_found(self.argv[0]), *self.argv[1:])


_PLAIN_PROMPT = 'function fish_prompt; echo "> "; end; function fish_greeting; end'
INSTALLED_SHELLS = (
    InstalledShell("bash", ("bash",)),
    InstalledShell("dash", ("dash",)),
    InstalledShell("mksh", ("mksh",)),
    InstalledShell("busybox", ("busybox", "sh")),
    InstalledShell("yash", ("yash", "--norcfile")),
    # Its start-up file makes processes for the prompt, and forbids > to empty a file.
    InstalledShell(
        "yash-with-its-file",
        ("yash",),
        lacks=("run.alone", "empty-line.forks", "output.empties"),
    ),
    InstalledShell("zsh", ("zsh", "-f")),
    InstalledShell(
        "fish",
        ("fish", "--no-config", "--init-command", _PLAIN_PROMPT),
        status="$status",
    ),
)
HONEST_SHELLS = (
    HonestShell("fork", "c"),
    HonestShell("vfork", "c", ("-DSTART=1",)),
    HonestShell("posix_spawn", "c", ("-DSTART=2",)),
    HonestShell("clone3-line-editor", "c", ("-DSTART=3", "-DINPUT=1")),
    HonestShell("pipe-until-exec", "c", ("-DSTART=4", "-DSIGNALLED=256")),
    HonestShell("pipe-until-ready", "c", ("-DSTART=5", "-DSIGNALLED=384")),
    HonestShell("second-thread", "c", ("-DINPUT=2",)),
    HonestShell("python-subprocess-readline", "py"),
    HonestShell("perl-sigchld", "pl"),
    HonestShell("go-threads", "go"),
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
