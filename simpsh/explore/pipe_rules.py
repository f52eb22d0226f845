"""How bytes go through pipes, and out: the kernel's rules."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from simpsh.explore.rule import ANYTHING, Prediction, Rule

if TYPE_CHECKING:
    from simpsh.explore.kernel_state import Kernel
    from simpsh.explore.learning import Edge


class WriteOut(Rule):
    """A write to the program's output, which always has room."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def act(self, _kernel: Kernel, _name: str, edge: Edge) -> bytes:
        """Print it."""
        # A count that is not the data's length: a pid in it is shown by its process's name.
        return self.data if isinstance(edge.result, int) and edge.result >= 0 else b""


class WritePipe(Rule):
    """A write to a pipe: EPIPE without a reader; the explorer flags a pipe that may be full."""

    __slots__ = ("data", "pipe")

    def __init__(self, pipe: str, data: bytes) -> None:
        self.pipe = pipe
        self.data = data

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the count, or -EPIPE."""
        return len(self.data) if kernel.is_held(self.pipe, "r") else -errno.EPIPE

    def act(self, kernel: Kernel, _name: str, edge: Edge) -> bytes:
        """Put the bytes behind what is there."""
        if isinstance(edge.result, int) and edge.result > 0:
            kernel.pipes[self.pipe] = kernel.pipes.get(self.pipe, b"") + self.data
        return b""


class ReadPipe(Rule):
    """A read from a pipe: what is there, at most `size`; end of file when no writer is left."""

    __slots__ = ("pipe", "size")

    def __init__(self, pipe: str, size: int) -> None:
        self.pipe = pipe
        self.size = size

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Tell whether there are bytes, or nobody who could write any."""
        return self.pipe in kernel.pipes or not kernel.is_held(self.pipe, "w")

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the bytes."""
        return kernel.pipes.get(self.pipe, b"")[: self.size]

    def act(self, kernel: Kernel, _name: str, edge: Edge) -> bytes:
        """Take them out."""
        if isinstance(edge.result, bytes) and edge.result:
            rest = kernel.pipes.pop(self.pipe, b"")[len(edge.result) :]
            if rest:
                kernel.pipes[self.pipe] = rest
        return b""

    def is_settled(self, kernel: Kernel, name: str) -> bool:
        """Tell whether nothing that anybody does can change the result."""
        if kernel.holders(self.pipe, "r") != [name]:
            return False
        enough = len(kernel.pipes.get(self.pipe, b"")) >= self.size
        return enough or not kernel.is_held(self.pipe, "w")


class Close(Rule):
    """A descriptor is given up; who holds what follows from where the process arrives."""

    __slots__ = ()

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return that it is the process's own business: 0, or where dup2 has put it."""
        return ANYTHING
