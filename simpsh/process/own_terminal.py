"""A pseudo-terminal whose master we hold; the slave is for a session. See pty(7)."""

from __future__ import annotations

import fcntl
import os
import struct
import termios

from simpsh.kernel.descriptors import close, open_file, readable, write_all
from simpsh.kernel.processes import tcgetpgrp
from simpsh.process.child_changes import Change, NewGroup, NewSession, standard

_ROWS, _COLUMNS = 24, 80


class OwnTerminal:
    """A pseudo-terminal whose master is ours; both ends are close-on-exec."""

    def __init__(self, columns: int = _COLUMNS) -> None:
        self.master, self.slave = os.openpty()
        self.name = os.ttyname(self.slave)
        size = struct.pack("HHHH", _ROWS, columns, 0, 0)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, size)

    def as_session(self) -> tuple[Change, ...]:
        """Return the changes of a child whose session has this terminal, on descriptors 0 to 2."""
        return (NewSession(self.slave), standard(*[self.slave] * 3))

    def as_job(self) -> tuple[Change, ...]:
        """Return the changes of a child of this terminal's session, as its foreground group."""
        return (NewGroup(self.slave), standard(*[self.slave] * 3))

    def control(self) -> None:
        """In a session leader without a terminal: make this the controlling terminal."""
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def press(self, keys: str) -> None:
        """Press keys, and wait until the line discipline has processed them."""
        write_all(self.master, keys.encode())
        keyboard = open_file(self.name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            readable((keyboard,), 0)
        finally:
            close(keyboard)

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
