"""The program's output: a pipe that the cage empties, or a terminal for line buffering."""

from __future__ import annotations

import os
import termios
import tty

from simpsh.kernel import descriptors

_BLOCK = 65536


class Output:
    """Where the program's standard output and standard error go, run after run.

    Args:
        is_terminal: a pseudo-terminal, so that the C library buffers by lines; else a pipe.
    """

    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal
        if is_terminal:
            self._ours, self.theirs = os.openpty()
            # Bytes pass as they are: no carriage returns, no echo, no keys with a meaning.
            tty.setraw(self.theirs, termios.TCSANOW)
        else:
            pipe = descriptors.pipe2()
            self._ours, self.theirs = pipe.read_end, pipe.write_end
        os.set_blocking(self._ours, False)
        self._owed = 0
        self.target = os.readlink(f"/proc/self/fd/{self.theirs}")
        """What /proc shows of it in the program."""

    def drain(self) -> bytes:
        """Take what has been written. A terminal's bytes may come later than their write."""
        found = b""
        try:
            while piece := os.read(self._ours, _BLOCK):
                found += piece
        except BlockingIOError:
            pass
        self._owed -= len(found)
        return found

    def owe(self, count: int) -> None:
        """Note that bytes were written whose contents are known."""
        self._owed += count

    def drain_new(self) -> bytes:
        """Take what has been written beyond what was owed."""
        owed = self._owed
        found = self.drain()
        return found[max(owed, 0) :]

    def close(self) -> None:
        """Close both ends."""
        descriptors.close(self._ours)
        descriptors.close(self.theirs)
