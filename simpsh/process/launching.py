"""The launcher of a daemon says how the start went: by its exit status and one line."""

from __future__ import annotations

import os
import select

from simpsh.kernel.descriptors import close, write_all
from simpsh.kernel.processes import exit_now
from simpsh.kernel.waiting import WNOHANG, pidfd_open, waitpid
from simpsh.process.readiness import ReadinessPipe, Report
from simpsh.wait_status import Exited, Killed, WaitStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_DEATH_MILLISECONDS = 2000
_INTERRUPTED = 130


def await_report(pipe: ReadinessPipe, middle: int) -> NoReturn:
    """Wait for the daemon's word, say it, and end the launcher with status 0 or 1.

    Args:
        pipe: its write end is closed here already.
        middle: the child that began the session and forks the daemon.
    """
    code = 1
    try:
        middle_status = _status(middle)
        report = pipe.report()
        if report.is_ready:
            code = 0
        else:
            _say(_what_happened(report, middle_status))
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except OSError as error:
        _say(f"the daemon's word could not be read: {error.strerror}")
    finally:
        exit_now(code)


def _what_happened(report: Report, middle: WaitStatus | None) -> str:
    if report.failure is not None:
        return report.failure
    status = middle if report.pid is None else _status_soon(report.pid)
    match status:
        case Exited(code):
            how = f"it exited with status {code}"
        case Killed(signal, _):
            how = f"it was killed by {signal.name} ({signal.description})"
        case _:
            how = "it gave up its end of the pipe" if report.pid else "nothing is known of it"
    return f"the daemon did not become ready: {how}"


def _status(pid: int) -> WaitStatus | None:
    """Collect the process between; it ends as soon as it has forked the daemon."""
    try:
        changed = waitpid(pid)
    except ChildProcessError:
        return None  # SIGCHLD is ignored, or a handler was quicker
    return None if changed is None else changed[1]


def _status_soon(pid: int) -> WaitStatus | None:
    """Return how an orphan of ours ended; None if it has not: it may have closed the pipe only."""
    try:
        pidfd = pidfd_open(pid)
    except OSError:
        return None
    try:
        # The kernel closes a dying process's descriptors before it reports the death.
        death = select.poll()
        death.register(pidfd, select.POLLIN)
        death.poll(_DEATH_MILLISECONDS)
        changed = waitpid(pid, WNOHANG)
    except ChildProcessError:
        return None
    finally:
        close(pidfd)
    return None if changed is None else changed[1]


def words_of(error: BaseException) -> str:
    """Return what a launcher says of an exception: what failed, and the system's reason."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"cannot become a daemon: {where}{error.strerror}"
    return f"cannot become a daemon: {type(error).__name__}: {error}"


def _say(message: str) -> None:
    try:
        write_all(2, os.fsencode(message) + b"\n")
    except OSError:
        pass  # nobody listens to standard error; the exit status says it too
