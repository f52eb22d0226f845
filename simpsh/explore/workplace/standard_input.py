"""The standard input of an explored program: recorded once, the same for every run.

It is a file in memory, which each run reads from its beginning. What comes through a pipe is waited
for only when the program reads it: the pipe may never end, and the program never read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from simpsh.base.errors import UsageProblem
from simpsh.kernel import descriptors
from simpsh.kernel.descriptors import memfd_create

MOST_BYTES = 1_000_000
RECORDED = "reads its standard input, which was recorded and is a file here"
EMPTY = "reads its standard input, which is empty here; to give it one, write < FILE"
_NAME = "standard-input"
PATH = f"/memfd:{_NAME}"
"""What /proc shows of it in the program."""
_BLOCK = 65536


class StandardInput:
    """What comes from a descriptor, given to each run.

    Args:
        source: a descriptor; of a terminal or device nothing is taken.
    """

    def __init__(self, source: int) -> None:
        self._source = source
        self._memory = memfd_create(_NAME)
        self._is_taken = False
        try:
            mode = os.fstat(source).st_mode
        except OSError:
            mode = 0  # it is closed
        self.is_empty = not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode))
        if stat.S_ISREG(mode):
            self.take()

    def open(self) -> int:
        """Return a new descriptor at its beginning, to be closed by the caller."""
        return os.open(f"/proc/self/fd/{self._memory}", os.O_RDONLY | os.O_CLOEXEC)

    def take(self) -> None:
        """Record it, if that is not done yet: wait for its end.

        Raises:
            UsageProblem: there is too much of it.
        """
        if self._is_taken or self.is_empty:
            return
        self._is_taken = True
        total = 0
        while piece := descriptors.read(self._source, _BLOCK):
            total += len(piece)
            if total > MOST_BYTES:
                raise UsageProblem("the standard input is longer than 1 MB, which is too much")
            descriptors.write_all(self._memory, piece)

    def close(self) -> None:
        """Forget it."""
        descriptors.close(self._memory)


@contextmanager
def input_of(given: StandardInput | None) -> Iterator[int]:
    """Yield a descriptor for a program to read from, and close it; /dev/null for nothing."""
    if given is None:
        opened = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    else:
        opened = given.open()
    try:
        yield opened
    finally:
        descriptors.close(opened)
