"""How a program that nobody types to is started."""

from __future__ import annotations

import os

from simpsh.base.record import Record
from simpsh.kernel.descriptors import dup2, memfd_create, write_all


class ProgramStart(Record):
    """The arguments of a program, and its standard input."""

    arguments: tuple[str, ...]
    input: str | None = None
    """The contents of its standard input; None for the terminal."""

    def prepare(self) -> None:
        """Redirect the standard input of this process; raises OSError."""
        if self.input is not None:
            source = memfd_create("input")
            write_all(source, self.input.encode())
            # Read-only like a pipe, because a shell may write its prompt to descriptor 0.
            dup2(os.open(f"/proc/self/fd/{source}", os.O_RDONLY | os.O_CLOEXEC), 0)
