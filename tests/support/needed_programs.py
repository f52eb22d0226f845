"""The programs that tests need, and how to install them.

A test names its programs with `needs("strace")`, a helper with `require("gcc")`; both skip, and the
reason has the command. A test that only leaves out a part asks `is_installed`.
"""

import shutil
from typing import NoReturn

import pytest

PACKAGES = {
    "/lib/systemd/systemd-udevd": "udev",
    "/usr/lib/postgresql/*/bin/postgres": "postgresql",
    "apache2": "apache2-bin",
    "bash": "bash",
    "busybox": "busybox",
    "cc": "gcc",
    "chromium": "chromium",
    "dash": "dash",
    "dnsmasq": "dnsmasq-base",
    "fish": "fish",
    "flock": "util-linux",
    "gcc": "gcc",
    "gdb": "gdb",
    "go": "golang-go",
    "groff": "groff",
    "java": "default-jdk-headless",
    "javac": "default-jdk-headless",
    "less": "less",
    "make": "make",
    "man": "man-db",
    "mandoc": "mandoc",
    "mksh": "mksh",
    "node": "nodejs",
    "perl": "perl",
    "prlimit": "util-linux",
    "ps": "procps",
    "redis-cli": "redis-tools",
    "screen": "screen",
    "script": "bsdutils",
    "setpriv": "util-linux",
    "setsid": "util-linux",
    "ssh-agent": "openssh-client",
    "sshd": "openssh-server",
    "strace": "strace",
    "supervisord": "supervisor",
    "tail": "coreutils",
    "tcc": "tcc",
    "tmux": "tmux",
    "top": "procps",
    "unshare": "util-linux",
    "valgrind": "valgrind",
    "vi": "vim-tiny",
    "watch": "procps",
    "xterm": "xterm",
    "Xvfb": "xvfb",
    "yash": "yash",
    "zsh": "zsh",
}
"""The package of Debian that contains each program."""

_NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
"""Other names of a program."""

PROGRAMS_OF_NEED = {"compiler": ("cc",), "glibc": ("cc",)}
"""Needs of `simpsh doctor` that may be missing because a program is."""

_NO_PACKAGE = {"axe-core": "npm install --no-save axe-core"}
"""The command that installs what is in no package of Debian."""


def require(*programs: str) -> None:
    """Skip the test, naming the programs of these that are not installed."""
    if absent := [program for program in programs if not is_installed(program)]:
        lack(*absent)


def path_of(program: str) -> str:
    """Return the path of a program; skip the test if it is not installed."""
    return _path(program) or lack(program)


def is_installed(program: str) -> bool:
    """Return whether a program is installed."""
    return _path(program) is not None


def lack(*programs: str) -> NoReturn:
    """Skip the test because these programs are missing."""
    packages = {
        PACKAGES.get(program, program) for program in programs if program not in _NO_PACKAGE
    }
    commands = [f"apt install {' '.join(sorted(packages))}"] if packages else []
    commands += [_NO_PACKAGE[program] for program in programs if program in _NO_PACKAGE]
    pytest.skip(f"not installed: {', '.join(programs)} ({'; '.join(commands)})")


def _path(program: str) -> str | None:
    return next(filter(None, map(shutil.which, _NAMES.get(program, (program,)))), None)
