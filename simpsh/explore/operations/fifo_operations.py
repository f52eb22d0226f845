"""FIFOs, as operations: opening one waits for its other end; see fifo(7)."""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.explore.operations.readiness import TryRead, TryWrite
from simpsh.explore.operations.visible_operations import OnObject, Operation, shown

_MARK = "|"
FIFO_WAITS = "waits"
"""The result of OpenFifo where FifoWaits follows, with the descriptor."""


def fifo_name(path: str) -> str:
    """Return what the bytes in a FIFO are called, by its path: it is used like a pipe.

    >>> fifo_name("./f")
    '|./f'
    """
    return _MARK + path


def is_fifo(name: str) -> bool:
    """Return whether an object is a FIFO."""
    return name.startswith(_MARK)


class OpenFifo(Operation):
    """Opens a FIFO."""

    path: str
    ends: str
    """`r`, `w`, or both."""
    blocks: bool

    @property
    def fifo(self) -> str:
        """What is opened."""
        return fifo_name(self.path)

    @property
    def objects(self) -> tuple[str, ...]:
        """See Operation.objects."""
        return (self.path, self.fifo)

    def _words(self, letters: Mapping[str, str]) -> str:
        how = {"r": "to read", "w": "to write", "rw": "to read and write"}[self.ends]
        return f"opens {shown(self.fifo, letters)} {how}"


class FifoWaits(OnObject):
    """Has one end of a FIFO, and is back from open once a process has opened the other."""

    end: str

    def _words(self, letters: Mapping[str, str]) -> str:
        other = "writes" if self.end == "r" else "reads"
        return f"waits until another process {other} {shown(self.object, letters)}"


class ReadNow(TryRead):
    """Reads from a FIFO that was opened not to block."""


class WriteNow(TryWrite):
    """Writes to a FIFO that was opened not to block."""
