"""A limit stops a process that asks for too much; it is inherited by children and kept by exec."""

from __future__ import annotations

from simpsh.base.record import Record
from simpsh.kernel.call_observer import observable

NOFILE = 7
"""RLIMIT_NOFILE: one more than the greatest descriptor, on every architecture that runs simpsh."""
INFINITY = -1
"""What getrlimit(2) calls RLIM_INFINITY: no limit."""


class Limit(Record):
    """The soft limit holds; a process may move it up to the hard one."""

    soft: int
    hard: int


@observable("getrlimit")
def getrlimit(resource: int) -> Limit:
    """Return a limit of this process; INFINITY means none. See getrlimit(2)."""
    import resource as limits

    return Limit(*limits.getrlimit(resource))


@observable("setrlimit")
def setrlimit(resource: int, limit: Limit) -> None:
    """Set a limit of this process and its future children.

    Raises:
        ValueError: the soft limit is above the hard one, or the hard one would be raised without
            the privilege (EINVAL, EPERM).

    See setrlimit(2).
    """
    import resource as limits

    limits.setrlimit(resource, (limit.soft, limit.hard))
