"""How well can this machine keep a submission apart? Each way is tried with a harmless program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from simpsh.course.own_process import in_own_process
from simpsh.errors import SimpshError
from simpsh.grade.cage import Cage
from simpsh.grade.confined import run_confined
from simpsh.grade.enclosure import Inside, Sight, work_inside
from simpsh.grade.judging_one import with_user
from simpsh.grade.memory_group import MemoryGroup, NoMemoryGroup

if TYPE_CHECKING:
    from simpsh.grade.limits import Limits

_GOOD = b"good"
_SECONDS = 20.0


def best_cage(limits: Limits, hidden: tuple[str, ...] = ()) -> Cage:
    """Return the strictest cage in which a Python program runs on this machine.

    Args:
        limits: what a submission may use.
        hidden: what it may not see.

    Raises:
        SimpshError: none does; nothing may be run.
    """
    for cage in _ways(limits):
        if in_own_process(lambda cage=cage: _works(cage, hidden), _SECONDS):  # type: ignore[misc]
            return cage
    raise SimpshError("grade: no program runs here within these limits; is --memory too small?")


def _ways(limits: Limits) -> list[Cage]:
    is_root = os.geteuid() == 0
    # Any uid that is not root's stands for the one that each submission will get.
    uid = 65534 if is_root else 0
    has_group = _has_group(limits)
    found = [
        Cage(
            limits,
            uid,
            has_namespaces=True,
            is_read_only=is_read_only,
            is_offline=is_offline,
            has_group=has_group,
            with_users=not is_root,
        )
        for is_read_only, is_offline in ((True, True), (True, False), (False, True), (False, False))
    ]
    bare = [Cage(limits, uid, has_group=has_group)] if uid else []
    return [*found, *bare, Cage(limits, has_group=has_group)]


def _has_group(limits: Limits) -> bool:
    try:
        MemoryGroup(limits.together).remove()
    except NoMemoryGroup:
        return False
    return True


def _works(cage: Cage, hidden: tuple[str, ...]) -> bool:
    """Run an interpreter in the cage, in a process of its own that may become a subreaper."""
    own = with_user(cage)

    def work(inside: Inside) -> None:
        argv = (sys.executable, "-S", "-E", "-c", "open('new', 'w').close()")
        own.give(inside.directory)
        if run_confined(own, argv, inside.directory, _SECONDS / 2).is_good:
            inside.send(_GOOD)

    return work_inside(own, Sight(hidden), work).lines == (_GOOD,)
