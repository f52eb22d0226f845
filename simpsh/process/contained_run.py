"""Run one command to its end without a terminal, and read what processes write.

The caller ends the processes that a command leaves, as in_own_process() does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from simpsh.kernel.descriptors import readable
from simpsh.process.child_changes import (
    Change,
    Directory,
    NewSession,
    OnlyDescriptors,
    Signals,
    standard,
)

_MOST_BYTES = 4 << 20
_PIECE = 1 << 16


def apart(descriptors: Sequence[int], directory: str) -> tuple[Change, ...]:
    """Return the changes of a child in its own session, with `descriptors` as 0, 1 and 2."""
    given = standard(*descriptors)
    return (NewSession(), given, OnlyDescriptors(), Signals(), Directory(directory))


def take_all(written: Mapping[int, bytearray], deadline: float, *, most: int = _MOST_BYTES) -> bool:
    """Read the descriptors of `written` until end of file.

    Return False if that took too long, or if more was written than allowed.
    """
    left_open = {*written}
    while left_open:
        ready = readable(left_open, deadline - time.monotonic())
        if not ready:
            return False
        for descriptor in ready:
            piece = os.read(descriptor, _PIECE)
            if not piece:
                left_open.remove(descriptor)
            elif sum(map(len, written.values())) < most:
                written[descriptor].extend(piece)
            else:
                return False
    return True
