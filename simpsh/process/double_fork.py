"""A process that forks twice has no child to wait for: init adopts the orphaned grandchild.

A forked child must never return into the code that forked it: two processes would run the rest.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from simpsh.kernel.descriptors import close, pipe2, read, write
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.wait_calls import collect


def double_fork(target: Callable[[], object]) -> int:
    """Run `target` in a grandchild that never becomes our zombie; return its pid.

    The middle process is collected here. The grandchild belongs to init, or to the nearest
    subreaper, and keeps our session, group, terminal and descriptors. Its pid may be reused at any
    time. An integer result of `target` is the exit code; an exception is printed and gives 1. It
    ends with _exit(2), so it runs neither atexit handlers nor our `finally` blocks.

    Raises OSError: EAGAIN, ENOMEM; one of the forks failed. EMFILE; the pipe could not be created.
    ECHILD; the middle process was killed before it could fork. See fork(2), wait(2).
    """
    flush_standard_streams()
    report = pipe2()
    try:
        middle = fork()
    except OSError:
        close(report.read_end)
        close(report.write_end)
        raise
    if middle == 0:  # in the child
        try:
            close(report.read_end)
            try:
                pid = fork()
            except OSError as error:
                write(report.write_end, b"-%d" % (error.errno or errno.EAGAIN))
                exit_now(1)
            if pid == 0:  # in the child
                close(report.write_end)
                run_and_exit(target)
            write(report.write_end, b"%d" % pid)
            exit_now(0)
        finally:
            exit_now(1)
    close(report.write_end)
    try:
        answer = read(report.read_end, 64)
    finally:
        close(report.read_end)
        collect(middle)
    if not answer:
        raise ChildProcessError(errno.ECHILD, "the process between was killed before it could fork")
    number = int(answer)
    if number < 0:
        raise OSError(-number, os.strerror(-number))
    return number


FAILED = 1
"""The exit code of a child whose code raised an exception, as in Python."""


def flush_standard_streams() -> None:
    """Flush stdout and stderr, so that a fork does not duplicate their output; see fork(2)."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            continue  # closed, or without a reader: the owner gets the error at its next print


def run_and_exit(target: Callable[[], object]) -> NoReturn:
    """Run `target`, then end this process with _exit(2).

    Its integer result, or that of sys.exit, is the exit code; after an exception the traceback is
    printed and the code is 1.
    """
    code = FAILED
    try:
        result = target()
        code = result & 0xFF if isinstance(result, int) else 0
    except SystemExit as leaving:
        if isinstance(leaving.code, int):
            code = leaving.code & 0xFF
        elif leaving.code is None:
            code = 0
        else:
            sys.stderr.write(f"{leaving.code}\n")
    except BaseException:  # noqa: BLE001 - no exception may reach the parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            flush_standard_streams()
        finally:
            exit_now(code)
