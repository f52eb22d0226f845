"""SIGINT at the worst moment: right before a system call that blocks.

A Python signal handler runs in two parts. The kernel calls a C function, which sets a flag; the
interpreter checks the flag between two of its instructions. A signal that arrives after the last
check and before the call does not end the call. That period lasts about a microsecond. A tracer
delivers the signal in it: it stops the process at its call, and lets the signal's C handler run
before the call is made.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.registers import repeat_call
from simpsh.kernel.machine.syscall_table import NAMES
from tests.harness.process import sh, started

PTRACE_DETACH, PTRACE_GET_SYSCALL_INFO, SYSCALL_INFO_ENTRY = 17, 0x420E, 1
MARK = 0o123
"""The umask that the program sets before the call to interrupt."""


def started_at_gate(
    argv: Sequence[str], **keywords: Any
) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """Start a program that waits for a first line of input until it is traced.

    Even if the tracer runs late, the program has not made a call before.
    """
    return started([*sh('read line && exec "$@"'), *argv], stdin=subprocess.PIPE, **keywords)


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
        is_wanted: takes the process, the name and the six arguments of a call; returns whether
            this is the call. The first such call counts.
        text: the input that the program can read at once from standard input.
        times: the number of such calls in a row to interrupt.
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
        if _is_entry(pid):
            _, _, number, *arguments = ptrace.syscall_entry(pid)
            name = NAMES.get(number, "")
            is_marked |= (name, arguments[0]) == ("umask", MARK)
            if is_marked and is_wanted(pid, name, tuple(arguments)):
                delivered = _send_before(pid, number)
                times -= 1
                if not times:
                    ptrace.request(PTRACE_DETACH, pid, 0, delivered)
                    return


_info = ctypes.create_string_buffer(128)


def _is_entry(pid: int) -> bool:
    """Return whether a syscall stop is at the call's entry, rather than at its return."""
    ptrace.request(PTRACE_GET_SYSCALL_INFO, pid, len(_info), ctypes.addressof(_info))
    return _info.raw[0] == SYSCALL_INFO_ENTRY


def _next_stop(pid: int) -> int:
    """Wait until the process stops; return the status word."""
    status = ptrace.next_status(pid)
    assert os.WIFSTOPPED(status.word), f"it ended before the call: {status}"
    return status.word


def _send_before(pid: int, number: int) -> int:
    """Send SIGINT to a process stopped at a call; return the signal to pass to PTRACE_CONT.

    A handler runs before the call is made.
    """
    os.kill(pid, signal.SIGINT)
    if ptrace.getsigmask(pid) >> signal.SIGINT - 1 & 1:
        # The call itself receives the signal.
        return 0
    repeat_call(pid, number)
    ptrace.cont(pid)
    assert _next_stop(pid) >> 8 == signal.SIGINT
    return signal.SIGINT
