"""How a program that nobody types to is started: arguments, input, outputs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from simpsh.base.record import Record
from simpsh.grade.shells.terminal_session import Stuck, TerminalSession
from simpsh.kernel.descriptors import dup2, memfd_create, readable, write_all


class ProgramStart(Record):
    """The arguments of a program, and what else its process has when it begins."""

    arguments: tuple[str, ...]
    input: str | None = None
    """The contents of its standard input; None for the terminal, or the pieces."""
    pieces: tuple[str, ...] | None = None
    """Pieces of its standard input, a pipe: each is written when all before have been read."""
    outputs: Mapping[int, str] = {}
    """The files that its descriptors lead to, by name; the others lead to the terminal."""

    @property
    def texts(self) -> tuple[str, ...]:
        """What it can read from its standard input."""
        return (self.input or "", *(self.pieces or ()))

    def prepare(self, directory: str, owner: int, judge: int, read_end: int) -> None:
        """Redirect the descriptors of this process; `read_end` is a pipe of the process `judge`.

        `owner` owns the files of its outputs, unless it is 0. Raises OSError.
        """
        if self.input is not None:
            source = memfd_create("input")
            write_all(source, self.input.encode())
            # Read-only like a pipe, because a shell may write its prompt to descriptor 0.
            dup2(os.open(f"/proc/self/fd/{source}", os.O_RDONLY | os.O_CLOEXEC), 0)
        elif read_end >= 0:
            dup2(os.open(f"/proc/{judge}/fd/{read_end}", os.O_RDONLY | os.O_CLOEXEC), 0)
        for descriptor, name in self.outputs.items():
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
            file = os.open(os.path.join(directory, name), flags, 0o644)
            if owner:
                os.fchown(file, owner, owner)
            dup2(file, descriptor)


class InputFeed:
    """Writes the pieces of a program's standard input; a context manager that closes the pipe."""

    def __init__(self, pieces: Sequence[str] | None) -> None:
        self._pieces = pieces or ()
        self.read_end = self._write_end = -1
        if pieces is not None:
            self.read_end, self._write_end = os.pipe()

    def __enter__(self) -> InputFeed:
        return self

    def __exit__(self, *_: object) -> None:
        for end in self.ends:
            os.close(end)

    @property
    def ends(self) -> tuple[int, ...]:
        """The open ends of the pipe; none if the input is no pipe."""
        return tuple(end for end in (self.read_end, self._write_end) if end >= 0)

    def write(self, program: TerminalSession) -> None:
        """Write each piece when the program waits for it, then close the pipe.

        Raises Stuck: the program lives on without reading.
        """
        if self.read_end < 0:
            return
        words = f"{program.noun} does not read its standard input"
        for piece in self._pieces:
            try:
                program.wait_still(lambda: not readable((self.read_end,), 0), words)
            except Stuck:
                if not program.is_gone():
                    raise
                break  # it needs no more of its input
            write_all(self._write_end, piece.encode())
        os.close(self._write_end)
        self._write_end = -1
