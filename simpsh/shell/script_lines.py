"""Where a script's lines come from: a file, or standard input.

What stands after the command being run must be left for the program that the command runs: a
file that can be rewound is rewound, a pipe is read byte by byte (POSIX XCU sh, STDIN).
"""

from __future__ import annotations

import os
import stat

from simpsh.kernel import descriptors

_BLOCK = 4096


class FileLines:
    """The lines of a descriptor that no other process reads from."""

    def __init__(self, descriptor: int, end: bytes = b"\n") -> None:
        self._descriptor = descriptor
        self._end = end
        """The byte that ends a line."""
        self._buffer = b""
        self._begin = 0
        """Where the part of the buffer begins that was not returned yet."""
        self._at_end = False

    def read_line(self) -> str | None:
        """Return the next line with what ends it, which the last may lack; None at the end.

        Raises:
            OSError: EIO, EISDIR; the file cannot be read.
        """
        begin = self._begin
        end = self._buffer.find(self._end, begin) + 1
        if not end:
            self._fill()
            begin = 0
            end = self._buffer.find(self._end) + 1 or len(self._buffer)
        self._begin = end
        line = self._buffer[begin:end]
        return os.fsdecode(line) if line else None

    def _fill(self) -> None:
        """Read on from what is left in the buffer until it holds a whole line, or the last."""
        pieces = [self._buffer[self._begin :]]
        while not self._at_end and self._end not in pieces[-1]:
            piece = descriptors.read(self._descriptor, self._count)
            self._at_end = not piece
            pieces.append(piece)
        self._buffer = b"".join(pieces)
        self._begin = 0

    _count = 1 << 16


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
        return super().read_line()

    def give_back(self) -> None:
        """Put what was read ahead back, before a command is run."""
        left = len(self._buffer) - self._begin
        if left:
            descriptors.lseek(self._descriptor, -left, os.SEEK_CUR)
        self._buffer = b""
        self._begin = 0
        self._at_end = False
