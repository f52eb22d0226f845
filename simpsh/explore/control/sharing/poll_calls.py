"""poll and select on pipes: the explorer makes their looks one by one, and answers the call.

The process stands at its call all the while. That is let into the kernel only to be broken off by
a signal.
"""

from __future__ import annotations

import os
import select
import stat
import struct
from contextlib import suppress

from simpsh.explore.control.clock_and_random import answer_rest_of_select
from simpsh.explore.control.held_process import HeldProcess, Result
from simpsh.explore.control.jobs.signal_delivery import deliverable
from simpsh.explore.control.run_state import RunState
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.fifo_operations import is_fifo
from simpsh.explore.operations.readiness import (
    ALWAYS_READY,
    ERROR,
    FOR_EVER,
    HANG_UP,
    INVALID,
    LATE,
    NEVER,
    SOME_TIME,
    WOKEN,
    WRITABLE,
    Polls,
    PollSleeps,
    SetsBlocking,
    Watched,
)
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel import descriptors
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

TWO_WAYS = "waits for a pipe by {}, and by epoll"
POLLS_OTHERS = "waits for something else than pipes and files ({})"
WITH_MASK = "waits for descriptors with other signals blocked meanwhile ({})"
MOST_ENTRIES = 64
_POLLFD = struct.Struct("ihh")
_SET_BYTES = 8
_PRIORITY = 0x2
_READ_SET, _WRITE_SET = 0x1 | 0x40 | 0x80 | ERROR | HANG_UP, 0x4 | 0x100 | 0x200 | ERROR


class PipeMadeNotBlocking(ops.PipeMade):
    """Makes a pipe whose ends do not block: SetsBlocking follows."""


def is_made_with_pipe(process: HeldProcess, operation: Operation) -> bool:
    """Return whether a pipe is set not to block by the call that has made it, which is over."""
    return isinstance(operation, SetsBlocking) and process.call == "pipe2"


def end_of(process: HeldProcess, number: int) -> str:
    """Return which ends of a pipe a descriptor is: `r`, `w` or `rw`."""
    flags = int(proc.fdinfo(process.pid, number).get("flags", "0"), 8)
    return ("r", "w", "rw", "")[flags & os.O_ACCMODE]


def polls(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation | None:
    """Return the first look of poll, ppoll, select or pselect6; None if the kernel may answer."""
    if process.call in ("poll", "ppoll"):
        wanted = _of_poll(process)
        timeout = patience_of(process, args[2], is_count=process.call == "poll")
        mask = args[3] if process.call == "ppoll" else 0
    else:
        wanted = _of_select(process)
        timeout = patience_of(process, args[4], is_count=False)
        mask = _mask_of_pselect(process, args[5]) if process.call == "pselect6" else 0
    if wanted is None:
        return None
    if not wanted and timeout == FOR_EVER and not mask:
        # As pause() is made on aarch64.
        run.need_signals()
        return ops.Pause()
    if mask and run.knowledge.signals_matter:
        run.flag_call(process, WITH_MASK.format(process.call))
    return _first_look(run, process, wanted, timeout)


def _first_look(
    run: RunState, process: HeldProcess, wanted: list[tuple[int, int]], timeout: str
) -> Operation | None:
    entries = []
    for number, events in wanted:
        entry = _watched(run, process, number, events)
        if entry is None:
            run.flag_call(process, POLLS_OTHERS.format(process.call))
            return None
        entries.append(entry)
    if process.call not in ("poll", "ppoll") and any(one.always == INVALID for one in entries):
        return None  # EBADF
    first = _next(tuple(entries), timeout, ())
    if not isinstance(first, _Done):
        return first
    # Nothing that changes: it is answered at once, or sleeps.
    return None if any(first.found) or timeout == NEVER else PollSleeps(tuple(entries), timeout)


def _next(entries: tuple[Watched, ...], patience: str, found: tuple[int, ...]) -> Operation:
    """Return the next look: what is always the same needs none."""
    for one in entries[len(found) :]:
        if one.object:
            return Polls(entries, patience, found)
        found = (*found, one.always & one.wanted)
    return Polls(entries, patience, found) if len(found) < len(entries) else _Done(found)


class _Done(Operation):
    """All was looked at."""

    found: tuple[int, ...]


def _of_poll(process: HeldProcess) -> list[tuple[int, int]] | None:
    count = process.args[1]
    if count > MOST_ENTRIES:
        return None
    data = ptrace.read_memory(process.pid, process.args[0], _POLLFD.size * count)
    if len(data) < _POLLFD.size * count:
        return None
    return [(number, events & 0xFFFF) for number, events, _ in _POLLFD.iter_unpack(data)]


def _of_select(process: HeldProcess) -> list[tuple[int, int]] | None:
    wanted: dict[int, int] = {}
    for place, events in ((1, _READ_SET), (2, _WRITE_SET), (3, _PRIORITY)):
        if process.args[place]:
            for number in _members(process, process.args[place]):
                wanted[number] = wanted.get(number, 0) | events
    return sorted(wanted.items())


def _members(process: HeldProcess, address: int) -> list[int]:
    count = min(signed(process.args[0]), 1024)
    size = -(-count // 64) * _SET_BYTES
    bits = int.from_bytes(ptrace.read_memory(process.pid, address, size), "little")
    return [number for number in range(count) if bits >> number & 1]


def patience_of(process: HeldProcess, value: int, *, is_count: bool) -> str:
    """Return how long a call waits, by its timeout: a count of milliseconds, or a place."""
    if is_count:
        count = signed(value)
        return FOR_EVER if count < 0 else SOME_TIME if count else NEVER
    if not value:
        return FOR_EVER
    return SOME_TIME if any(ptrace.read_memory(process.pid, value, 16)) else NEVER


def _mask_of_pselect(process: HeldProcess, address: int) -> int:
    if not address:
        return 0
    return int.from_bytes(ptrace.read_memory(process.pid, address, 8), "little")


def _watched(run: RunState, process: HeldProcess, number: int, events: int) -> Watched | None:
    """Return a descriptor that a call waits for; None if there is no rule for it."""
    if number < 0:
        return Watched(number, "", "", 0, 0)
    name = run.names.object_of(process, number)
    wanted = events | ERROR | HANG_UP
    if not name:
        return Watched(number, "", "", INVALID, INVALID)
    if is_fifo(name) and int(proc.fdinfo(process.pid, number).get("flags", "0"), 8) & os.O_NONBLOCK:
        return None  # it tells of no end of file until a writer has come
    if ops.is_pipe(name):
        if name in run.knowledge.epolled:
            run.flag_call(process, TWO_WAYS.format(process.call))
        return Watched(number, name, end_of(process, number), wanted)
    if name == ops.OUT:
        return Watched(number, "", "", wanted, WRITABLE)
    return Watched(number, "", "", wanted, ALWAYS_READY) if is_plain(process, number) else None


def is_plain(process: HeldProcess, number: int) -> bool:
    """Return whether a descriptor is of a file, which is always ready."""
    try:
        mode = os.stat(f"/proc/{process.pid}/fd/{number}").st_mode
    except OSError:
        return False
    is_null = proc.link(process.pid, f"fd/{number}") == "/dev/null"
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or is_null


def real_readiness(process: HeldProcess, one: Watched) -> int:
    """Return what the kernel says of a descriptor now."""
    try:
        borrowed = descriptors.borrow(process.pid, one.number)
    except OSError:
        return INVALID & one.wanted
    try:
        poll = select.poll()
        poll.register(borrowed, one.wanted)
        return next((found for _, found in poll.poll(0)), 0)
    finally:
        descriptors.close(borrowed)


def wakes(process: HeldProcess, operation: PollSleeps) -> bool:
    """Return whether a sleep is over: something is ready, or the time may be over first."""
    if operation.patience == SOME_TIME and not deliverable(process):
        return True
    return any(_now(process, one) for one in operation.entries)


def _now(process: HeldProcess, one: Watched) -> int:
    return real_readiness(process, one) if one.object else one.always & one.wanted


def make_look(
    run: RunState, process: HeldProcess, operation: Operation
) -> tuple[Result, Operation | None]:
    """Make a step of a call; return its result and what follows; None if the call is answered."""
    match operation:
        case PollSleeps(entries):
            is_woken = any(_now(process, one) for one in entries)
            patience = operation.patience if is_woken else NEVER
            return WOKEN if is_woken else LATE, _after(run, process, entries, patience, ())
        case Polls(entries, patience, found):
            seen = real_readiness(process, operation.next)
            return seen, _after(run, process, entries, patience, (*found, seen))
        case _:
            raise TypeError(operation)


def _after(
    run: RunState,
    process: HeldProcess,
    entries: tuple[Watched, ...],
    patience: str,
    found: tuple[int, ...],
) -> Operation | None:
    then = _next(entries, patience, found)
    if not isinstance(then, _Done):
        return then
    if not any(then.found) and patience != NEVER:
        return PollSleeps(entries, patience)
    _answer(run, process, entries, then.found)
    return None


def _answer(
    run: RunState, process: HeldProcess, entries: tuple[Watched, ...], found: tuple[int, ...]
) -> None:
    """Let the call come back with what was found."""
    if process.call in ("poll", "ppoll"):
        for place, events in enumerate(found):
            address = process.args[0] + _POLLFD.size * place + 6
            ptrace.write_memory(process.pid, address, struct.pack("h", events))
        count = sum(map(bool, found))
    else:
        count = _fill_sets(process, entries, found)
        if count:
            answer_rest_of_select(run, process)
        elif process.args[4]:
            with suppress(OSError):
                ptrace.write_memory(process.pid, process.args[4], bytes(16))
    registers.skip_call(process.pid, count)


def _fill_sets(process: HeldProcess, entries: tuple[Watched, ...], found: tuple[int, ...]) -> int:
    """Leave in the sets of select what is ready; return how many members they have then."""
    count = 0
    for place, events in ((1, _READ_SET), (2, _WRITE_SET), (3, _PRIORITY)):
        address = process.args[place]
        if not address:
            continue
        members = set(_members(process, address))
        bits = 0
        for one, seen in zip(entries, found, strict=True):
            if one.number in members and seen & events:
                bits |= 1 << one.number
                count += 1
        size = -(-min(signed(process.args[0]), 1024) // 64) * _SET_BYTES
        ptrace.write_memory(process.pid, address, bits.to_bytes(size, "little"))
    return count
