"""An advisory lock keeps out those who ask for it too; it belongs to the open file description."""

from __future__ import annotations

import fcntl

from simpsh.kernel.observing import observable

LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_NB, fcntl.LOCK_UN


@observable("flock", announced=True)
def flock(descriptor: int, operation: int) -> None:
    """Take or give up a lock on an open file; fork and dup share it, the last close ends it.

    Args:
        descriptor: any descriptor of the file, opened for whatever.
        operation: LOCK_SH, LOCK_EX or LOCK_UN, or'ed with LOCK_NB at choice.

    Raises:
        BlockingIOError: EWOULDBLOCK; LOCK_NB was given and somebody else has the lock.
        OSError: EBADF; it is not open. ENOLCK; the kernel has no memory for it.

    See flock(2).
    """
    fcntl.flock(descriptor, operation)
