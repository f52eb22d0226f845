"""A pseudo-terminal whose master we hold; the slave is for a session. See pty(7)."""

from __future__ import annotations

import fcntl
import os
import struct
import termios

from simpsh.base.signal_names import SIGTTOU
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, dup2, open_file, readable, write_all
from simpsh.kernel.processes import setpgid, setsid, tcgetpgrp, tcsetpgrp

_ROWS, _COLUMNS = 24, 80
_TIOCSIG = 0x40045436
"""From asm-generic/ioctls.h; Python has no name for it."""


class OwnTerminal:
    """A pseudo-terminal whose master is ours; both ends are close-on-exec."""

    def __init__(self, columns: int = _COLUMNS) -> None:
        self.master, self.slave = os.openpty()
        self.name = os.ttyname(self.slave)
        size = struct.pack("HHHH", _ROWS, columns, 0, 0)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, size)

    def take(self) -> None:
        """In the child: begin a session with this controlling terminal, on descriptors 0 to 2."""
        lead_session_at(self.slave)
        for number in range(3):
            dup2(self.slave, number)

    def control(self) -> None:
        """In a session leader without a terminal: make this the controlling terminal."""
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def take_as_job(self) -> None:
        """In a child of its session: lead the foreground group, with this terminal as 0 to 2."""
        setpgid(0, 0)
        # A process that is not in the foreground yet would be stopped by these calls.
        with signals.Blocked(SIGTTOU):
            tcsetpgrp(self.slave, os.getpid())
        for number in range(3):
            dup2(self.slave, number)

    def press(self, keys: str) -> None:
        """Press keys, and wait until the line discipline has processed them."""
        write_all(self.master, keys.encode())
        keyboard = open_file(self.name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            readable((keyboard,), 0)
        finally:
            close(keyboard)

    def signal(self, number: int) -> None:
        """Send SIGINT, SIGQUIT or SIGTSTP to the foreground group, before this returns.

        The key would act later: the line discipline runs in a kernel thread. See TIOCSIG.
        """
        fcntl.ioctl(self.master, _TIOCSIG, number)

    def foreground(self) -> int:
        """Return the foreground group; 0 if there is none."""
        try:
            return tcgetpgrp(self.master)
        except OSError:
            return 0

    def close(self) -> None:
        """Close both ends that are still open."""
        for end in (self.master, self.slave):
            if end >= 0:
                close(end)
        self.master = self.slave = -1


def lead_session_at(terminal: int) -> None:
    """Begin a session whose controlling terminal this is; see setsid(2), TIOCSCTTY(2const)."""
    setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
