"""SIGINT at the worst moment: right before a system call that blocks.

A handler of Python's runs in two parts. The kernel calls a C function, which leaves a mark; the
interpreter looks for the mark between two of its instructions. A signal that comes after the last
look and before the call does not end the call. That time is about a microsecond long; a tracer
has the signal come in it: it stops the process at its call, and lets the signal's handler run
before the call is made.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.registers import repeat_call
from simpsh.kernel.machine.syscall_table import NAMES

MARK = 0o123
"""The umask that the program sets before the call that is looked for."""


def interrupt_before(
    process: subprocess.Popen[bytes], is_wanted: Callable[[int, str, tuple[int, ...]], bool]
) -> str:
    """Send a program SIGINT as late as possible before a call; return the call's name.

    The program stays untraced from then on.

    Args:
        process: a child that has just been started; it sets its umask to MARK before the call.
        is_wanted: whether this is the call, by the process, the name and the six arguments; the
            first one counts.
    """
    pid = process.pid
    ptrace.seize(pid, ptrace.TRACESYSGOOD | ptrace.EXITKILL)
    ptrace.interrupt(pid)
    is_marked = is_entry = False
    while True:
        status = ptrace.next_status(pid)
        assert os.WIFSTOPPED(status.word), f"it ended before the call: {status}"
        stopped_by = status.word >> 8 & 0xFF
        if status.word >> 16:
            is_entry = False
        elif stopped_by != ptrace.SYSCALL_STOP:
            ptrace.cont_to_syscall(pid, stopped_by)
            continue
        else:
            is_entry = not is_entry
        if is_entry:
            number, *arguments = ptrace.syscall_entry(pid)
            name = NAMES.get(number, "")
            is_marked |= (name, arguments[0]) == ("umask", MARK)
            if is_marked and is_wanted(pid, name, tuple(arguments)):
                _deliver_before(pid, number)
                return name
        ptrace.cont_to_syscall(pid)


def _deliver_before(pid: int, number: int) -> None:
    """Have SIGINT come to a process that stands at a call, before it makes the call."""
    os.kill(pid, signal.SIGINT)
    repeat_call(pid, number)
    ptrace.cont(pid)
    status = ptrace.next_status(pid)
    assert status.word >> 8 == signal.SIGINT, status
    ptrace.detach(pid, signal.SIGINT)
