"""Where a script's lines come from: a file, or standard input.

What stands after the command being run must be left for the program that the command runs: a
file that can be rewound is rewound, a pipe is read byte by byte (POSIX XCU sh, STDIN).
"""

from __future__ import annotations

import os
import stat

from simpsh.kernel import descriptors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


_BLOCK = 4096


class FileLines:
    """The lines of a descriptor that no other process reads from."""

    def __init__(
        self, descriptor: int, end: bytes = b"\n", *, wait: Callable[[int], int] | None = None
    ) -> None:
        """Read from a descriptor; `end` is the byte that ends a line.

        What may block waits first: `wait` is called with the descriptor, and returns how many bytes
        can be read before it is to be called again.
        """
        self._descriptor = descriptor
        self._wait = wait
        self._end = end
        self._buffer = b""
        self._begin = 0
        """Where the part of the buffer begins that was not returned yet."""
        self._at_end = False

    def line_at_hand(self) -> str | None:
        """Return the next line if it was read already."""
        begin = self._begin
        self._begin = end = self._buffer.find(self._end, begin) + 1 or begin
        return os.fsdecode(self._buffer[begin:end]) if end > begin else None

    def read_line(self) -> str | None:
        """Return the next line with what ends it, which the last may lack; None at the end."""
        line = self.line_at_hand()
        if line is None:
            pieces = [self._buffer[self._begin :]]
            ready = 0
            while not self._at_end and self._end not in pieces[-1]:
                if ready < 1 and self._wait is not None and self._may_block:
                    ready = self._wait(self._descriptor)
                piece = descriptors.read(self._descriptor, self._count)
                ready -= len(piece)
                self._at_end = not piece
                pieces.append(piece)
            self._buffer = b"".join(pieces)
            self._begin = self._buffer.find(self._end) + 1 or len(self._buffer)
            line = os.fsdecode(self._buffer[: self._begin]) or None
        return line

    _count = 1 << 16
    _may_block = True


class SharedLines(FileLines):
    """The lines of a descriptor that the commands being run may read from, too."""

    def read_line(self) -> str | None:
        """Return the next line, as FileLines does."""
        if self._begin == len(self._buffer):
            # Whatever it was before: `exec <file` may have changed it. lseek succeeds on some
            # devices that have no offset; only a regular file surely has.
            is_open = descriptors.is_open(self._descriptor)
            is_file = is_open and stat.S_ISREG(os.fstat(self._descriptor).st_mode)
            self._count = _BLOCK if is_file else 1
            self._may_block = not is_file
        return super().read_line()

    def give_back(self) -> None:
        """Put what was read ahead back, before a command is run."""
        left = len(self._buffer) - self._begin
        if left:
            descriptors.lseek(self._descriptor, -left, os.SEEK_CUR)
        self._buffer = b""
        self._begin = 0
        self._at_end = False
