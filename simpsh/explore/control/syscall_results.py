"""What a system call came back with, in symbolic form, and what that changes for others."""

from __future__ import annotations

import errno
import os
import struct
import zlib
from collections.abc import Callable

from simpsh.base.signal_names import SIGPIPE
from simpsh.explore.control.clock_and_random import answer_rest, answer_rest_of_select, answer_usage
from simpsh.explore.control.held_process import HeldProcess, Result
from simpsh.explore.control.jobs.group_calls import group_result
from simpsh.explore.control.jobs.signal_delivery import send, signals_of
from simpsh.explore.control.jobs.signal_wait_calls import pending_result, taken_signal
from simpsh.explore.control.run_state import RunState
from simpsh.explore.control.sharing.epoll_calls import EpollMade, note_changed, note_made
from simpsh.explore.control.sharing.memory_file_calls import (
    MakesNameless,
    memory_file_result,
    note_nameless,
)
from simpsh.explore.control.sharing.record_lock_calls import found_lock, note_record_lock
from simpsh.explore.control.sharing.shared_memory import MemoryMapped, note_mapped
from simpsh.explore.control.syscalls_io import buffers, wanted
from simpsh.explore.control.syscalls_processes import set_disposition
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.epolls import EpollChanges
from simpsh.explore.operations.group_operations import GetGroup, GetSession, NewSession, SetGroup
from simpsh.explore.operations.group_targets import is_group
from simpsh.explore.operations.memory_files import MemoryFileOperation
from simpsh.explore.operations.pipe_pages import LOW_BYTES, with_read, with_written
from simpsh.explore.operations.record_locks import RecordLock, RecordLook
from simpsh.explore.operations.signal_waits import AskPending, TakeSignal
from simpsh.explore.operations.timers import SetTimer
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import ptrace, registers
from simpsh.trace.tracee_proc import number_at, signed

Return = Callable[[RunState, HeldProcess, Operation, int], Result]

_FIRST_RESTART, _LAST_RESTART = -516, -512
_EINTR = -4
_STAT = {"stat": 1, "lstat": 1, "fstat": 1, "newfstatat": 2}
_LONGEST_LISTING = 1 << 16
_ENTRY = 19
_TIME = 1_600_000_000
BLOCKED_SIGPIPE = "writes where no process can read, with SIGPIPE blocked: it stays pending"


def syscall_result(
    run: RunState, process: HeldProcess, operation: Operation, result: int
) -> Result:
    """Note what the operation did, and return its result in symbolic form."""
    if _FIRST_RESTART <= result <= _LAST_RESTART or result == _EINTR:
        if isinstance(operation, ops.Sleep):
            answer_rest(run, process)
        answer_rest_of_select(run, process)
        return ops.INTERRUPTED
    if isinstance(operation, ops.Alone):
        operation = operation.operation
    if isinstance(operation, ops.Close | ops.Dying | ops.GivingUp | ops.Exiting):
        process.ends_are_stale = True
    if result == -errno.EPIPE and SIGPIPE in signals_of(ptrace.getsigmask(process.pid)):
        run.flag(BLOCKED_SIGPIPE)
    symbolic = _symbolic(run, process, operation, result)
    if result >= 0:
        _note(run, process, operation, result)
    return symbolic


def _symbolic(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    match operation:
        case ops.Dying() | ops.GivingUp() | ops.Exiting():
            return None  # its descriptors are given up, and the end follows
        case ops.Wait(_, options):
            return _collected(run, process, options, result)
        case ops.Read(name) | ops.Pread(name) if result >= 0:
            return _bytes_read(run, process, name, result)
        case ops.Write() if result >= 0:
            return _bytes_written(run, process, operation, result)
        case ops.FileLook() if result >= 0:
            return _seen(run, process, operation.file, result)
        case SetGroup() | GetGroup() | NewSession() | GetSession():
            return group_result(run, process, operation, result)
        case ops.GetParent() | ops.Forking():
            return _relative(run, process, operation, result)
        case _:
            return _shared(run, process, operation, result)


def _shared(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    """Return the result of an operation on what else processes share."""
    if isinstance(operation, RecordLook) and result >= 0:
        return found_lock(run, process)
    if isinstance(operation, MemoryFileOperation):
        return memory_file_result(run, process, operation, result)
    return _of_signals(run, process, operation, result)


def _of_signals(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    """Return the result of a call about pending signals, or an alarm."""
    match operation:
        case TakeSignal():
            return taken_signal(run, process, result)
        case AskPending():
            return pending_result(process)
        case SetTimer():
            return int(process.was_alarmed)
        case _:
            return result


def _relative(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    """Return the name of a new child, or of a parent."""
    if result in run.names.by_pid:
        return run.names.by_pid[result].name
    if not isinstance(operation, ops.GetParent):
        return result
    run.knowledge.asks_as_orphan = True
    # The explorer adopts orphans only because it explores.
    adopter = run.knowledge.setup.adopter
    run.names.add_outside(adopter)
    registers.set_result(process.pid, adopter)
    return ops.OUTSIDE


def _collected(run: RunState, process: HeldProcess, options: int, result: int) -> Result:
    """Return (child, status word) of a wait that found one."""
    if process.told is not None:
        told, process.told = process.told, None
        return told
    usage = process.args[4 if process.call == "waitid" else 3]
    if process.call == "waitid" and result == 0:
        pid, status = _siginfo(process)
    else:
        pid = result
        status = number_at(process.pid, process.args[1]) if process.args[1] else 0
    child = run.names.by_pid.get(pid) if pid > 0 else None
    if child is None:
        return min(pid, 0)
    answer_usage(run, process, usage)
    if not options & ops.WNOWAIT:
        child.is_reaped = True
    return (child.name, child.status if child.status is not None else status)


def _siginfo(process: HeldProcess) -> tuple[int, int]:
    data = ptrace.read_memory(process.pid, process.args[2], 28) if process.args[2] else b""
    if len(data) < 28:
        return 0, 0
    found: tuple[int, int] = struct.unpack("16xi4xi", data)
    return found


def _bytes_read(run: RunState, process: HeldProcess, name: str, count: int) -> bytes:
    data = b""
    for base, size in buffers(process):
        data += ptrace.read_memory(process.pid, base, min(size, count - len(data)))
    if ops.is_pipe(name):
        run.filling[name] -= count
        run.pages[name] = with_read(run.pages.get(name, ()), count)
    return run.names.symbolic(data)


def _bytes_written(run: RunState, process: HeldProcess, operation: ops.Write, count: int) -> int:
    name, data = operation.object, operation.data
    if ops.is_pipe(name):
        run.filling[name] += count
        run.pages[name] = with_written(run.pages.get(name, ()), count) or ()
        if run.filling[name] > LOW_BYTES:
            run.knowledge.watch(run.knowledge.filled, name)
    is_whole = count == wanted(process)
    if name == ops.OUT:
        run.wrote(data if is_whole else data[:count], count)
    # A pid may have another number of digits in another run.
    return len(data) if is_whole else count


def _seen(run: RunState, process: HeldProcess, name: str, result: int) -> Result:
    if process.call.startswith("getdents"):
        return _names(run, process, result)
    seen = _asked(process, result)
    _set_times(run, process, name)
    return seen


def _asked(process: HeldProcess, result: int) -> Result:
    if process.call in ("getxattr", "lgetxattr", "fgetxattr"):
        return ptrace.read_memory(process.pid, process.args[2], result), result
    if process.call in ("listxattr", "llistxattr", "flistxattr"):
        return ptrace.read_memory(process.pid, process.args[1], result), result
    if process.call in _STAT:
        data = ptrace.read_memory(process.pid, process.args[_STAT[process.call]], 56)
        return struct.unpack("16xQI20xq", data) if len(data) == 56 else result
    if process.call == "statx":
        data = ptrace.read_memory(process.pid, process.args[4], 48)
        return struct.unpack("16xI8xH10xQ", data) if len(data) == 48 else result
    if process.call.startswith("readlink"):
        place = 2 if process.call == "readlinkat" else 1
        return ptrace.read_memory(process.pid, process.args[place], result)
    return result


def _set_times(run: RunState, process: HeldProcess, name: str) -> None:
    """Let the times of a file that processes change be others in the next run, and a size.

    Times tell when a file was changed, which no rule knows: in one run no change shows in them, in
    the next each does. The size of a directory tells of its file system. A program that hangs on
    these is found out: it does not do the same again.
    """
    if process.call in _STAT:
        start, times, size, spare = process.args[_STAT[process.call]], 72, 48, b""
    elif process.call == "statx":
        start, times, size, spare = process.args[4], 64, 40, bytes(16)
    else:
        return
    is_other = not run.knowledge.turn()
    if os.path.isdir(run.names.real(name)):
        ptrace.write_memory(process.pid, start + size, struct.pack("q", 4096 << is_other))
    if name in run.knowledge.shared:
        distance = zlib.crc32(name.encode()) % 1000
        seconds = _TIME - distance + run.touched[name] if is_other else _TIME + distance
        one = struct.pack("qq", seconds, 0)
        ptrace.write_memory(process.pid, start + times, one + (one if spare else b"") + one + one)


def _names(run: RunState, process: HeldProcess, count: int) -> tuple[object, ...]:
    """Return the names that getdents64 found; the process gets them in another order in turns.

    The copy of a directory lists its files in an order of its own.
    """
    data = ptrace.read_memory(process.pid, process.args[1], min(count, _LONGEST_LISTING))
    entries, place = [], 0
    while place + _ENTRY <= len(data):
        length = int.from_bytes(data[place + 16 : place + 18], "little")
        entries.append(data[place : place + max(length, 1)])
        place += len(entries[-1])
    names = sorted(entry[_ENTRY:].split(b"\0", 1)[0] for entry in entries)
    if len(names) > 1 and not run.knowledge.turn():
        # The place to go on from stays where it is: it belongs to the position.
        turned = zip(entries, reversed(entries), strict=True)
        moved = b"".join(one[:8] + there[8:16] + one[16:] for there, one in turned)
        ptrace.write_memory(process.pid, process.args[1], moved)
    return tuple(names)


def _note(run: RunState, process: HeldProcess, operation: Operation, result: int) -> None:
    """Note what a call that has succeeded changes for others."""
    match operation:
        case ops.Close(names):
            _note_closed(process, names)
        case ops.Open(path):
            process.ends_are_stale |= path in run.knowledge.locked | run.knowledge.renamed
            if path in run.knowledge.locked:
                process.opens_made += 1
                process.descriptions[result] = f"{process.name}#{process.opens_made}"
        case ops.Duplicated(old) if old in process.descriptions:
            process.descriptions[result] = process.descriptions[old]
        case ops.PipeMade(address):
            run.names.add_pipe(process, number_at(process.pid, address))
        case ops.Kill(target, signal) if not is_group(target):
            send(run.processes[target], signal, is_own=target == process.name)
        case ops.SignalAction(signal, disposition):
            set_disposition(process, signal, disposition)
        case _:
            _note_shared(run, process, operation, result)


def _note_shared(run: RunState, process: HeldProcess, operation: Operation, result: int) -> None:
    if isinstance(operation, ops.FileChange) and operation.call in ops.TAKES_NAMES:
        run.note_removed(process)
    elif isinstance(operation, MemoryMapped):
        note_mapped(process, operation, result)
    elif isinstance(operation, MakesNameless):
        note_nameless(run, process, result)
    elif isinstance(operation, ops.Flock):
        _note_lock(run, operation)
    elif isinstance(operation, EpollMade):
        note_made(run, process, result)
    elif isinstance(operation, EpollChanges):
        note_changed(run, process, operation)
    elif isinstance(operation, RecordLock):
        note_record_lock(process, operation)


def _note_closed(process: HeldProcess, names: str) -> None:
    for name in names.split(" "):
        process.record_locks.pop(name, None)
    old, new = signed(process.args[0]), signed(process.args[1])
    if process.call == "close":
        process.descriptions.pop(old, None)
    elif process.call in ("dup2", "dup3"):
        process.descriptions.pop(new, None)
        if old in process.descriptions:
            process.descriptions[new] = process.descriptions[old]


def _note_lock(run: RunState, operation: ops.Flock) -> None:
    holders = run.locks.setdefault(operation.object, {})
    if operation.operation & ops.LOCK_UN:
        holders.pop(operation.description, None)
    else:
        holders[operation.description] = operation.operation & (ops.LOCK_SH | ops.LOCK_EX)
