"""Subshells that are tried without a process; generated programs compare their effects."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.support.shells import SIMPSH

_DEFINITIONS = """\
prints() { echo "$1"; [ $# -gt 3 ] || return 1; prints "$@" x; }
runs() { prints a; cd /; }
A=a IFS=' ' N=3
"""


def processes_of(program: str) -> int:
    """Return how many processes a script starts."""
    script = f"{_DEFINITIONS}cut -d' ' -f2 /proc/loadavg >/dev/null\n{program}\n"
    argv = ["strace", "-f", "-e", "trace=fork,vfork,clone,clone3", *SIMPSH.argv, "-c", script]
    lines = subprocess.run(argv, capture_output=True, text=True, check=False).stderr.splitlines()
    return sum("= -1" not in line and "(" in line and "resumed" not in line for line in lines)
