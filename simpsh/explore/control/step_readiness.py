"""Which processes can continue, and what the others wait for.

An operation that would block is never let into the kernel.
"""

from __future__ import annotations

import fcntl
import os
import select
from collections.abc import Iterable

from simpsh.base.phrases import listed
from simpsh.base.signal_names import SIGKILL
from simpsh.explore.control.held_process import AT, BLOCKED, DEAD, HeldProcess
from simpsh.explore.control.jobs.group_calls import is_of_group
from simpsh.explore.control.jobs.signal_delivery import deliverable, notice_timer
from simpsh.explore.control.jobs.stopping import has_news
from simpsh.explore.control.run_state import CLOSES_AFTER_VFORK, RunState
from simpsh.explore.control.sharing.epoll_calls import leaves_sleep
from simpsh.explore.control.sharing.futex_calls import is_awake
from simpsh.explore.control.sharing.poll_calls import wakes
from simpsh.explore.control.sharing.record_lock_calls import waits_for_record
from simpsh.explore.model.pipe_room import FILLS_PIPE
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.epolls import (
    EpollDisarms,
    EpollLooks,
    EpollPutsBack,
    EpollSleeps,
    EpollTakes,
    PipeWakes,
)
from simpsh.explore.operations.fifo_operations import FifoWaits
from simpsh.explore.operations.group_operations import KillOn, NewSession, SetGroup
from simpsh.explore.operations.group_targets import is_group
from simpsh.explore.operations.memory_steps import FutexSleep, StoreBack
from simpsh.explore.operations.pipe_pages import PAGE, SURE_BYTES, with_written
from simpsh.explore.operations.readiness import Polls, PollSleeps, TryRead, TryWrite
from simpsh.explore.operations.record_locks import RecordLock
from simpsh.explore.operations.signal_waits import TakeSignal
from simpsh.explore.operations.stop_operations import STOP_STATES, Stopped, Stops
from simpsh.explore.operations.timers import RINGS
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel import descriptors
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

_ENDS = ops.Dying | ops.GivingUp | ops.Exit


def choices(run: RunState) -> list[str]:
    """Return what can be chosen, in the order of the processes' births."""
    found = []
    for name, process in run.processes.items():
        if process.is_runaway and process.state == BLOCKED and deliverable(process):
            found.append(name + "!")
        if process.is_alarmed and process.is_runaway and process.state == BLOCKED:
            found.append(name + RINGS)
        if process.state != AT or process.operation is None:
            continue
        if process.has_timer:
            notice_timer(process)
        found += _of_held(run, process, process.operation)
        if process.is_alarmed and not isinstance(process.operation, _ENDS):
            found.append(name + RINGS)
    if any(isinstance(one.operation, KillOn) for one in run.living):
        # They need the kernel's list of processes for themselves.
        held_up = ops.Forking | ops.Exit | SetGroup | NewSession
        found = [
            one
            for one in found
            if one[-1] in "!~" or not isinstance(run.processes[one].operation, held_up)
        ]
    return found


def _of_held(run: RunState, process: HeldProcess, operation: Operation) -> list[str]:
    """Return the choices of a process that is held at an operation."""
    if isinstance(operation, STOP_STATES):
        return _of_stopped(process)
    if isinstance(operation, ops.OwnCode) and deliverable(process):
        return [process.name + "!"]
    found = [process.name] if is_ready(run, process, operation) else []
    comes_alone = ops.Born | ops.Dying | ops.GivingUp | ops.Exit | ops.VforkWait
    is_inside = isinstance(operation, Polls) and operation.found
    if is_inside or (isinstance(operation, EpollTakes) and not operation.is_first):
        return found
    looks = EpollLooks | EpollDisarms | EpollPutsBack | EpollSleeps | PipeWakes
    waits_inside = KillOn | StoreBack | PollSleeps | FifoWaits | looks
    if not isinstance(operation, comes_alone | waits_inside) and deliverable(process):
        found.append(process.name + "!")
    return found


def _of_stopped(process: HeldProcess) -> list[str]:
    """Return the choices of a process that is stopped, or about to go on."""
    if isinstance(process.operation, Stops):
        return [process.name]
    if SIGKILL in process.pending:
        return [process.name + "!"]
    is_waiting = isinstance(process.operation, Stopped) and not process.is_continued
    return [] if is_waiting else [process.name]


def waiting(run: RunState) -> list[tuple[str, str]]:
    """Return the name of each process that cannot continue, and what it waits for."""
    found = []
    # Births may come in another order in another run: the same deadlock is told the same.
    for name in sorted(run.processes, key=ops.birth_path):
        process = run.processes[name]
        operation = process.operation
        if operation is None:
            continue
        is_stopped = isinstance(operation, Stopped)
        if process.state == BLOCKED or (
            process.state == AT and (is_stopped or not is_ready(run, process, operation))
        ):
            found.append((name, _words(run, process, operation)))
    return found


def _words(run: RunState, process: HeldProcess, operation: Operation) -> str:
    letters = run.knowledge.letters
    match operation:
        case ops.Read(name):
            who = _listed(run, process, name, "w")
            can = f"which {who} can still write to" if who else "which no process can write to"
            return f"reads {ops.shown(name, letters)}, which is empty and {can}"
        case ops.Write(name):
            who = _listed(run, process, name, "r")
            return f"writes to {ops.shown(name, letters)}, which is full and which {who} could read"
        case ops.Flock(name) | RecordLock(name):
            return f"waits for the lock on {ops.shown(name, letters)}"
        case ops.Wait(target):
            left = waited_children(run, process, target)
            return f"waits for {listed([child.name for child in left], 'or')} to end"
        case _:
            return operation.words(letters)


def _listed(run: RunState, process: HeldProcess, name: str, end: str) -> str:
    holders = sorted((one.name for one in run.holders(name, end)), key=ops.birth_path)
    return listed([f"{one} itself" if one == process.name else one for one in holders])


def is_ready(run: RunState, process: HeldProcess, operation: Operation) -> bool:
    """Return whether an operation would return, be it because of a signal."""
    may_be_interrupted = not isinstance(
        operation, ops.Dying | ops.GivingUp | ops.Exit | ops.VforkWait | StoreBack
    )
    if may_be_interrupted and deliverable(process, inside=True):
        return True
    return returns_by_itself(run, process, operation)


def returns_by_itself(run: RunState, process: HeldProcess, operation: Operation) -> bool:
    """Return whether an operation would return without a signal."""
    match operation:
        case ops.Wait(target, options):
            return bool(options & ops.WNOHANG) or _has_news(run, process, target, options)
        case ops.Read(name) | ops.Write(name) if ops.is_pipe(name):
            return _can_transfer(run, process, operation)
        case ops.Flock(name, how, description) if not how & (ops.LOCK_UN | ops.LOCK_NB):
            return _is_free(run, process, name, how, description)
        case ops.VforkWait(child):
            return run.processes[child].is_released
        case _:
            return _is_woken(run, process, operation)


def _can_transfer(run: RunState, process: HeldProcess, operation: ops.Read | ops.Write) -> bool:
    """Return whether a read or write of a pipe has an answer, be it EAGAIN."""
    if isinstance(operation, TryRead | TryWrite) and is_not_blocking(process):
        return True
    if isinstance(operation, ops.Read):
        return _polls(process, select.POLLIN)
    return _has_room(run, process, operation.object, len(operation.data))


def _is_woken(run: RunState, process: HeldProcess, operation: Operation) -> bool:
    match operation:
        case PollSleeps():
            return wakes(process, operation)
        case EpollSleeps():
            return leaves_sleep(run, process, operation)
        case FifoWaits():
            return process.has_met
        case FutexSleep():
            return is_awake(run, process, operation)
        case TakeSignal(signals, is_patient):
            return not is_patient or not signals.isdisjoint(process.pending)
        case RecordLock(is_patient=True):
            return not waits_for_record(run, process, operation)
        case _:
            return not isinstance(operation, ops.Pause | ops.Suspend)


def waited_children(run: RunState, process: HeldProcess, target: str) -> list[HeldProcess]:
    """Return the children, living or dead, that a wait means."""
    if not is_group(target):
        return run.children_of(process, "" if target == ops.ANY else target)
    return [one for one in run.children_of(process) if is_of_group(run, one, process, target)]


def _has_news(run: RunState, process: HeldProcess, target: str, options: int) -> bool:
    """Return whether a wait would return: a child has news, or there is none to wait for."""
    waited_for = waited_children(run, process, target)
    return not waited_for or found_child(waited_for, options) is not None


def found_child(children: Iterable[HeldProcess], options: int) -> HeldProcess | None:
    """Return the eldest child that has ended, or has stopped or continued if that is wanted."""
    for child in children:
        if child.state == DEAD or has_news(child, options):
            return child
    return None


def _polls(process: HeldProcess, wanted: int) -> bool:
    """Return what poll(2) says of the first argument's descriptor; all are held meanwhile."""
    try:
        # Opened anew, a FIFO would not tell of its end.
        descriptor = descriptors.borrow(process.pid, signed(process.args[0]))
    except OSError:
        return True  # the call will find the same
    try:
        poll = select.poll()
        poll.register(descriptor, wanted)
        return bool(poll.poll(0))
    finally:
        os.close(descriptor)


def is_not_blocking(process: HeldProcess) -> bool:
    """Return whether the first argument's descriptor is set not to block."""
    flags = proc.fdinfo(process.pid, signed(process.args[0])).get("flags", "0")
    return bool(int(flags, 8) & os.O_NONBLOCK)


def _has_room(run: RunState, process: HeldProcess, name: str, count: int) -> bool:
    has_reader = bool(run.holders(name, "r"))
    if not has_reader and name in run.left_late:
        run.flag(CLOSES_AFTER_VFORK)
    if run.filling[name] + count <= SURE_BYTES or not has_reader:
        return True
    if count <= PAGE:
        return with_written(run.pages.get(name, ()), count) is not None
    run.flag(FILLS_PIPE)
    return _polls(process, select.POLLOUT)


def _is_free(run: RunState, process: HeldProcess, name: str, how: int, description: str) -> bool:
    if description in run.locks.get(name, ()):
        return True
    path = f"/proc/{process.pid}/fd/{signed(process.args[0])}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, how | ops.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
