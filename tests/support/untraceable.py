"""Processes in which system calls are refused, as in some containers."""

import sys
from pathlib import Path

from simpsh.process import machine_permits
from simpsh.process.worker import in_own_process
from tests.support.container_profile import refuse

_EXECUTES = Path(__file__).with_name("container_profile.py")


def refusing(calls):
    """Return the prefix of a command that refuses these calls; see container_profile.py."""
    return [sys.executable, "-P", str(_EXECUTES), calls]


def without(calls, work):
    """Call `work` in a process in which these system calls are refused."""

    def refused():
        # Discard results from before, for instance from the collection of the tests.
        machine_permits.lack.cache_clear()
        machine_permits.refused.cache_clear()
        refuse(calls)
        return work()

    return in_own_process(refused, 60)
