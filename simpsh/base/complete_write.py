"""Writing all of some bytes to a descriptor: the one loop around write(2).

A write may take a part of the data, refuse for now (EAGAIN on a descriptor with O_NONBLOCK, which
another program can have set), fail, or take nothing without an error. /proc/PID/mem does the last
after its process has called execve: without a check, the loop would not end.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_REFUSALS = 100
"""So often in a row another writer may be faster; after that, the descriptor takes nothing."""


def write_all(descriptor: int, data: bytes, write: Callable[[int, bytes], int] = os.write) -> None:
    """Write all of `data` with `write`; wait if the descriptor refuses for now.

    Raises OSError: the write fails. EIO: the descriptor takes nothing.
    """
    refusals = 0
    while data:
        try:
            count = write(descriptor, data)
        except BlockingIOError:
            refusals += 1
            if refusals > _MOST_REFUSALS:
                raise
            _wait_for_room(descriptor)
            continue
        if count == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        data, refusals = data[count:], 0


def _wait_for_room(descriptor: int) -> None:
    # Imported here because writes rarely have to wait.
    import select

    room = select.poll()
    room.register(descriptor, select.POLLOUT)
    room.poll()
