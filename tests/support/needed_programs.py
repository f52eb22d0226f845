"""The programs that tests need, and how to install them.

A test names its programs with `needs("strace")`, a helper with `require("gcc")`; both skip. A test
that only leaves out a part asks `is_installed`. The last line of a run names what was missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from typing import NoReturn

import pytest

PACKAGES = {
    "/lib/systemd/systemd-udevd": "udev",
    "/usr/lib/postgresql/*/bin/postgres": "postgresql",
    "/usr/sbin/php-fpm*": "php-fpm",
    "apache2": "apache2-bin",
    "atd": "at",
    "bash": "bash",
    "bindfs": "bindfs",
    "busybox": "busybox",
    "cc": "gcc",
    "/usr/lib/python3/dist-packages/celery": "python3-celery",
    "chromium": "chromium",
    "dash": "dash",
    "dnsmasq": "dnsmasq-base",
    "dropbear": "dropbear-bin",
    "dropbearkey": "dropbear-bin",
    "fish": "fish",
    "flock": "util-linux",
    "gcc": "gcc",
    "gdb": "gdb",
    "go": "golang-go",
    "groff": "groff",
    "inotifywait": "inotify-tools",
    "java": "default-jdk-headless",
    "javac": "default-jdk-headless",
    "jupyter-kernel": "jupyter-client python3-ipykernel",
    "less": "less",
    "make": "make",
    "man": "man-db",
    "mandoc": "mandoc",
    "mariadb-install-db": "mariadb-server",
    "mariadbd": "mariadb-server",
    "mkfs.ext4": "e2fsprogs",
    "mkfs.vfat": "dosfstools",
    "mksh": "mksh",
    "mksquashfs": "squashfs-tools",
    "newuidmap": "uidmap",
    "ninja": "ninja-build",
    "node": "nodejs",
    "perl": "perl",
    "php": "php-cli",
    "prlimit": "util-linux",
    "ps": "procps",
    "redis-cli": "redis-tools",
    "rq": "python3-rq",
    "rsyslogd": "rsyslog",
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
    "uwsgi": "uwsgi-core",
    "unzip": "unzip",
    "valgrind": "valgrind",
    "vi": "vim-tiny",
    "watch": "procps",
    "xdotool": "xdotool",
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

_asked_in_vain: set[str] = set()


class Lacking(pytest.skip.Exception):
    """A test is skipped because programs are not installed."""


def require(*programs: str) -> None:
    """Skip the test, naming the programs of these that are not installed."""
    if absent := [program for program in programs if not is_installed(program)]:
        lack(*absent)


def path_of(program: str) -> str:
    """Return the path of a program; skip the test if it is not installed."""
    return _path(program) or lack(program)


def is_installed(program: str) -> bool:
    """Return whether a program is installed; if it is not, the run's last line names it."""
    is_here = _path(program) is not None
    if not is_here:
        _asked_in_vain.add(program)
    return is_here


def lack(*programs: str) -> NoReturn:
    """Skip the test because these programs are missing."""
    _asked_in_vain.update(programs)
    raise Lacking(f"not installed: {', '.join(programs)} ({command_for(programs)})")


def _path(program: str) -> str | None:
    return next(filter(None, map(shutil.which, _NAMES.get(program, (program,)))), None)


def take_noted() -> list[str]:
    """Return the programs noted since the last call."""
    noted = sorted(_asked_in_vain)
    _asked_in_vain.clear()
    return noted


def command_for(programs: Iterable[str]) -> str:
    """Return the command that installs programs, on Debian and Ubuntu."""
    absent = {*programs}
    packages = {PACKAGES.get(program, program) for program in absent - _NO_PACKAGE.keys()}
    commands = [f"apt install {' '.join(sorted(packages))}"] if packages else []
    return "; ".join([*commands, *(_NO_PACKAGE[name] for name in sorted(absent & {*_NO_PACKAGE}))])


def summary(wholly: Collection[str], partly: Collection[str], programs: Iterable[str]) -> str:
    """Return the last line of a run: what was not tested, and what to install."""
    counts = f"{len(wholly)} tests skipped" + (f", {len(partly)} tested in part" if partly else "")
    return f"{counts}: programs are missing. Install them: {command_for(programs)}"
