"""Rules for process groups and sessions: setpgid, getpgid, setsid, getsid.

What the kernel checks, and in which order, is told in setpgid(2) and setsid(2).
"""

from __future__ import annotations

import errno

from simpsh.explore.model.job_control import (
    group_and_session,
    group_of,
    has_executed,
    is_there,
    members,
    put_into,
)
from simpsh.explore.model.kernel_state import (
    HistoryEdge,
    Kernel,
    Prediction,
    Rule,
    parent_of,
)
from simpsh.explore.operations import group_operations as groups
from simpsh.explore.operations.visible_operations import Operation

LEAVES_GROUP = "changes groups while a process may be asleep in a wait for one"
"""Who sleeps in such a wait is not told of that; who is about to begin it finds another group."""


def _put(kernel: Kernel, mover: str, name: str, group: str, session: str) -> None:
    if group != group_of(kernel, name):
        for other in {name, parent_of(name)} - {mover}:
            if other in kernel.procs and kernel.procs[other][0].rule.waits_for_group:
                kernel.learned.doubts.add(LEAVES_GROUP)
    put_into(kernel, name, group, session)


class SetGroupRule(Rule):
    """setpgid: of oneself, or of a child that has not called exec."""

    def __init__(self, target: str, group: str) -> None:
        self.target = target
        self.group = group

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 0, -ESRCH, -EPERM or -EACCES."""
        target = self.target
        _, own_session = group_and_session(kernel, name)
        if not is_there(kernel, target) or (target != name and parent_of(target) != name):
            return -errno.ESRCH
        _, session = group_and_session(kernel, target)
        if target != name:
            if session != own_session:
                return -errno.EPERM
            if has_executed(kernel, target):
                return -errno.EACCES
        if session == target or not self._may_be_entered(kernel, own_session):
            return -errno.EPERM
        return 0

    def _may_be_entered(self, kernel: Kernel, session: str) -> bool:
        if self.group == self.target:
            return True
        there = members(kernel, self.group)
        return bool(there) and group_and_session(kernel, there[0])[1] == session

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the process be in the group."""
        if edge.result == 0 and is_there(kernel, self.target):
            _, session = group_and_session(kernel, self.target)
            _put(kernel, name, self.target, self.group, session)
        return b""


class NewSessionRule(Rule):
    """setsid: not for who leads a group, nor while others are left in the group it has led."""

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the session, which is the caller's name, or -EPERM."""
        _, session = group_and_session(kernel, name)
        return -errno.EPERM if session == name or members(kernel, name) else name

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the process lead a session and a group."""
        if edge.result == name:
            _put(kernel, name, name, name, name)
        return b""


class AskRule(Rule):
    """getpgid and getsid: of any process, also of a zombie."""

    def __init__(self, target: str, place: int) -> None:
        self.target = target
        self._place = place

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return a name, or -ESRCH."""
        if not is_there(kernel, self.target):
            return -errno.ESRCH
        return group_and_session(kernel, self.target)[self._place]


def group_rule(operation: Operation) -> Rule | None:
    """Return the rule of an operation on groups; None for any other."""
    match operation:
        case groups.SetGroup(target, group):
            return SetGroupRule(target, group)
        case groups.NewSession():
            return NewSessionRule()
        case groups.GetGroup(target):
            return AskRule(target, 0)
        case groups.GetSession(target):
            return AskRule(target, 1)
        case _:
            return None
