"""Process groups and sessions: which operation a process stands at, and what came of it."""

from __future__ import annotations

import errno
import os

from simpsh.explore.control.held_process import DEAD, HeldProcess, Result
from simpsh.explore.control.run_state import RunState
from simpsh.explore.operations import group_operations as groups
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.group_targets import OWN_GROUP, group_meant, of_group
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import registers
from simpsh.trace.tracee_proc import signed

EXEC_AFTER_VFORK = "changes the group of a process that calls exec after vfork"
OUTSIDE_GROUPS = "changes or asks for the group or session of a process outside"


def target_of(run: RunState, pid: int) -> str:
    """Return the target of a wait or kill with pid 0, or less than -1."""
    run.need_groups()
    if pid == 0:
        return OWN_GROUP
    leader = run.names.by_pid.get(-pid)
    return of_group(leader.name if leader is not None else "")


def arrive_at_group(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation | None:
    """Return the operation of setpgid, getpgid, getpgrp, setsid or getsid."""
    if process.call == "setsid":
        return _visible(run, groups.NewSession(), is_own=True)
    pid = signed(args[0]) if process.call != "getpgrp" else 0
    target = process if pid in (0, process.pid) else run.names.by_pid.get(pid)
    if target is None or pid < 0:
        if pid > 0 and _is_there(pid):
            run.flag(OUTSIDE_GROUPS)
        return None
    if target.state == DEAD and target.is_reaped:
        # Another process may have that pid now.
        registers.skip_call(process.pid, -errno.ESRCH)
        return None
    if process.call != "setpgid":
        kind = groups.GetSession if process.call == "getsid" else groups.GetGroup
        return _visible(run, kind(target.name), is_own=target is process)
    if target is not process and target.was_vforked and target.has_executed:
        run.flag(EXEC_AFTER_VFORK)
    return _set_group(run, process, target, args)


def _set_group(
    run: RunState, process: HeldProcess, target: HeldProcess, args: tuple[int, ...]
) -> Operation | None:
    number = signed(args[1])
    leader = target if number in (0, target.pid) else run.names.by_pid.get(number)
    if number < 0:
        return None  # EINVAL
    if leader is None and _is_there(number):
        run.flag(OUTSIDE_GROUPS)
        return None
    is_own = target is process is leader
    return _visible(run, groups.SetGroup(target.name, leader.name if leader else ""), is_own=is_own)


def _visible(run: RunState, operation: Operation, *, is_own: bool) -> Operation:
    """What a process does with its own group matters once another asks for it, or changes it."""
    if not run.knowledge.groups_matter:
        if is_own or run.is_alone:
            return ops.Alone(operation)
        run.need_groups()
    return operation


def _is_there(pid: int) -> bool:
    return os.path.exists(f"/proc/{pid}")


def _note_change(run: RunState, operation: Operation) -> None:
    """Note that a process came into a group; staying in it changes nothing."""
    if not isinstance(operation, groups.SetGroup):
        return
    process = run.processes[operation.target]
    if process.group != operation.group:
        process.group = operation.group
        run.came_into_group.remove(process)
        run.came_into_group.append(process)


def group_result(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    """Return what a call about groups came back with: a name, 0, or minus the errno."""
    if result <= 0:
        if result == 0:
            _note_change(run, operation)
        return result
    if isinstance(operation, groups.NewSession):
        _note_change(run, groups.SetGroup(process.name, process.name))
    if result in run.names.by_pid:
        return run.names.by_pid[result].name
    # The program is in the session of whoever called the explorer.
    session = os.getsid(0)
    run.names.add_outside(session)
    registers.set_result(process.pid, session)
    return ops.OUTSIDE


def is_of_group(run: RunState, child: HeldProcess, waiting: HeldProcess, target: str) -> bool:
    """Return whether a child that lives, or is a zombie, is in the group that a wait means."""
    own = os.getpgid(waiting.pid)
    group = own if target == OWN_GROUP else 0
    if not group:
        leader = run.processes.get(group_meant(target, ""))
        group = leader.pid if leader is not None else -1
    return os.getpgid(child.pid) == group
