"""Processes in which system calls are refused, as in some containers."""

from __future__ import annotations

import sys
from pathlib import Path

from simpsh.kernel.machine import seccomp
from simpsh.process import machine_permits
from simpsh.process.worker import in_own_process

_EXECUTES = Path(__file__).with_name("machines") / "container_profile.py"


def refusing(calls):
    """What stands before a command that is to be refused these calls, as doctor --deny has them."""
    return [sys.executable, "-P", str(_EXECUTES), calls]


def without(calls, work):
    """Do something in a process in which these system calls are refused."""

    def refused():
        # What was found out before, at the collection of the tests for instance, holds no more.
        machine_permits.missing.cache_clear()
        machine_permits.refused.cache_clear()
        for assembled in machine_permits.filters_of(calls):
            seccomp.install(assembled)
        return work()

    return in_own_process(refused, 60)
