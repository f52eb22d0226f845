"""A PID namespace ends with its first process: whoever it holds dies then, by the kernel's hand.

Between the caller and what is enclosed stand two processes. The outer one waits; the inner one
is pid 1 of the namespace and collects whoever becomes an orphan there. When the outer one dies,
in whatever way, the kernel kills the inner one (PR_SET_PDEATHSIG), and with it the namespace.
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

from simpsh.kernel import namespaces
from simpsh.kernel.descriptors import HIGHEST, close, close_range, pipe2
from simpsh.kernel.processes import exit_now, fork, set_parent_death_signal
from simpsh.kernel.waiting import wait4, waitpid
from simpsh.wait_status import Exited, Killed

if TYPE_CHECKING:
    from typing import NoReturn

    from simpsh.wait_status import WaitStatus

HELPERS = 2
"""How many processes stand between."""
_SIGKILL = 9
_BROKEN = 125


def enclose(parent: int, *, with_users: bool) -> None:
    """Go on in a new PID namespace, as its second process; the caller's process becomes a helper.

    The helper ends with the status of what returns from here: 128 and the number for a signal.

    Args:
        parent: the pid of this process's parent; when it dies, everything here does.
        with_users: make a user namespace too, in which an ordinary user may do this.

    Raises:
        OSError: EPERM ENOSPC …; namespaces cannot be had.
    """
    uid, gid = os.getuid(), os.getgid()
    namespaces.unshare(namespaces.CLONE_NEWPID | (namespaces.CLONE_NEWUSER if with_users else 0))
    if with_users:
        namespaces.keep_own_ids(uid, gid)
    _die_with(parent)
    lifeline = pipe2()
    first = fork()
    if first != 0:
        _wait_outside(first, lifeline.write_end)
    close(lifeline.write_end)
    set_parent_death_signal(_SIGKILL)
    if _has_hung_up(lifeline.read_end):
        # The outer process died before the kernel was told to kill us with it.
        exit_now(_BROKEN)
    close(lifeline.read_end)
    second = fork()
    if second != 0:
        _collect_inside(second)


def is_enclosed() -> bool:
    """Tell whether this process is the second one of a PID namespace: read from /proc."""
    with open("/proc/self/status", encoding="utf-8", errors="replace") as file:
        numbers = next((line.split()[1:] for line in file if line.startswith("NSpid:")), [])
    return len(numbers) > 1 and numbers[-1] == "2"


def _die_with(parent: int) -> None:
    set_parent_death_signal(_SIGKILL)
    if os.getppid() != parent:
        exit_now(_BROKEN)


def _has_hung_up(read_end: int) -> bool:
    poll = select.poll()
    poll.register(read_end, 0)
    return bool(poll.poll(0))


def _wait_outside(first: int, lifeline: int) -> NoReturn:
    status = _BROKEN
    try:
        # Whoever reads from the enclosed processes must not wait for our copies.
        close_range(3, lifeline - 1)
        close_range(lifeline + 1, HIGHEST)
        changed = waitpid(first)
        status = _code(changed[1]) if changed else _BROKEN
    finally:
        exit_now(status)


def _collect_inside(second: int) -> NoReturn:
    status = _BROKEN
    try:
        close_range(3, HIGHEST)
        while True:
            ended = wait4(-1)
            if ended is not None and ended.pid == second:
                status = _code(ended.status)
                break
    finally:
        # With pid 1 everybody else in the namespace is killed.
        exit_now(status)


def _code(status: WaitStatus) -> int:
    match status:
        case Exited(code):
            return code
        case Killed(signal, _):
            return 128 + int(signal)
        case _:
            return _BROKEN
