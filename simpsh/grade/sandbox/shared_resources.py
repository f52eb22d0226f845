"""What the whole machine, or all processes of a user, share: a program may lack what others use.

A fork that fails with EAGAIN is the program's own excess only if it had made as many processes as
it may have. ENFILE is never its own: each process has its own limit of descriptors. In both other
cases nothing that the program did afterwards says anything about it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable

from simpsh.base.events import Call, Event, Fork, Reap, ThreadExit
from simpsh.grade.sandbox.sandbox import JudgeRefused

_FORKS = ("fork", "vfork", "clone", "clone3")


def require_enough(events: Iterable[Event], most: int) -> None:
    """Raise JudgeRefused if a program that may have `most` processes lacked what others used."""
    alive = 1
    for event in events:
        match event.what:
            case Fork():
                alive += 1
            case Reap() | ThreadExit():
                alive -= 1
            case Call(name=name, errno=errno.EAGAIN) if name in _FORKS and alive < most:
                raise JudgeRefused(
                    f"the machine refused it a process when it had {alive} of {most}: others of "
                    "the same user, or of the machine, used them up"
                )
        if getattr(event.what, "errno", 0) == errno.ENFILE:
            raise JudgeRefused("no descriptor was left in the whole system")
