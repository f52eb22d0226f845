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

if TYPE_CHECKING:
    from simpsh.grade.limits import Limits

_GOOD = b"good"
_SECONDS = 20.0


def best_cage(limits: Limits) -> Cage:
    """Return the strictest cage in which a Python program runs on this machine.

    Raises:
        SimpshError: none does; nothing may be run.
    """
    for cage in _ways(limits):
        if in_own_process(lambda cage=cage: _works(cage), _SECONDS):  # type: ignore[misc]
            return cage
    raise SimpshError("grade: no program runs here within these limits; is --memory too small?")


def _ways(limits: Limits) -> list[Cage]:
    is_root = os.geteuid() == 0
    # Any uid that is not root's stands for the one that each submission will get.
    uid = 65534 if is_root else 0
    found = [
        Cage(
            limits,
            uid,
            has_namespaces=True,
            is_read_only=is_read_only,
            is_offline=is_offline,
            with_users=not is_root,
        )
        for is_read_only, is_offline in ((True, True), (True, False), (False, True), (False, False))
    ]
    return [*found, *([Cage(limits, uid)] if uid else []), Cage(limits)]


def _works(cage: Cage) -> bool:
    """Run an interpreter in the cage, in a process of its own that may become a subreaper."""
    own = with_user(cage)

    def work(inside: Inside) -> None:
        argv = (sys.executable, "-S", "-E", "-c", "open('new', 'w').close()")
        own.give(inside.directory)
        if run_confined(own, argv, inside.directory, _SECONDS / 2).is_good:
            inside.send(_GOOD)

    return work_inside(own, Sight(), work).lines == (_GOOD,)
