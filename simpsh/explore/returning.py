"""What an operation came back with, in symbolic form, and what that changes for others."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simpsh.explore.caged import INTERRUPTED
from simpsh.explore.calls_of_bytes import vectors
from simpsh.explore.calls_of_processes import set_disposition
from simpsh.explore.operation import (
    LOCK_EX,
    LOCK_SH,
    LOCK_UN,
    OUT,
    OUTSIDE,
    WNOWAIT,
    Close,
    Dying,
    Exiting,
    FileLook,
    Flock,
    Forking,
    GetParent,
    Kill,
    Open,
    Pread,
    Read,
    SignalAction,
    Sleep,
    Wait,
    Write,
    is_pipe,
)
from simpsh.explore.quiet import Alone, Duplicated, PipeMade
from simpsh.explore.signalling import send
from simpsh.kernel import ptrace
from simpsh.trace.call_events import signed
from simpsh.trace.memory import number_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.explore.caged import Caged, Result
    from simpsh.explore.operation import Operation
    from simpsh.explore.run import Run

    Return = Callable[[Run, Caged, Operation, int], Result]

_FIRST_RESTART, _LAST_RESTART = -516, -512
_EINTR = -4
_RUSAGE_BYTES = 144
_STAT = {"stat": 1, "lstat": 1, "fstat": 1, "newfstatat": 2}
_LONGEST_LISTING = 1 << 16


def returned(run: Run, process: Caged, operation: Operation, result: int) -> Result:
    """Note what the operation did, and return its result in symbolic form."""
    if _FIRST_RESTART <= result <= _LAST_RESTART or result == _EINTR:
        if isinstance(operation, Sleep):
            _all_is_left(process)
        return INTERRUPTED
    if isinstance(operation, Alone):
        operation = operation.operation
    change = _RETURNS.get(type(operation))
    return change(run, process, operation, result) if change is not None else result


def _all_is_left(process: Caged) -> None:
    """Let an interrupted sleep have slept for no time: how long it was differs."""
    wanted, left = process.args[:2] if process.call == "nanosleep" else process.args[2:4]
    if left:
        ptrace.write_memory(process.pid, left, ptrace.read_memory(process.pid, wanted, 16))


def _of_exiting(run: Run, process: Caged, operation: Operation, result: int) -> Result:  # noqa: ARG001
    """Return nothing: its descriptors are given up, and the exit follows."""
    process.ends_are_stale = True
    return None


def _of_wait(run: Run, process: Caged, operation: Operation, result: int) -> Result:
    """Return (child, status word)."""
    assert isinstance(operation, Wait)
    usage = process.args[4 if process.call == "waitid" else 3]
    if process.call == "waitid" and result == 0:
        pid, status = _siginfo(process)
    else:
        pid = result
        status = number_at(process.pid, process.args[1]) if process.args[1] else 0
    child = run.naming.by_pid.get(pid) if pid > 0 else None
    if child is None:
        return min(pid, 0)
    if usage:
        # How long it computed differs from run to run.
        ptrace.write_memory(process.pid, usage, bytes(_RUSAGE_BYTES))
    if not operation.options & WNOWAIT:
        child.is_reaped = True
    return (child.name, child.status if child.status is not None else status)


def _siginfo(process: Caged) -> tuple[int, int]:
    data = ptrace.read_memory(process.pid, process.args[2], 28) if process.args[2] else b""
    if len(data) < 28:
        return 0, 0
    found: tuple[int, int] = struct.unpack("16xi4xi", data)
    return found


def _of_read(run: Run, process: Caged, operation: Operation, result: int) -> Result:
    """Return the bytes."""
    assert isinstance(operation, Read | Pread)
    if result < 0:
        return result
    if process.call in ("readv", "preadv"):
        data = b""
        for base, size in vectors(process, process.args[1], process.args[2]):
            data += ptrace.read_memory(process.pid, base, min(size, result - len(data)))
    else:
        data = ptrace.read_memory(process.pid, process.args[1], result)
    if is_pipe(operation.object):
        run.filling[operation.object] -= result
    return run.naming.symbolic(data)


def _of_write(run: Run, process: Caged, operation: Operation, result: int) -> Result:
    assert isinstance(operation, Write)
    if result < 0:
        return result
    if is_pipe(operation.object):
        run.filling[operation.object] += result
    wanted = process.args[2]
    if process.call == "writev":
        wanted = sum(size for _, size in vectors(process, process.args[1], process.args[2]))
    is_whole = result == wanted
    if operation.object == OUT:
        run.wrote(operation.data if is_whole else operation.data[:result], result)
    # A pid may have another number of digits in another run.
    return len(operation.data) if is_whole else result


def _of_close(run: Run, process: Caged, operation: Operation, result: int) -> Result:  # noqa: ARG001
    process.ends_are_stale = True
    if process.call in ("dup2", "dup3") and result >= 0:
        old, new = signed(process.args[0]), signed(process.args[1])
        process.descriptions.pop(new, None)
        if old in process.descriptions:
            process.descriptions[new] = process.descriptions[old]
    elif process.call == "close":
        process.descriptions.pop(signed(process.args[0]), None)
    return result


def _of_open(run: Run, process: Caged, operation: Operation, result: int) -> Result:
    assert isinstance(operation, Open)
    if result >= 0 and operation.path in run.knowledge.locked:
        process.opens_made += 1
        process.descriptions[result] = f"{process.name}#{process.opens_made}"
        process.ends_are_stale = True
    return result


def _of_flock(run: Run, process: Caged, operation: Operation, result: int) -> Result:  # noqa: ARG001
    assert isinstance(operation, Flock)
    holders = run.locks.setdefault(operation.object, {})
    if result == 0 and operation.operation & LOCK_UN:
        holders.pop(operation.description, None)
    elif result == 0:
        holders[operation.description] = operation.operation & (LOCK_SH | LOCK_EX)
    return result


def _of_look(run: Run, process: Caged, operation: Operation, result: int) -> Result:  # noqa: ARG001
    assert isinstance(operation, FileLook)
    if result < 0:
        return result
    if process.call in _STAT:
        data = ptrace.read_memory(process.pid, process.args[_STAT[process.call]], 56)
        return struct.unpack("16xQI20xq", data) if len(data) == 56 else result
    if process.call == "statx":
        data = ptrace.read_memory(process.pid, process.args[4], 48)
        return struct.unpack("16xI8xH10xQ", data) if len(data) == 48 else result
    if process.call.startswith("readlink"):
        place = 2 if process.call == "readlinkat" else 1
        return ptrace.read_memory(process.pid, process.args[place], result)
    if process.call.startswith("getdents"):
        return _names(process, result)
    return result


def _names(process: Caged, count: int) -> tuple[object, ...]:
    """Return the names that getdents64 found, in its order."""
    data = ptrace.read_memory(process.pid, process.args[1], min(count, _LONGEST_LISTING))
    names, place = [], 0
    while place + 19 <= len(data):
        length = int.from_bytes(data[place + 16 : place + 18], "little")
        names.append(data[place + 19 : place + length].split(b"\0", 1)[0])
        place += max(length, 1)
    return tuple(names)


def _of_kill(run: Run, process: Caged, operation: Operation, result: int) -> Result:  # noqa: ARG001
    assert isinstance(operation, Kill)
    if result == 0:
        send(run, run.processes[operation.target], operation.signal)
    return result


def _of_sigaction(run: Run, process: Caged, operation: Operation, result: int) -> Result:  # noqa: ARG001
    assert isinstance(operation, SignalAction)
    if result == 0:
        set_disposition(process, operation.signal, operation.disposition)
    return result


def _of_name(run: Run, process: Caged, operation: Operation, result: int) -> Result:  # noqa: ARG001
    """Return a process's name for its pid."""
    known = run.naming.by_pid.get(result)
    if known is not None:
        return known.name
    return OUTSIDE if isinstance(operation, GetParent) else result


def _of_pipe(run: Run, process: Caged, operation: Operation, result: int) -> Result:
    assert isinstance(operation, PipeMade)
    if result == 0:
        run.naming.add_pipe(process, number_at(process.pid, operation.address))
    return result


def _of_dup(run: Run, process: Caged, operation: Operation, result: int) -> Result:  # noqa: ARG001
    assert isinstance(operation, Duplicated)
    if result >= 0 and operation.old in process.descriptions:
        process.descriptions[result] = process.descriptions[operation.old]
    return result


_RETURNS: dict[type[Operation], Return] = {
    Dying: _of_exiting,
    Exiting: _of_exiting,
    Wait: _of_wait,
    Read: _of_read,
    Pread: _of_read,
    Write: _of_write,
    Close: _of_close,
    Open: _of_open,
    Flock: _of_flock,
    FileLook: _of_look,
    Kill: _of_kill,
    SignalAction: _of_sigaction,
    GetParent: _of_name,
    Forking: _of_name,
    PipeMade: _of_pipe,
    Duplicated: _of_dup,
}
