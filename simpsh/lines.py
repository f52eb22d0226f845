"""Where a script's lines come from: a text, a file, or standard input.

What stands behind the command being run must be left for the program that the command runs: a
file that can be rewound is rewound, a pipe is read byte by byte (POSIX XCU sh, STDIN).
"""

from __future__ import annotations

import os

from simpsh.kernel import descriptors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK = 4096


def text_lines(text: str) -> Callable[[], str | None]:
    """Return a function that gives the lines of a text, and None at its end."""
    rest = iter(text.splitlines(keepends=True) if _is_plain(text) else _split(text))
    return lambda: next(rest, None)


def _is_plain(text: str) -> bool:
    # splitlines() also splits at separators that are no newline for a shell.
    return text.isascii() and not any(character in text for character in "\r\v\f\x1c\x1d\x1e")


def _split(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


class FileLines:
    """The lines of a descriptor that nobody else reads from."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffer = b""
        self._at_end = False

    def read_line(self) -> str | None:
        """Return the next line with its newline, which the last may lack; None at the end.

        Raises:
            OSError: EIO, EISDIR; the file cannot be read.
        """
        pieces = [self._buffer]
        while b"\n" not in pieces[-1] and not self._at_end:
            piece = descriptors.read(self._descriptor, self._count)
            self._at_end = not piece
            pieces.append(piece)
        line, newline, self._buffer = b"".join(pieces).partition(b"\n")
        line += newline
        return os.fsdecode(line) if line else None

    _count = 1 << 16


class SharedLines(FileLines):
    """The lines of a descriptor that the commands being run may read from, too."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        try:
            descriptors.lseek(descriptor, 0, os.SEEK_CUR)
            self._can_rewind = True
            self._count = _BLOCK
        except OSError:
            self._can_rewind = False
            self._count = 1

    def give_back(self) -> None:
        """Put what was read ahead back, before a command is run."""
        if self._can_rewind and self._buffer:
            descriptors.lseek(self._descriptor, -len(self._buffer), os.SEEK_CUR)
            self._buffer = b""
        self._at_end = False
