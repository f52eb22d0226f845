"""Who forks twice has no child to wait for: the grandchild's parent is dead, init adopts it."""

from __future__ import annotations

import errno
import os

from simpsh.kernel.descriptors import close, pipe2, read, write
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.waiting import waitpid
from simpsh.process.child import flush_standard_streams, run_and_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from simpsh.kernel.descriptors import Pipe


def double_fork(target: Callable[[], object]) -> int:
    """Run `target` in a grandchild that never becomes our zombie; return its pid.

    The process between forks and ends at once, and is waited for here. The grandchild then
    belongs to init, or to the nearest subreaper, which collects it. It keeps our session, group,
    terminal and descriptors; daemonize() leaves those behind as well.

    Args:
        target: called without arguments; an integer result is the exit code, an exception is
            printed and gives 1. It ends by _exit(2): no atexit handlers, no `finally` of ours.

    Returns:
        The grandchild's pid: a number to show. It may already be another's when it is used.

    Raises:
        BlockingIOError: EAGAIN; the limit of processes was reached at either fork.
        OSError: ENOMEM at either fork. EMFILE; no pipe could be made. ECHILD; the process
            between was killed before it could fork.

    See fork(2), wait(2).
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
        _fork_again(report, target)
    close(report.write_end)
    try:
        answer = read(report.read_end, 64)
    finally:
        close(report.read_end)
        _collect(middle)
    return _pid_in(answer)


def _fork_again(report: Pipe, target: Callable[[], object]) -> NoReturn:
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


def _collect(pid: int) -> None:
    try:
        waitpid(pid)
    except ChildProcessError:
        pass  # a SIGCHLD handler was quicker, or SIGCHLD is ignored: collected it is


def _pid_in(answer: bytes) -> int:
    if not answer:
        raise ChildProcessError(errno.ECHILD, "the process between was killed before it could fork")
    number = int(answer)
    if number < 0:
        raise OSError(-number, os.strerror(-number))
    return number
