"""What the whole machine, or all processes of a user, share: a program may lack what others use.

A fork that fails with EAGAIN is the program's own excess only if it has had as many processes as it
may have, or if it set a limit of its own, whose value no event has. ENFILE is never its own:
each process has its own limit of descriptors. In both other cases nothing that the program did
afterwards says anything about it.
"""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterable

from simpsh.base.events import Call, Event, Fork, Reap, ThreadExit
from simpsh.grade.sandbox.sandbox import JudgeRefused

FORKS = frozenset(("fork", "vfork", "clone", "clone3"))
_LIMITS = frozenset(("prlimit64", "setrlimit"))
CALLS = FORKS | _LIMITS
"""The calls without an event of their own that require_enough() must find in a recording."""


def _sets_own_limit(call: Call) -> bool:
    """Return whether a call set a limit of processes, rather than only queried it."""
    if call.name not in _LIMITS or call.errno:
        return False
    # prlimit(pid, resource, new, old) and setrlimit(resource, new).
    number, new = call.args[1:3] if call.name == "prlimit64" else call.args[:2]
    return number == resource.RLIMIT_NPROC and new != 0


def require_enough(events: Iterable[Event], most: int, *, is_whole: bool = True) -> None:
    """Raise JudgeRefused if a program that may have `most` processes lacked what others used.

    The events of a run that was ended early (not `is_whole`) may lack births that the kernel had
    counted: such a program has used up its time in any case.
    """
    alive = peak = 1
    is_refused = own_limit = False
    for event in events:
        match event.what:
            case Fork():
                alive += 1
                # A refusal may be recorded before the births that were the reason for it.
                peak = max(peak, alive)
            case Reap() | ThreadExit():
                alive -= 1
            case Call() as call if _sets_own_limit(call):
                own_limit = True
            case Call(name=name, errno=errno.EAGAIN) if name in FORKS:
                is_refused |= not own_limit
        if getattr(event.what, "errno", 0) == errno.ENFILE:
            raise JudgeRefused("no descriptor was left in the whole system")
    if is_refused and is_whole and peak < most:
        raise JudgeRefused(
            f"the machine refused it a process when it had {peak} of {most}: others of the same "
            "user, or of the machine, used them up"
        )
