"""Reads the lines of a script from a file or from standard input.

A program that the script runs may read the rest of the same input (POSIX XCU sh, STDIN). Before a
command runs, the offset of a regular file is moved back; a pipe is read byte by byte.
"""

from __future__ import annotations

import os
import stat
import sys

from simpsh.kernel import descriptors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


_BLOCK = 4096
_AS_NAMES = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
"""The encoding of os.fsdecode(), which takes longer for a line than all else here."""


class FileLines:
    """The lines of a descriptor that no other process reads from."""

    def __init__(
        self, descriptor: int, end: bytes = b"\n", *, wait: Callable[[int], int] | None = None
    ) -> None:
        """Read from a descriptor; `end` is the byte that ends a line.

        Before a read that may block, `wait` is called with the descriptor. It returns the
        number of bytes that can be read before the next call.
        """
        self._descriptor = descriptor
        self._wait = wait
        self._end = end
        self._buffer = b""
        self._begin = 0
        """The index of the first byte that has not been returned."""
        self._at_end = False

    def read_line(self) -> str | None:
        """Return the next line including its end, which the last line may lack; None at the end."""
        begin = self._begin
        self._begin = end = self._buffer.find(self._end, begin) + 1 or begin
        line: str | None = self._buffer[begin:end].decode(*_AS_NAMES)
        if not line:
            pieces = [self._buffer[self._begin :]]
            ready = 0
            while not self._at_end and self._end not in pieces[-1]:
                if ready < 1 and self._wait is not None and self._may_block:
                    ready = self._wait(self._descriptor)
                try:
                    piece = descriptors.read(self._descriptor, self._count)
                except BlockingIOError:
                    # POSIX (XCU sh, STDIN): sh enables blocking reads, and leaves them enabled.
                    if os.get_blocking(self._descriptor):
                        raise
                    os.set_blocking(self._descriptor, True)
                    ready = 0
                    continue
                ready -= len(piece)
                self._at_end = not piece
                pieces.append(piece)
            self._buffer = b"".join(pieces)
            self._begin = self._buffer.find(self._end) + 1 or len(self._buffer)
            line = os.fsdecode(self._buffer[: self._begin]) or None
        return line

    def read_lines(self) -> str:
        """Return the next line, and all lines after it that have been read; "" at the end."""
        text = self.read_line() or ""
        begin = self._begin
        self._begin = end = self._buffer.rfind(self._end, begin) + 1 or begin
        return text + self._buffer[begin:end].decode(*_AS_NAMES)

    _count = 1 << 16
    _may_block = True


class SharedLines(FileLines):
    """The lines of a descriptor from which the commands of the script may read, too."""

    def read_line(self) -> str | None:
        """Return the next line; read ahead only in a regular file."""
        if self._begin == len(self._buffer):
            # Check each time: `exec <file` may have replaced the descriptor. lseek succeeds on some
            # devices without an offset, so only a regular file is read ahead.
            try:
                is_file = stat.S_ISREG(os.fstat(self._descriptor).st_mode)
            except OSError:
                is_file = False
            self._count = _BLOCK if is_file else 1
            self._may_block = not is_file
        return super().read_line()

    def give_back(self) -> None:
        """Move the offset back over the bytes that were read ahead, before a command runs."""
        left = len(self._buffer) - self._begin
        if left:
            descriptors.lseek(self._descriptor, -left, os.SEEK_CUR)
        self._buffer = b""
        self._begin = 0
        self._at_end = False
