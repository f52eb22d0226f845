"""A terminal for one demonstration: a pseudo-terminal, at which you press keys.

What a key does, the line discipline does a moment after the write to the master, in a thread of
the kernel's own. Polling the other side waits for that thread: n_tty_poll() flushes it.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios

from simpsh.kernel.descriptors import close, dup2, open_file, write_all
from simpsh.kernel.groups import setsid, tcgetpgrp

_ROWS, _COLUMNS = 24, 80


class OwnTerminal:
    """A pseudo-terminal whose master is ours."""

    def __init__(self) -> None:
        self.master, self._slave = os.openpty()
        self.name = os.ttyname(self._slave)
        size = struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, size)

    def take(self) -> None:
        """Be the child: begin a session whose controlling terminal this is, as 0, 1 and 2."""
        setsid()
        fcntl.ioctl(self._slave, termios.TIOCSCTTY, 0)
        for number in range(3):
            dup2(self._slave, number)

    def press(self, keys: str) -> None:
        """Press keys, and wait until the line discipline has done what they do."""
        write_all(self.master, keys.encode())
        keyboard = open_file(self.name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            side = select.poll()
            side.register(keyboard, select.POLLIN)
            side.poll(0)
        finally:
            close(keyboard)

    def foreground(self) -> int:
        """Return the foreground group; 0 if there is none."""
        try:
            return tcgetpgrp(self.master)
        except OSError:
            return 0

    def close(self) -> None:
        """Give the terminal up."""
        close(self.master)
        close(self._slave)
