"""Signals to a group: its members get them one by one, in the kernel's order."""

from __future__ import annotations

import os

from simpsh.explore.control.held_process import DEAD, HeldProcess
from simpsh.explore.control.jobs.stopping import send_really
from simpsh.explore.control.run_state import RunState
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.group_operations import KillOn
from simpsh.explore.operations.group_targets import OWN_GROUP, group_meant, is_group
from simpsh.kernel.machine import registers


def _members(run: RunState, process: HeldProcess, target: str) -> list[HeldProcess]:
    """Return who is in the group, zombies, too; who came last is the first."""
    leader = run.processes.get(group_meant(target, ""))
    group = leader.pid if leader is not None else -1
    if target == OWN_GROUP:
        group = os.getpgid(process.pid)
    there = [one for one in run.came_into_group[::-1] if one.state != DEAD or not one.is_reaped]
    return [one for one in there if os.getpgid(one.pid) == group]


def send_to_group(run: RunState, process: HeldProcess, operation: ops.Operation) -> bool:
    """Make a step of a kill that is for a group; return whether more steps are to follow.

    The call itself is not made.
    """
    match operation:
        case ops.Kill(target, signal) if is_group(target):
            rest = [one.name for one in _members(run, process, target)]
            if not rest or not signal:
                return False
        case KillOn(signal, names):
            rest = list(names)
        case _:
            return False
    send_really(run.processes[rest[0]], signal)
    if len(rest) > 1:
        process.operation, process.result = KillOn(signal, tuple(rest[1:])), tuple(rest[1:])
        return True
    registers.skip_call(process.pid, 0)
    return False
