"""A process in which a system call is refused, as in some containers."""

from __future__ import annotations

import struct

from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process.machine_permits import missing
from simpsh.process.worker import in_own_process

REFUSED = 0x00050001  # SECCOMP_RET_ERRNO with EPERM


def without_ptrace(work):
    """Do something in a process in which ptrace(2) fails with EPERM, as in some containers."""
    return without("ptrace", work)


def without(call, work):
    """Do something in a process in which a system call fails with EPERM."""

    def refused():
        # What was found out before, at the collection of the tests for instance, holds no more.
        missing.cache_clear()
        allow, refuse = (struct.pack("HBBI", 0x06, 0, 0, value) for value in (0x7FFF0000, REFUSED))
        load = struct.pack("HBBI", 0x20, 0, 0, 0)
        compare = struct.pack("HBBI", 0x15, 0, 1, NUMBERS[call])
        seccomp.install(load + compare + refuse + allow)
        return work()

    return in_own_process(refused, 60)
