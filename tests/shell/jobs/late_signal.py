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
from collections.abc import Callable, Sequence

from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.registers import repeat_call
from simpsh.kernel.machine.syscall_table import NAMES

PTRACE_DETACH = 17
MARK = 0o123
"""The umask that the program sets before the call that is looked for."""


def start_at_gate(argv: Sequence[str], **keywords) -> subprocess.Popen[bytes]:
    """Start a program that waits, for a first line of input, until it is traced.

    However late the tracer's turn comes: the program has made no call of its own before.
    """
    gate = ("sh", "-c", 'read line && exec "$@"', "sh")
    return subprocess.Popen([*gate, *argv], stdin=subprocess.PIPE, **keywords)


def interrupt_before(
    process: subprocess.Popen[bytes],
    is_wanted: Callable[[int, str, tuple[int, ...]], bool],
    text: bytes = b"",
    times: int = 1,
) -> None:
    """Send a program SIGINT as late as possible before a call.

    The program stays untraced from then on.

    Args:
        process: a child that waits at the gate; it sets its umask to MARK before the call.
        is_wanted: whether this is the call, by the process, the name and the six arguments; the
            first one counts.
        text: what the program is to read at once from its standard input.
        times: before how many such calls in a row.
    """
    pid = process.pid
    ptrace.seize(pid, ptrace.TRACESYSGOOD | ptrace.EXITKILL)
    ptrace.interrupt(pid)
    assert _next_stop(pid) >> 16 == ptrace.EVENT_STOP
    process.stdin.write(b"\n" + text)
    process.stdin.flush()
    is_marked = False
    delivered = 0
    while True:
        ptrace.cont_to_syscall(pid, delivered)
        delivered = _next_stop(pid) >> 8
        if delivered != ptrace.SYSCALL_STOP:
            continue
        delivered = 0
        if ptrace.is_entry(pid):
            _, _, number, *arguments = ptrace.syscall_entry(pid)
            name = NAMES.get(number, "")
            is_marked |= (name, arguments[0]) == ("umask", MARK)
            if is_marked and is_wanted(pid, name, tuple(arguments)):
                delivered = _send_before(pid, number)
                times -= 1
                if not times:
                    ptrace.request(PTRACE_DETACH, pid, 0, delivered)
                    return


def _next_stop(pid: int) -> int:
    """Wait until it has stopped; return the status word."""
    status = ptrace.next_status(pid)
    assert os.WIFSTOPPED(status.word), f"it ended before the call: {status}"
    return status.word


def _send_before(pid: int, number: int) -> int:
    """Send SIGINT to a process that is held at a call; return the signal to deliver with it.

    A handler runs before the call is made.
    """
    os.kill(pid, signal.SIGINT)
    if ptrace.getsigmask(pid) >> signal.SIGINT - 1 & 1:
        # The call itself takes it.
        return 0
    repeat_call(pid, number)
    ptrace.cont(pid)
    assert _next_stop(pid) >> 8 == signal.SIGINT
    return signal.SIGINT
