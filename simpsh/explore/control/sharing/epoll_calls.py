"""epoll on pipes: the explorer keeps the ready list, makes the looks one by one, and answers.

epoll_create and epoll_ctl are made as they are. epoll_wait is never let into the kernel.
"""

from __future__ import annotations

import struct

from simpsh.explore.control.held_process import HeldProcess, Result
from simpsh.explore.control.jobs.signal_delivery import deliverable
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.sharing.poll_calls import (
    WITH_MASK,
    end_of,
    is_plain,
    patience_of,
    real_readiness,
)
from simpsh.explore.model.epoll_rules import WAITS_FOR_ROOM
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.epolls import (
    ADD,
    CHANGE,
    EDGE,
    LEVEL,
    ONCE,
    REMOVE,
    EpollChanges,
    EpollDisarms,
    EpollItem,
    EpollLooks,
    EpollOperation,
    EpollPutsBack,
    EpollSleeps,
    EpollTakes,
    PipeWakes,
    ReadyList,
)
from simpsh.explore.operations.fifo_operations import is_fifo
from simpsh.explore.operations.readiness import (
    ERROR,
    HANG_UP,
    LATE,
    NEVER,
    SOME_TIME,
    WOKEN,
    Watched,
)
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.syscall_table import ARCHITECTURE
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

WATCHES_OTHERS = "waits for something else than pipes (epoll_ctl)"
IS_COPY = "uses a copy of an epoll descriptor ({})"
KEEPS_COPY = "closes a descriptor that epoll watches, and keeps a copy of it"
ALONE = "lets one of several be woken, or none sleep (EPOLLEXCLUSIVE, EPOLLWAKEUP)"
_ACTIONS = {1: ADD, 2: REMOVE, 3: CHANGE}
_EPOLLET, _EPOLLONESHOT, _NAMED_EVENTS = 1 << 31, 1 << 30, 3 << 28
_OF_POLL = (1 << 28) - 1
_EVENT = struct.Struct("<IQ" if ARCHITECTURE == "x86_64" else "<IxxxxQ")
_MOST_EVENTS = ((1 << 31) - 1) // _EVENT.size
_OTHER = {"r": "w", "w": "r"}
_IS_EPOLL = "anon_inode:[eventpoll]"


class EpollMade(ops.Quiet):
    """Makes an epoll instance."""


def makes_epoll(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation:  # noqa: ARG001
    """Return the making of an instance."""
    return EpollMade()


def note_made(run: RunState, process: HeldProcess, number: int) -> None:
    """Note the descriptor of a new instance."""
    process.epolls_made += 1
    process.epolls[number] = name = f"{process.name}:{process.epolls_made}"
    run.epolls[name] = ReadyList()


def note_copied(run: RunState, process: HeldProcess, number: int) -> None:
    """Name a duplicate of an epoll descriptor: an instance is known by one."""
    if proc.link(process.pid, f"fd/{number}") == _IS_EPOLL:
        run.flag_call(process, IS_COPY.format(process.call))


def _epoll(run: RunState, process: HeldProcess) -> str | None:
    """Return the instance that a call is about; None if it is none, or not known by that."""
    number = signed(process.args[0])
    if proc.link(process.pid, f"fd/{number}") != _IS_EPOLL:
        return None  # EBADF, EINVAL
    if number not in process.epolls:
        run.flag_call(process, IS_COPY.format(process.call))
        return None
    return process.epolls[number]


def changes_epoll(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation | None:
    """Return what epoll_ctl does; None if that fails, or has no rule."""
    epoll, number = _epoll(run, process), signed(args[2])
    name = run.names.object_of(process, number)
    if epoll is None or args[1] not in _ACTIONS or not name or is_plain(process, number):
        return None
    if not ops.is_pipe(name) or is_fifo(name):
        run.flag_call(process, WATCHES_OTHERS)
        return None
    action, events = _ACTIONS[args[1]], 0
    if action != REMOVE:
        data = ptrace.read_memory(process.pid, args[3], _EVENT.size)
        if len(data) < _EVENT.size:
            return None  # EFAULT
        events, _ = _EVENT.unpack(data)
        run.knowledge.watch(run.knowledge.epolled, name)
    if events & _NAMED_EVENTS:
        run.flag_call(process, ALONE)
    end = end_of(process, number)
    how = ONCE if events & _EPOLLONESHOT else EDGE if events & _EPOLLET else LEVEL
    if how != LEVEL and end != "r":
        run.flag_call(process, WAITS_FOR_ROOM)
    return EpollChanges(epoll, action, name, end, events & _OF_POLL | ERROR | HANG_UP, how)


def note_changed(run: RunState, process: HeldProcess, operation: EpollChanges) -> None:
    """Note what is watched now, and what of it is ready."""
    name, end = operation.object, operation.end
    has_partner = bool(run.holders(name, _OTHER[end]))
    item = EpollItem(name, end, operation.wanted, operation.how, has_partner)
    found = run.epolls[operation.epoll].changed(operation.action, item)
    if operation.action != REMOVE:
        number = signed(process.args[2])
        data = ptrace.read_memory(process.pid, process.args[3], _EVENT.size)
        process.epoll_data[operation.epoll, name] = number, _EVENT.unpack(data)[1]
        if real_readiness(process, Watched(number, name, end, operation.wanted)):
            found = found.woken(name)
    run.epolls[operation.epoll] = found


def waits_by_epoll(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation | None:
    """Return the first step of epoll_wait; None if that fails, or has no rule."""
    epoll, most = _epoll(run, process), signed(args[2])
    if epoll is None or not 0 < most <= _MOST_EVENTS:
        return None
    if process.call != "epoll_wait" and args[4] and run.knowledge.signals_matter:
        run.flag_call(process, WITH_MASK.format(process.call))
    patience = patience_of(process, args[3], is_count=process.call != "epoll_pwait2")
    return EpollTakes(epoll, most, patience, is_first=True)


def leaves_sleep(run: RunState, process: HeldProcess, operation: EpollSleeps) -> bool:
    """Return whether a sleep is over: something is in the list, or the time may be over."""
    is_late = operation.patience == SOME_TIME and not deliverable(process)
    return is_late or bool(run.epolls[operation.epoll].linked)


def wakes_after(run: RunState, operation: Operation, result: int) -> PipeWakes | None:
    """Return what follows a write to a pipe that is watched."""
    if not isinstance(operation, ops.Write) or operation.object not in run.knowledge.epolled:
        return None
    return PipeWakes(operation.object) if result > 0 else None


def refresh_epolls(run: RunState) -> None:
    """Let the lists be what a step has made of them by giving up ends of pipes."""
    for name, value in run.epolls.items():
        ends = run.processes[name.partition(":")[0]].ends
        run.epolls[name], _, _ = value.after_step(
            lambda pipe, end, ends=ends: (pipe, end) in ends,  # type: ignore[misc]
            lambda pipe, end: bool(run.holders(pipe, end)),
        )


def make_epoll_step(
    run: RunState, process: HeldProcess, operation: EpollOperation | PipeWakes
) -> tuple[Result, Operation | None]:
    """Make a step of a call; return its result and what follows; None if the call is over."""
    match operation:
        case PipeWakes(pipe):
            _wake(run, pipe)
            return 0, None
        case EpollTakes():
            return _taken(run, process, operation)
        case EpollLooks():
            return _looked(run, process, operation)
        case EpollDisarms(epoll, most, patience, rest, found):
            run.epolls[epoll] = run.epolls[epoll].disarmed(operation.objects[0])
            return 0, _next(epoll, most, patience, rest, found)
        case EpollPutsBack(epoll, most, patience, rest, found):
            again = tuple(pipe for pipe, _ in found)
            run.epolls[epoll] = run.epolls[epoll].put_back(rest, again)
            return 0, _after(process, epoll, most, patience, found)
        case EpollSleeps(epoll, most, patience):
            if run.epolls[epoll].linked:
                return WOKEN, EpollTakes(epoll, most, patience, is_first=False)
            return LATE, _after(process, epoll, most, NEVER, ())
        case _:
            raise TypeError(operation)


def _wake(run: RunState, pipe: str) -> None:
    for name, value in run.epolls.items():
        run.epolls[name] = value.written(pipe)


def _looked(
    run: RunState, process: HeldProcess, operation: EpollLooks
) -> tuple[Result, Operation | None]:
    epoll, most, patience = operation.epoll, operation.most, operation.patience
    one, *rest = operation.rest
    if run.names.object_of(process, one.number) != one.object:
        run.flag(KEEPS_COPY)
    seen = real_readiness(process, one) & one.wanted
    found = (*operation.found, (one.object, seen)) if seen else operation.found
    item = run.epolls[epoll].item(one.object)
    if seen and item is not None and item.how == ONCE:
        return seen, EpollDisarms(epoll, most, patience, tuple(rest), found)
    return seen, _next(epoll, most, patience, tuple(rest), found)


def _next(
    epoll: str,
    most: int,
    patience: str,
    rest: tuple[Watched, ...],
    found: tuple[tuple[str, int], ...],
) -> EpollOperation:
    if rest and len(found) < most:
        return EpollLooks(epoll, most, patience, rest, found)
    left = tuple(other.object for other in rest)
    return EpollPutsBack(epoll, most, patience, left, found)


def _taken(
    run: RunState, process: HeldProcess, operation: EpollTakes
) -> tuple[Result, Operation | None]:
    epoll, most, patience = operation.epoll, operation.most, operation.patience
    value = run.epolls[epoll]
    if not value.linked:
        return (), _after(process, epoll, most, patience, ())
    run.epolls[epoll] = value.taken()
    wanted = {one.pipe: one for one in value.items}
    rest = tuple(
        Watched(process.epoll_data[epoll, pipe][0], pipe, wanted[pipe].end, wanted[pipe].wanted)
        for pipe in value.linked
    )
    return value.linked, EpollLooks(epoll, most, patience, rest, ())


def _after(
    process: HeldProcess, epoll: str, most: int, patience: str, found: tuple[tuple[str, int], ...]
) -> Operation | None:
    """Let the call come back with what was found; or return its sleep."""
    if not found and patience != NEVER:
        return EpollSleeps(epoll, most, patience)
    data = b"".join(
        _EVENT.pack(events, process.epoll_data[epoll, pipe][1]) for pipe, events in found
    )
    if data:
        ptrace.write_memory(process.pid, process.args[1], data)
    registers.skip_call(process.pid, len(found))
    return None
