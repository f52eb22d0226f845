"""Processes form groups, groups form sessions, and one group owns the session's terminal."""

from __future__ import annotations

import os

from simpsh.kernel.call_observer import observable


@observable("setpgid")
def setpgid(pid: int, pgid: int) -> None:
    """Put a process (0: this one) into a group (0: one of its own).

    Raises:
        PermissionError: EACCES, the child has already exec'ed; EPERM, a session leader or another
            session's group.
        ProcessLookupError: ESRCH; neither this process nor a living child of it.

    See setpgid(2).
    """
    os.setpgid(pid, pgid)


@observable("getpgrp")
def getpgrp() -> int:
    """Return this process's group. See getpgrp(2)."""
    return os.getpgrp()


@observable("setsid")
def setsid() -> int:
    """Begin a session and a group, both numbered as this process, without a terminal.

    Raises:
        PermissionError: EPERM; this process already leads a group.

    See setsid(2).
    """
    os.setsid()
    return os.getpid()


@observable("tcgetpgrp")
def tcgetpgrp(terminal: int) -> int:
    """Return the terminal's foreground group.

    Raises:
        OSError: ENOTTY; not this session's terminal.

    See tcgetpgrp(3).
    """
    return os.tcgetpgrp(terminal)


@observable("tcsetpgrp")
def tcsetpgrp(terminal: int, pgid: int) -> None:
    """Make a group the terminal's foreground group: it may read, and its keys' signals reach it.

    Raises:
        OSError: ENOTTY; not our terminal. EPERM or ESRCH; no such group in our session.

    See tcsetpgrp(3).
    """
    os.tcsetpgrp(terminal, pgid)
