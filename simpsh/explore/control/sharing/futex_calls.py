"""futex(2) on shared memory: semaphores and locks of the C library wait and wake by it.

The calls are not let into the kernel: who sleeps and who is woken is kept here.
"""

from __future__ import annotations

import errno

from simpsh.explore.control.held_process import AT, HeldProcess, Result
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.sharing.shared_memory import region_at, region_named
from simpsh.explore.operations.memory_steps import (
    FUTEX_SLEEPS,
    FutexSleep,
    FutexWait,
    FutexWake,
    MemoryOperation,
)
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import registers
from simpsh.process import proc

NOT_FOLLOWED = "uses a call that is not modelled (futex {})"
BREAKS_OFF = "waits for a semaphore or lock in shared memory while signals are sent"
_WAIT, _WAKE, _WAIT_BITSET, _WAKE_BITSET = 0, 1, 9, 10
_COMMAND, _LOW_WORD = 127, 0xFFFFFFFF
_WIDTH = 4


def futex(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> Operation | None:
    """Return the operation of futex; None on memory of its own."""
    found = region_at(process, args[0])
    if found is None or not found.is_closed:
        return None
    name = found.name
    command, value = args[1] & _COMMAND, args[2] & _LOW_WORD
    has_bits = command in (_WAIT_BITSET, _WAKE_BITSET)
    if command not in (_WAIT, _WAKE, _WAIT_BITSET, _WAKE_BITSET) or (
        has_bits and args[5] & _LOW_WORD != _LOW_WORD
    ):
        run.flag(NOT_FOLLOWED.format(command))
        return None
    offset = args[0] - found.address
    if command in (_WAKE, _WAKE_BITSET):
        return FutexWake(name, offset, _WIDTH, min(value, 0x7FFFFFFF))
    if run.knowledge.signals_matter:
        run.flag(BREAKS_OFF)
    return FutexWait(name, offset, _WIDTH, value.to_bytes(_WIDTH, "little"), bool(args[3]))


def sleepers(run: RunState, place: MemoryOperation) -> list[str]:
    """Return who sleeps at a place, who came first first."""
    key = place.region, place.offset
    queue = run.futexes.setdefault(key, [])
    queue[:] = [name for name in queue if _sleeps(run.processes[name], key)]
    return queue


def _sleeps(process: HeldProcess, key: tuple[str, int]) -> bool:
    operation = process.operation
    if process.state != AT or not isinstance(operation, FutexSleep):
        return False
    return (operation.region, operation.offset) == key


def is_awake(run: RunState, process: HeldProcess, operation: FutexSleep) -> bool:
    """Return whether a sleeper was woken, or its time may be over."""
    return operation.is_timed or process.name not in sleepers(run, operation)


def make_futex(run: RunState, process: HeldProcess, operation: MemoryOperation) -> Result:
    """Make an operation of futex, and return its result; the call will come back with it."""
    match operation:
        case FutexWait(name, offset, width, value):
            region = region_named(process, name)
            if proc.memory(process.pid, region.address + offset, width) == value:
                return FUTEX_SLEEPS
            result = -errno.EAGAIN
        case FutexWake(count=count):
            queue = sleepers(run, operation)
            result = min(count, len(queue))
            del queue[:result]
        case _:
            queue = sleepers(run, operation)
            result = -errno.ETIMEDOUT if process.name in queue else 0
    registers.skip_call(process.pid, result)
    return result


def sleep_after(operation: Operation, result: Result) -> Operation | None:
    """Return the sleep that a wait has begun; None if it has not."""
    if not isinstance(operation, FutexWait) or result != FUTEX_SLEEPS:
        return None
    return FutexSleep(operation.region, operation.offset, operation.width, operation.is_timed)


def note_asleep(run: RunState, process: HeldProcess, operation: FutexSleep) -> None:
    """Let a process wait behind the others."""
    run.futexes.setdefault((operation.region, operation.offset), []).append(process.name)
